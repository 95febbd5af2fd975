"""The bad-input matrix: whatever comes, one run takes it in, and every record and file meets its required fate."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.ops import Drift, Files
from crosschannel.io.lake import Lake
from crosschannel.jobs.ingest_events import JOB
from tests.jobs.intake import run
from tests.support.bad_file import SETTINGS, Case, put_corpus
from tests.support.bad_input import CASES
from tests.support.code import ROOT

MATRIX_ROWS = range(1, 26)
TABLE = ROOT / "docs/bad-input.md"


def named(case: Case) -> str:
    return f"row{case.row}-{case.name}"


@dataclass(frozen=True)
class Taken:
    """What one run made of the corpus, by the path of the file."""

    files: dict[str, Any]
    events: Counter[str]
    refusals: dict[str, Counter[str]]
    drift: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def taken(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """One lake, one run over all files."""
    folder = tmp_path_factory.mktemp("matrix")
    put_corpus(folder / "raw", CASES)
    run(spark, folder, JOB, SETTINGS)
    lake = Lake(spark, str(folder / "lake"))
    files = {r.path: r for r in lake.read(Files.contract).collect()}
    path_of = {(r.source, r.file_id): r.path for r in files.values()}
    refusals: dict[str, Counter[str]] = {}
    for row in lake.read(Quarantine.contract).collect():
        refusals.setdefault(path_of[row.source, row.file_id], Counter())[",".join(row.reasons)] += 1
    drift: dict[str, dict[str, str]] = {}
    for row in lake.read(Drift.contract).collect():
        drift.setdefault(path_of[row.source, row.file_id], {})[row.field] = row.kind
    events = Counter({path_of[r.source, r.file_id]: r["count"] for r in lake.read(RawEvents.contract).groupBy("source", "file_id").count().collect()})
    return Taken(files, events, refusals, drift)


# Empty files are one content: the ledger knows one of them per source.
@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_bad_file_meets_its_required_fate(taken: Taken, case: Case) -> None:
    file = taken.files[case.path]
    assert (file.status, file.reason) == (("refused", case.refused) if case.refused else ("committed", None))
    assert dict(taken.refusals.get(case.path, {})) == case.reasons
    assert (file.rows_good, file.rows_duplicate) == (case.good, case.duplicate)
    assert taken.drift.get(case.path, {}) == case.drift


@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_record_of_a_bad_file_is_in_one_place(taken: Taken, case: Case) -> None:
    file = taken.files[case.path]
    assert file.rows_in == file.rows_good + file.rows_quarantined + file.rows_duplicate
    assert taken.events[case.path] == file.rows_good
    assert taken.refusals.get(case.path, Counter()).total() == file.rows_quarantined


def test_every_row_of_the_matrix_has_a_case() -> None:
    assert set(MATRIX_ROWS) <= {case.row for case in CASES}
    assert len({case.path for case in CASES}) == len(CASES)


@pytest.mark.parametrize("row", MATRIX_ROWS)
def test_the_table_of_the_matrix_names_the_cases_of_each_row(row: int) -> None:
    (line,) = (line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {row} |"))
    assert set(re.findall(r"`(\w+)`", line.split("|")[3])) == {case.name for case in CASES if case.row == row}
