"""Real processes: one is killed, one is told to stop, and ``crosschannel resume`` finishes what they began."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.ledger import Holders
from crosschannel.contracts.ops import Runs
from crosschannel.io.lake import Lake
from crosschannel.jobs.run_history import status_of
from tests.support.code import ROOT

pytestmark = pytest.mark.long


def started(*words: str) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    command = [sys.executable, "-m", "crosschannel", "--log-json", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env, start_new_session=True)


def said(process: subprocess.Popen[str]) -> Iterator[dict[str, object]]:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("{"):
            yield json.loads(line)


def stopped_at(step: str, number: int, *words: str) -> int:
    """Start a command, send it a signal when it begins a step, and return its exit code."""
    process = started(*words)
    for line in said(process):
        if (line["event"], line.get("step")) == ("step begins", step):
            (os.killpg if number == signal.SIGKILL else os.kill)(process.pid, number)
            break
    assert process.stderr is not None
    process.stderr.read()
    return process.wait(timeout=120)


@pytest.mark.fault(2, 10)
def test_killed_then_told_to_stop_then_resumed_a_run_ends_as_one(spark: SparkSession, tmp_path: Path) -> None:
    from crosschannel.jobs.generate_logs import generate

    generate(spark, out=str(tmp_path), people=20, days=8, seed=7, difficulty="easy")
    where = str(tmp_path / "lake")
    assert stopped_at("conform_events", signal.SIGKILL, "run", "--raw", str(tmp_path / "raw"), "--lake", where, "--until", "stitch_identities") == -signal.SIGKILL
    lake = Lake(spark, where)
    status = status_of(lake)
    assert (status.state, status.next_command) == ("interrupted", f"crosschannel resume --lake {where}")
    assert stopped_at("stitch_identities", signal.SIGTERM, "resume", "--lake", where) == 128 + signal.SIGTERM
    last = started("resume", "--lake", where)
    lines = list(said(last))
    assert last.wait(timeout=120) == 0
    assert [line["step"] for line in lines if line["event"] == "step ended"] == ["stitch_identities"]
    assert all({"ts", "level", "event", "run", "step"} <= set(line) for line in lines)
    holders = [(h.command, h.state) for h in lake.read(Holders.contract).orderBy(Holders.epoch).collect()]
    assert holders == [("run", "interrupted"), ("resume", "interrupted"), ("resume", "succeeded")]
    runs = [(r.job, r.state) for r in lake.read(Runs.contract).orderBy(Runs.started_ts).collect()]
    assert [job for job, state in runs if state == "succeeded"] == ["ingest_events", "conform_events", "record_consents", "stitch_identities"]
    assert len({r.pipeline_id for r in lake.read(Runs.contract).collect()}) == 1
    assert status_of(lake).state == "succeeded"
