"""What the doctor finds in a lake, and what it says to do next."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.io.clock import utc_now
from crosschannel.io.lake import Lake
from crosschannel.jobs.doctor_lake import Finding, lake_findings, orphans
from crosschannel.runtime.attempt import Attempt, Inputs
from crosschannel.runtime.ledger import Ledger, Request
from crosschannel.runtime.lock import take
from tests.support.rows import row, rows
from tests.support.tables import Board, Daily


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    for name in list(CONTRACTS):
        monkeypatch.delitem(CONTRACTS, name)
    for table in (Board, Daily):
        monkeypatch.setitem(CONTRACTS, table.contract.name, table.contract)
    made = Lake(spark, str(tmp_path / "my lake"))
    made.write(Board.contract, rows(spark, Board, row(place=1)))
    made.write(Board.contract, rows(spark, Board, row(place=2)))
    made.write(Daily.contract, rows(spark, Daily, row(shop="a b")), slices=["2026-01-05"])
    return made


def sick(lake: Lake) -> dict[str, Finding]:
    return {f.subject: f for f in lake_findings(lake) if not f.healthy}


def log_file(lake: Lake, version: int) -> Path:
    return Path(lake.path(Board.contract)) / "_delta_log" / f"{version:020d}.json"


def test_a_sound_lake_has_no_finding_to_mend_and_no_file_that_nobody_names(lake):
    assert sick(lake) == {}
    assert orphans(lake, Board.contract) == orphans(lake, Daily.contract) == {}


@pytest.mark.fault(15)
def test_a_commit_cut_short_is_named_with_what_to_move_and_what_to_type_then(lake):
    file = log_file(lake, 2)
    file.write_text(file.read_text()[:-20])
    found = sick(lake)["serving.board"]
    assert found.finding == "commit 2 is cut short"
    assert f"move {file} and the .crc files of the same number aside" in found.remedy
    assert f"then `crosschannel resume --lake {lake.root}`" in found.remedy
    file.write_text("")
    assert sick(lake)["serving.board"].finding == "commit 2 is empty"
    log_file(lake, 1).unlink()
    file.write_text("{}")
    assert sick(lake)["serving.board"].finding == "commit 1 is missing"


@pytest.mark.fault(1)
def test_files_that_no_version_names_are_counted_and_those_of_older_versions_are_not(lake):
    part = Path(lake.path(Daily.contract)) / "day=2026-01-05" / "part-00000-left.snappy.parquet"
    part.write_bytes(b"PAR1")
    assert orphans(lake, Daily.contract) == {"day=2026-01-05/part-00000-left.snappy.parquet": 4}
    (found,) = [f for f in lake_findings(lake) if f.subject == "files"]
    assert found.healthy
    assert found.finding.startswith("1 files of 0.0 MB belong to no version")
    assert found.remedy == f"crosschannel maintain_tables --lake {lake.root}"


@pytest.mark.fault(10)
def test_a_process_that_ended_without_a_word_is_named_with_its_step_and_the_command_that_goes_on(lake):
    ledger = Ledger(lake.spark, lake.root)
    holder = take(ledger, lake.root, Request("run", "p1"), by_lease=False)
    inputs = Inputs({}, "s", "m")
    begun = Attempt("p1-1", "make_board", "p1", "running", inputs, None, {}, {}, 0.0, utc_now(), None, "c", ())
    holder.begin("make_board", tracked=False, attempt=begun.as_facts())
    assert "newest run" not in sick(lake)  # it is this process, and it is alive
    opening = Path(lake.root) / "ops/ledger/00000001/opening.json"
    gone = opening.read_text().replace(f'"pid": {os.getpid()}', '"pid": 4194305')  # beyond the largest there can be
    opening.with_name(".opening.json.crc").unlink()
    opening.write_text(gone)
    found = sick(lake)["newest run"]
    assert "ended without a word" in found.finding
    assert found.finding.endswith("at make_board")
    assert found.remedy == f"crosschannel resume --lake {lake.root}"
