"""The catalogue names every feature, says what is known of it, and escapes what people wrote."""

import datetime as dt
from typing import Any

from crosschannel.contracts.gold import FeatureStatistics
from crosschannel.quality.feature_page import is_drifted, to_feature_page
from crosschannel.settings.conditions import on
from crosschannel.settings.features import OWN_ACTION_RECENCY
from crosschannel.settings.recipes import FeatureColumn, Total

VIEWS = FeatureColumn("view_count_7d", "behaviour", "views <of> pages", "events", Total("events", on("verb", "view"), 7))


def known(name: str, psi: float | None, chance: float | None = 0.01) -> dict[str, Any]:
    values = (dt.date(2026, 4, 12), name, 1200, 0.875, 0.5, 2.0, None if psi is None else dt.date(2026, 3, 15), psi, chance)
    return dict(zip(map(str, FeatureStatistics.contract.columns), values, strict=True))


def test_a_feature_stands_there_with_meaning_unit_window_coverage_and_drift() -> None:
    page = to_feature_page([OWN_ACTION_RECENCY, VIEWS], [known("view_count_7d", 0.4), known("own_action_recency_days", 0.02)])
    for said in (
        "view_count_7d",
        "views &lt;of&gt; pages",
        "7 days",
        "any time",
        "87.5%",
        "0.400 drifted",
        "1,200 customers as of 2026-04-12",
        "1 of them drifted",
    ):
        assert said in page


def test_before_the_first_run_the_declarations_stand_alone() -> None:
    page = to_feature_page([VIEWS], [])
    assert "measured by build_features" in page
    assert "view_count_7d" in page


def test_a_feature_has_drifted_beyond_a_tenth_and_five_times_chance() -> None:
    assert is_drifted(known("x", 0.11))
    assert not is_drifted(known("x", 0.09))
    assert not is_drifted(known("x", 0.11, chance=0.03))
    assert not is_drifted(known("x", None, None))
