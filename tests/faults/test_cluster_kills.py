"""Executor, worker and master of a real standalone cluster killed while a run is at work."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from benchmarks.standalone import LOOPBACK, Cluster, daemon, standalone, wait_for as wait_for_log, web_ui
from crosschannel.io.lake import Lake
from tests.faults.on_cluster import SIZES
from tests.faults.processes import PATIENCE, asked, data_of, ended, go_on, met, started, succeeded, wait_for
from tests.support.code import ROOT
from tests.support.rows import assert_rows, row
from tests.support.tables import Stock

pytestmark = [pytest.mark.long, pytest.mark.cluster]
EXECUTOR, WORKER, MASTER = "CoarseGrainedExecutorBackend", "deploy.worker.Worker", "deploy.master.Master"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with standalone(tmp_path / "cluster", memory="800m") as made:
        yield made


def processes(cluster: Cluster, java_class: str) -> list[psutil.Process]:
    """Return the living processes of this cluster that run a class."""
    known = ((one, one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"]))
    return [one for one, words in known if any(w.endswith(java_class) for w in words) and any(str(cluster.folder) in text for text in [*words, *cwd(one)])]


def cwd(process: psutil.Process) -> list[str]:
    try:
        return [process.cwd()]
    except psutil.Error:
        return []


def until_there(cluster: Cluster, java_class: str, count: int) -> list[psutil.Process]:
    """Wait until so many processes run."""
    until = time.monotonic() + PATIENCE
    while len(found := processes(cluster, java_class)) < count:
        assert time.monotonic() < until, f"{len(found)} of {count} {java_class}"
        time.sleep(0.2)
    return found


@pytest.mark.fault(8)
def test_an_executor_killed_in_the_middle_of_a_write_costs_its_tasks_and_no_row(spark, cluster, tmp_path):
    root, rows = tmp_path / "lake", 8
    with started([sys.executable, "-m", "tests.faults.on_cluster", cluster.master, str(root), str(rows)]) as driver:
        wait_for(driver, "writing")
        victim, *_ = until_there(cluster, EXECUTOR, 2)
        time.sleep(8)  # tasks of two seconds are at work
        victim.kill()
        failed = int(wait_for(driver, "failed").split()[1])
        driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 0
    assert failed > 0
    assert_rows(Lake(spark, str(root)).read(Stock.contract), *(row(shop="s", item=f"i{n}", pieces=n) for n in range(rows)))


@pytest.mark.fault(9)
def test_a_worker_killed_and_a_master_started_anew_in_a_run_lose_and_repeat_nothing(spark, cluster, logs, undisturbed, tmp_path):
    lake = tmp_path / "lake"
    settings = {"spark.master": cluster.master, **SIZES, "spark.executorEnv.PYTHONPATH": f"{ROOT / 'src'}"}
    conf = ";".join(f"{name}={value}" for name, value in settings.items())
    with ExitStack() as stack:
        run = stack.enter_context(started(met(*asked("run", logs, lake), action="pause", point="rows committed: bronze.events"), CROSSCHANNEL_SPARK_CONF=conf))
        wait_for(run, "paused")
        for one in [processes(cluster, WORKER)[0], *processes(cluster, MASTER)]:
            one.kill()
        port = cluster.master.rsplit(":", 1)[1]
        arguments = ("org.apache.spark.deploy.master.Master", "--host", LOOPBACK, "--port", port, *web_ui())
        wait_for_log(stack.enter_context(daemon(cluster.folder, "master-again", *arguments)), "I have been elected leader")
        go_on(run)
        run.communicate(timeout=PATIENCE)
    code = run.returncode
    assert code in {0, 75}, f"it ended with {code}"
    if code:
        resumed = ended(met(*asked("resume", None, lake, None)))
        assert resumed.code == 0, resumed.err
    assert data_of(Lake(spark, str(lake))) == undisturbed
    assert succeeded(Lake(spark, str(lake))) == ["conform_events", "ingest_events"]
