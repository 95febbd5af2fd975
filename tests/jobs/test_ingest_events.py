"""Ingest on a real lake: every record is accounted for, and no repetition or kill changes what is stored."""

from __future__ import annotations

import gzip
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.ops import Files
from crosschannel.errors import QualityError
from crosschannel.io.lake import Lake
from crosschannel.jobs import intake
from crosschannel.jobs.ingest_events import JOB
from tests.jobs.intake import SOURCES, Killed, put, run, sale, stored

TABLES = (RawEvents, Quarantine, Files)


def delivery(folder: Path) -> Path:
    """Two sources with a duplicate inside a file, one across files, and broken records."""
    raw = folder / "raw"
    put(raw, "shop/a", sale(1), sale(2, total="x"), "", sale(1), sale(3), '{"id": "s4')
    put(raw, "shop/b", sale(3, at="2026-01-05T09:29:00Z"), sale(5))
    put(raw, "texts/a.csv", "sid,status,to,from,sent", "t1,sent,07700 900123,shop,2026-07-01 10:00", "t1,lost,07700 900123,shop,2026-07-01 10:00")
    put(raw, "texts/b.csv", "sent,to,status,sid", "2026-07-01 10:01,07700 900123,sent,t1", "2026-07-01 10:05,07700 900123,read,t1")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A delivery that nothing has taken in yet."""
    return delivery(tmp_path)


@dataclass(frozen=True)
class Taken:
    """A delivery that one undisturbed run took in; tests copy it before they add to it."""

    folder: Path
    checks: frozenset[str]


@pytest.fixture(scope="module")
def taken(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    folder = delivery(tmp_path_factory.mktemp("taken"))
    return Taken(folder, frozenset(check.name for check in run(spark, folder, JOB, SOURCES).checks))


def books(spark: SparkSession, folder: Path) -> dict[str, tuple[object, ...]]:
    rows = Lake(spark, str(folder / "lake")).read(Files.contract).collect()
    return {r.path: (r.status, r.reason, r.rows_in, r.rows_good, r.rows_quarantined, r.rows_duplicate) for r in rows}


def contents(spark: SparkSession, folder: Path) -> list[list[str]]:
    """All rows of all tables, without the moment each file was put there."""
    return [stored(spark, folder, t, str(Files.modified_ts), str(Quarantine.arrived_ts)) for t in TABLES]


def test_every_record_is_good_quarantined_or_duplicate(spark, taken):
    assert books(spark, taken.folder) == {
        "shop/a": ("committed", None, 5, 1, 2, 2),  # its s3 is later than the one in b
        "shop/b": ("committed", None, 2, 2, 0, 0),
        "texts/a.csv": ("committed", None, 2, 1, 1, 0),
        "texts/b.csv": ("committed", None, 2, 1, 0, 1),
    }
    assert taken.checks == {f"rows of {s}: in = good + quarantined + duplicate" for s in ("shop", "texts")}
    refused = Lake(spark, str(taken.folder / "lake")).read(Quarantine.contract).collect()
    assert {(r.raw.strip()[:8], tuple(r.reasons)) for r in refused} == {
        ('{"id": "', ("type:total",)), ('{"id": "', ("unreadable",)), ("t1,lost,", ("unmapped_verb",)),
    }  # fmt: skip


def test_a_second_run_adds_nothing(spark, taken):
    before = [stored(spark, taken.folder, t) for t in TABLES]
    assert run(spark, taken.folder, JOB, SOURCES).rows_written == {}
    assert [stored(spark, taken.folder, t) for t in TABLES] == before


@pytest.mark.fault(1)
@pytest.mark.long
def test_kills_before_each_commit_and_a_rerun_end_in_the_same_tables(spark, folder, taken):
    for table in TABLES:  # each run begins on what the killed ones before it left behind
        with pytest.raises(Killed):
            run(spark, folder, JOB, SOURCES, killed_before=table.contract.name)
    run(spark, folder, JOB, SOURCES)
    assert contents(spark, folder) == contents(spark, taken.folder)
    assert books(spark, folder) == books(spark, taken.folder)


@pytest.mark.fault(19)
def test_a_renamed_file_adds_nothing_and_an_appended_one_only_its_new_records(spark, taken, tmp_path):
    folder = shutil.copytree(taken.folder, tmp_path / "copy")
    before = stored(spark, folder, RawEvents)
    (folder / "raw/shop/b").rename(folder / "raw/shop/c")
    assert run(spark, folder, JOB, SOURCES).rows_written == {}
    with (folder / "raw/shop/c").open("a", encoding="utf-8") as file:
        file.write(sale(6) + "\n")
    os.utime(folder / "raw/shop/c", (0, 0))  # its date does not matter
    run(spark, folder, JOB, SOURCES)
    assert set(before) < set(stored(spark, folder, RawEvents))
    assert books(spark, folder)["shop/c"] == ("committed", None, 3, 1, 0, 2)


def test_a_damaged_file_is_booked_as_refused_and_the_rest_comes_in(spark, folder):
    whole = gzip.compress("\n".join(sale(n) for n in range(100, 3000)).encode())
    (folder / "raw/shop/d.gz").write_bytes(whole[:-2000])
    run(spark, folder, JOB, SOURCES)
    assert books(spark, folder)["shop/d.gz"] == ("refused", "damaged_file", 0, 0, 0, 0)
    assert books(spark, folder)["shop/b"][0] == "committed"
    assert run(spark, folder, JOB, SOURCES).rows_written == {}


def test_a_delivery_of_refused_and_empty_files_alone_is_booked(spark, tmp_path):
    put(tmp_path / "raw", "shop/a.gz", "text")
    put(tmp_path / "raw", "shop/b")
    run(spark, tmp_path, JOB, SOURCES)
    assert books(spark, tmp_path) == {"shop/a.gz": ("refused", "not_gzip", 0, 0, 0, 0), "shop/b": ("committed", None, 0, 0, 0, 0)}


def test_the_cut_of_the_files_does_not_decide_who_wins(spark, folder, taken):
    spark.conf.set("spark.sql.files.maxPartitionBytes", "64")
    try:
        run(spark, folder, JOB, SOURCES)
    finally:
        spark.conf.unset("spark.sql.files.maxPartitionBytes")
    assert contents(spark, folder) == contents(spark, taken.folder)


def test_nothing_is_written_when_the_counts_do_not_balance(spark, folder, monkeypatch):
    counted = intake.with_counts
    monkeypatch.setattr(intake, "with_counts", lambda spark, files: counted(spark, files[:-1]) + list(files[-1:]))
    with pytest.raises(QualityError, match="1 files do not add up"):
        run(spark, folder, JOB, SOURCES)
    assert not (folder / "lake").exists()
