"""The bad-input matrix: whatever comes, one run takes it in, and every record and file meets its required fate."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.ops import Drift, Files
from crosschannel.io.lake import Lake
from crosschannel.jobs.ingest_events import JOB
from tests.conftest import INTERPRETED
from tests.jobs.intake import run
from tests.support.bad_file import SETTINGS, Case, put_corpus
from tests.support.bad_input import CASES

EVERY_CASE = [pytest.param(c, marks=pytest.mark.long if c.is_large else (), id=f"row{c.row}-{c.name}") for c in CASES]


@dataclass(frozen=True)
class Taken:
    """What one run made of the corpus, by the path of the file."""

    files: dict[str, Any]
    events: Counter[str]
    refusals: dict[str, Counter[str]]
    drift: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def small(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """All files but the large ones."""
    return taken_in(spark, tmp_path_factory.mktemp("matrix"), [c for c in CASES if not c.is_large])


@pytest.fixture(scope="module")
def large(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """The large files alone, by compiled plans."""
    for name in INTERPRETED:
        spark.conf.unset(name)
    try:
        return taken_in(spark, tmp_path_factory.mktemp("large"), [c for c in CASES if c.is_large])
    finally:
        for name, value in INTERPRETED.items():
            spark.conf.set(name, value)


@pytest.fixture
def taken(request: pytest.FixtureRequest, case: Case) -> Taken:
    """The run that met a case."""
    return request.getfixturevalue("large" if case.is_large else "small")


def taken_in(spark: SparkSession, folder: Path, cases: list[Case]) -> Taken:
    """One lake, one run over all files."""
    put_corpus(folder / "raw", cases)
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
@pytest.mark.fault(22)
@pytest.mark.parametrize("case", EVERY_CASE)
def test_a_bad_file_meets_its_required_fate(taken: Taken, case: Case) -> None:
    file = taken.files[case.path]
    assert (file.status, file.reason) == (("refused", case.refused) if case.refused else ("committed", None))
    assert dict(taken.refusals.get(case.path, {})) == case.reasons
    assert (file.rows_good, file.rows_duplicate) == (case.good, case.duplicate)
    assert taken.drift.get(case.path, {}) == case.drift


@pytest.mark.fault(22)
@pytest.mark.parametrize("case", EVERY_CASE)
def test_every_record_of_a_bad_file_is_in_one_place(taken: Taken, case: Case) -> None:
    file = taken.files[case.path]
    assert file.rows_in == file.rows_good + file.rows_quarantined + file.rows_duplicate
    assert taken.events[case.path] == file.rows_good
    assert taken.refusals.get(case.path, Counter()).total() == file.rows_quarantined
