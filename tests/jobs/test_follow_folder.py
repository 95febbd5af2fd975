"""Following a folder ends in the bronze of the batch job, however files arrive and wherever the process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.ops import Files
from crosschannel.io.lake import Lake
from crosschannel.jobs import ingest_events
from crosschannel.jobs.follow import Follower
from crosschannel.runtime.run import Place, Runner
from tests.jobs.following import accepted, followed, followed_through_kills, project, refused
from tests.jobs.intake import SHOP, TEXTS, put, run, sale

NOT_SO_LONG = 150  # seconds a followed folder may take on a busy machine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two deliveries of two sources: a duplicate inside a file, one across files, broken records."""
    raw = tmp_path / "raw"
    put(raw, "shop/a", sale(1), sale(2, total="x"), "", sale(1), sale(3), '{"id": "s4')
    put(raw, "shop/b", sale(3), sale(5))
    put(raw, "texts/a.csv", "sid,status,to,from,sent", "t1,sent,07700 900123,shop,2026-07-01 10:00", "t1,lost,07700 900123,shop,2026-07-01 10:00")
    return tmp_path


def batch_result(spark: SparkSession, folder: Path) -> tuple[object, object]:
    """What the batch job makes of all files at once, on a lake of its own."""
    (folder / "batch").mkdir()
    (folder / "batch/raw").symlink_to(folder / "raw")
    run(spark, folder / "batch", ingest_events.JOB, project(folder, SHOP, TEXTS).sources)
    return accepted(spark, folder / "batch"), refused(spark, folder / "batch")


@pytest.mark.long
def test_files_that_arrive_one_after_the_other_end_in_the_bronze_of_the_batch(spark, folder):
    known = project(folder, SHOP, TEXTS)
    assert followed(spark, folder, known)[0] > 0
    put(folder / "raw", "shop/c", sale(5), sale(6), "no sale")
    (folder / "raw/shop/a").rename(folder / "raw/shop/renamed")
    followed(spark, folder, known)
    versions = {t: Lake(spark, str(folder / "lake")).version(t.contract) for t in (RawEvents, Quarantine, Files)}
    assert followed(spark, folder, known)[0] == 0
    assert {t: Lake(spark, str(folder / "lake")).version(t.contract) for t in versions} == versions
    assert (accepted(spark, folder), refused(spark, folder)) == batch_result(spark, folder)


@pytest.mark.fault(2)
@pytest.mark.long
def test_killed_after_every_commit_it_ends_in_the_bronze_of_the_batch(spark, folder, monkeypatch):
    commits = followed_through_kills(spark, folder, project(folder, SHOP, TEXTS), monkeypatch)
    assert commits[:2] == ["bronze.events", "bronze.quarantine"]
    assert commits[-1] == "ops.files"
    assert (accepted(spark, folder), refused(spark, folder)) == batch_result(spark, folder)
    assert all(
        f.rows_in == f.rows_good + f.rows_quarantined + f.rows_duplicate for f in Lake(spark, str(folder / "lake")).read(Files.contract).collect()
    )


def test_a_file_that_is_still_written_waits_until_it_keeps_still(spark, folder):
    known = project(folder, SHOP, TEXTS)
    ctx = Runner(Place(known, str(folder / "lake"), str(folder / "raw")), spark, lambda _: None).context(ingest_events.JOB)
    follower = Follower()
    follower.look(ctx, known.sources)
    assert (follower.files, follower.moving) == ([], 3)
    with (folder / "raw/shop/b").open("a", encoding="utf-8") as growing:
        growing.write('{"id": "s')
    follower.look(ctx, known.sources)
    assert ([f.path for f in follower.files], follower.moving) == (["shop/a", "texts/a.csv"], 1)
    follower.look(ctx, known.sources)
    assert follower.moving == 0


@pytest.mark.fault(2)
@pytest.mark.whole_chain
def test_a_process_killed_by_a_signal_between_two_commits_is_made_good_by_the_next(spark, folder):
    project(folder, SHOP, TEXTS)
    command = [
        sys.executable, "-m", "crosschannel", "ingest", "--follow", "--conf", str(folder / "conf"), "--raw", str(folder / "raw"),
        "--lake", str(folder / "lake"), "--every", "0.2", "--until-idle", "0",
    ]  # fmt: skip
    here = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=here)
    try:
        _wait_for_commit(first, folder / "lake/bronze/events/_delta_log/00000000000000000001.json")
    finally:
        if first.poll() is None:
            os.killpg(first.pid, signal.SIGKILL)  # Python and its JVM, which are a group of their own
        first.wait(NOT_SO_LONG)
    assert not list((folder / "lake/ops/files/_delta_log").glob("*1.json")), "killed too late to show anything"
    subprocess.run(command, check=True, capture_output=True, timeout=NOT_SO_LONG, env=here)
    assert (accepted(spark, folder), refused(spark, folder)) == batch_result(spark, folder)


def _wait_for_commit(process: subprocess.Popen[bytes], file: Path) -> None:
    until = time.monotonic() + NOT_SO_LONG
    while not file.exists():
        assert process.poll() is None, "it ended before its first commit"
        assert time.monotonic() < until, "no commit in time"
        time.sleep(0.01)
