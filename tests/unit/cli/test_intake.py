"""A wrong source is said before Spark is started."""

from __future__ import annotations

import datetime as dt
from io import StringIO

import pytest
from rich.console import Console

from crosschannel.cli.intake import _cells, _table, replay_source
from crosschannel.errors import UsageError
from crosschannel.jobs.sources import SourceFacts


def test_a_misspelled_source_is_refused_with_the_nearest_name(tmp_path):
    with pytest.raises(UsageError, match="no source is named 'wep'; did you mean web"):
        replay_source(Console(), "wep", str(tmp_path / "lake"), "", None)
    assert not (tmp_path / "lake").exists()


def test_a_source_is_shown_with_its_freshness_and_one_that_never_came_is_said_to_be_so():
    facts = SourceFacts(
        "web", "web/a", dt.datetime(2026, 1, 6), 2, 1, 1000, 0.0123, dt.datetime(2026, 1, 5, 9), dt.timedelta(days=1, hours=3), ("new brand (7)",)
    )
    assert _cells(facts) == ["web", "web/a (2026-01-06 00:00)", "2", "1,000", "1.23%", "1", "2026-01-05 09:00", "1 d 3 h", "new brand (7)"]
    assert _cells(SourceFacts("app"))[:2] == ["app", "none yet"]


def test_a_narrow_terminal_cuts_no_name():
    facts = SourceFacts("access_log_of_the_shop", "a/long/path/to/access.log", dt.datetime(2026, 1, 6), 2, 1, 1000, 0.0123, drift=("new brand (7)",))
    said = StringIO()
    Console(file=said, width=80).print(_table([facts]))
    assert "access_log_of_the_shop" in said.getvalue()
    assert "…" not in said.getvalue()
