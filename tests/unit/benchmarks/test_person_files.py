"""The page of person files says what was measured, and what could not be."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from benchmarks.person_data import CONF
from benchmarks.person_files import timing_name, to_page
from benchmarks.splink_on_spark import attempt
from crosschannel.settings.project import Project

GRADES = {"pairwise_precision": 0.9, "pairwise_recall": 0.8, "pairwise_f1": 0.847}


def page(**columns: Any) -> str:
    one = {
        "name": "census", "records": 1000, "people": 400, "grades": GRADES, "largest": 7, "run_seconds": 60.0, "stitch_seconds": 20.0,
        "peer": None, "peer_threshold": None, "peer_seconds": None, "homes": None, "spark_peer": None,
    }  # fmt: skip
    return to_page({"command": "python -m benchmarks.person_files", "taken": "2026-01-01", "machine": "a machine", "files": [one | columns]})


def test_households_stand_below_the_table_where_they_are_known() -> None:
    assert "Households" not in page()
    assert "Households of the census" in page(homes=GRADES)
    assert "precision 0.9000, recall 0.8000, f1 0.8470" in page(homes=GRADES)


def test_splink_on_spark_is_told_with_its_ratio_and_memory() -> None:
    text = page(spark_peer={"f1": 0.84321, "seconds": 50.0, "peak_bytes": 3 * 2**30})
    assert "50 seconds after its start, 2.5 times what `stitch_identities` took, 3.0 GiB at the peak, F1 0.8432" in text


def test_what_splink_on_spark_did_not_end_is_said_with_the_reason() -> None:
    assert "no figure, it did not end within 300 seconds." in page(spark_peer={"why_not": "it did not end within 300 seconds"})


def test_a_peer_that_fails_is_a_reason_and_not_the_end(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    found = attempt(tmp_path, "census", 0.5, out=tmp_path / "out.json", seconds=5)
    assert (found.labels, found.peak_bytes) == (None, 0)
    assert found.why_not.startswith("it failed: ")


def test_the_file_that_is_timed_is_called_after_its_contacts() -> None:
    assert timing_name(100_000) == "DupeHell 50,000"


def test_the_census_asks_for_households_by_address_alone() -> None:
    identity = Project(CONF / "census").identity
    assert identity.households is not None
    assert [name for name, n in identity.namespaces.items() if n.kind == "household"] == ["home"]
