"""Real processes of the command line, the faults they meet, and what they leave."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.column import Role
from crosschannel.contracts.ops import Runs
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.contracts.table import Table
from crosschannel.io.lake import Lake
from tests.support.code import ROOT

PATIENCE = 400  # seconds one process may take on a busy machine
SMALL = "spark.driver.memory=1g;spark.sql.codegen.wholeStage=false;spark.sql.codegen.factoryMode=NO_CODEGEN"


@dataclass(frozen=True)
class Ended:
    """How a process ended and what it said."""

    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that runs this checkout."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "CROSSCHANNEL_SPARK_CONF": SMALL, **more}


def met(*words: str, action: str = "none", point: str = "-", number: int = 1) -> list[str]:
    """Return the command line of a process that meets a fault."""
    return [sys.executable, "-m", "tests.faults.meeting", action, point, str(number), *words]


def ended(command: Sequence[str], **more: str) -> Ended:
    """Run a process to its end."""
    done = subprocess.run(command, cwd=ROOT, env=environment(**more), capture_output=True, text=True, timeout=PATIENCE, check=False, start_new_session=True)
    return Ended(done.returncode, done.stdout, done.stderr)


@contextmanager
def started(command: Sequence[str], **more: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process; it is gone, with all it started, when the block ends."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=ROOT, env=environment(**more), text=True, start_new_session=True, **pipes)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        end_with_children(process)


def end_with_children(process: subprocess.Popen[str]) -> None:
    """End a process and its JVM, by id, and close its pipes."""
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    for one in [*children, *([psutil.Process(process.pid)] if process.poll() is None else [])]:
        if one.is_running():
            one.kill()
    process.wait(PATIENCE)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def wait_for(process: subprocess.Popen[str], word: str) -> str:
    """Read what a process says until a line begins with a word; return that line."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(word):
            return line.strip()
    raise AssertionError(f"it ended with {process.wait(PATIENCE)} before it said {word!r}")


def go_on(process: subprocess.Popen[str]) -> None:
    """Let a paused process go on."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def raw_logs(spark: SparkSession, folder: Path) -> Path:
    """Generate the logs of a few people."""
    from crosschannel.jobs.generate_logs import generate

    generate(spark, out=str(folder), people=20, days=8, seed=7, difficulty="easy")
    return folder / "raw"


def asked(command: str, raw: Path | None, lake: Path, last: str | None = "conform_events") -> list[str]:
    """Return the words of a run of the first jobs, or of another command about the lake."""
    return [command, *(["--raw", str(raw)] if raw else []), "--lake", str(lake), *(["--until", last] if last else [])]


def data_of(lake: Lake, *tables: type[Table]) -> dict[str, list[str]]:
    """Return the rows of tables as exact text, in an order of their own; moments of the run itself are left out."""
    found = {}
    for table in tables or (RawEvents, Quarantine, Events, Identifiers):
        columns = [c for c in table.contract.columns if c.spec.role is not Role.STAMP]
        found[table.contract.name] = sorted(exact(r.asDict(recursive=True)) for r in lake.read(table.contract).select(*columns).collect())
    return found


def exact(row: Mapping[str, object]) -> str:
    """Return a row as text that does not depend on the order of maps."""
    return repr(sorted((name, sorted(value.items()) if isinstance(value, dict) else value) for name, value in row.items()))


def succeeded(lake: Lake) -> list[str]:
    """Return the jobs that succeeded, as often as they did."""
    return sorted(r[0] for r in lake.read(Runs.contract).where(F.col(Runs.state) == "succeeded").select(Runs.job).collect())


def versions(lake: Lake) -> dict[str, int]:
    """Return the version of every table there is."""
    return {name: lake.version(c) for name, c in CONTRACTS.items() if lake.exists(c)}


def needs(*programs: str) -> None:
    """Leave a row out, with the reason, on a machine that lacks what brings its fault about."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
