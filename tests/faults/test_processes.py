"""Real processes of the command line: killed, out of memory, two at once, with little memory. The lake they leave equals an undisturbed one."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.ledger import Holders
from crosschannel.io.lake import Lake
from crosschannel.runtime.lock import LOCK_FILE, lake_lock
from tests.faults.processes import PATIENCE, SMALL, asked, data_of, ended, go_on, met, started, succeeded, versions, wait_for
from tests.faults.slow_merge import stock
from tests.support.rows import assert_rows, row
from tests.support.tables import Stock

pytestmark = pytest.mark.long


def ends_as(spark: SparkSession, lake: Path, logs: Path, undisturbed: dict[str, list[str]]) -> None:
    """Hold a lake against an undisturbed one, and see that another run does nothing."""
    assert data_of(Lake(spark, str(lake))) == undisturbed
    assert succeeded(Lake(spark, str(lake))) == ["conform_events", "ingest_events"]
    before = versions(Lake(spark, str(lake)))
    assert ended(met(*asked("run", logs, lake))).code == 0
    assert versions(Lake(spark, str(lake))) == before


@pytest.mark.fault(1, 2)
def test_a_process_group_killed_between_commits_again_and_again_is_resumed_to_the_end(spark, logs, undisturbed, tmp_path):
    lake = tmp_path / "lake"
    for point in ("table made: bronze.quarantine", "rows committed: silver.events", "rows committed: ops.runs"):
        killed = ended(met(*asked("run", logs, lake), action="kill", point=point))
        assert killed.code == -signal.SIGKILL, killed.err
    assert ended(met(*asked("run", logs, lake))).code == 0
    assert Lake(spark, str(lake)).read(Holders.contract).count() == 4
    ends_as(spark, lake, logs, undisturbed)


@pytest.mark.fault(7)
def test_a_run_out_of_memory_ends_with_75_and_words_and_is_resumed(spark, logs, undisturbed, tmp_path):
    lake = tmp_path / "lake"
    out = ended(met(*asked("run", logs, lake), action="heap", point="rows committed: silver.events"))
    assert out.code == 75, out.err
    assert "memory" in out.err
    assert "crosschannel resume" in out.err
    resumed = ended(met(*asked("resume", None, lake, None)))
    assert resumed.code == 0, resumed.err
    ends_as(spark, lake, logs, undisturbed)


@pytest.mark.fault(11)
def test_of_two_runs_at_once_the_second_is_refused_and_the_first_ends_as_if_alone(spark, logs, undisturbed, tmp_path):
    lake = tmp_path / "lake"
    with started(met(*asked("run", logs, lake), action="pause", point="rows committed: bronze.events")) as first:
        wait_for(first, "paused")
        second = ended(met(*asked("run", logs, lake)))
        assert second.code == 12, second.err
        assert "another run is writing to" in second.err
        go_on(first)
        first.communicate(timeout=PATIENCE)
        assert first.returncode == 0
    ends_as(spark, lake, logs, undisturbed)


@pytest.mark.fault(25)
def test_with_little_memory_a_run_spills_and_ends_in_the_same_rows(spark, logs, undisturbed, tmp_path):
    lake = tmp_path / "lake"
    tight = f"{SMALL};spark.memory.fraction=0.2;spark.shuffle.spill.numElementsForceSpillThreshold=50"
    out = ended(met(*asked("run", logs, lake)), CROSSCHANNEL_SPARK_CONF=tight)
    assert out.code == 0, out.err
    assert data_of(Lake(spark, str(lake))) == undisturbed


@pytest.mark.fault(6)
def test_python_killed_in_a_merge_holds_the_lock_until_its_jvm_is_gone_and_adds_nothing_after(spark, tmp_path):
    root = tmp_path / "lake"
    with started([sys.executable, "-m", "tests.faults.slow_merge", str(root), "6"]) as process:
        jvm = psutil.Process(int(wait_for(process, "merging").split()[1]))
        time.sleep(2)  # the merge is at work
        os.kill(process.pid, signal.SIGKILL)
        until = time.monotonic() + PATIENCE
        while is_alive(jvm):
            if is_free(root):
                time.sleep(1)  # it may have ended between two looks
                assert not is_alive(jvm), "the lock is free while the JVM lives"
            assert time.monotonic() < until
            time.sleep(0.05)
        while not is_free(root):  # the kernel frees it when the last thread is gone
            assert time.monotonic() < until
            time.sleep(0.05)
    lake = Lake(spark, str(root))
    version = lake.version(Stock.contract)
    with lake_lock(spark, str(root)) as holder:
        assert holder.epoch == 2
        time.sleep(1)
        assert lake.version(Stock.contract) == version
        lake.write(Stock.contract, stock(spark, 2, "i"))
    assert_rows(lake.read(Stock.contract), row(shop="s", item="i", pieces=2))


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_free(root: Path) -> bool:
    """Tell whether nobody holds the lock of a lake."""
    with (root / LOCK_FILE).open("r+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
