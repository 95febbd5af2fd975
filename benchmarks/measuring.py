"""What a measurement records: seconds, the memory of a whole process tree, and the machine it was taken on."""

from __future__ import annotations

import importlib
import os
import platform
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pyspark.sql import SparkSession

from crosschannel.io.session import local_session

SAMPLE_SECONDS = 0.5
CORES = len(os.sched_getaffinity(0))
PACKAGES = ("pyspark", "delta-spark", "mlflow", "xgboost-cpu", "pandas", "pyarrow", "numpy")


@dataclass(frozen=True)
class Measured:
    """One command: how long it took and how much memory its processes held at the worst moment."""

    seconds: float
    peak_bytes: int
    output: str


def measured(command: Sequence[str], environment: dict[str, str] | None = None) -> Measured:
    """Run a command to its end; a failure ends the benchmark with what the command said."""
    started, peak, over = time.monotonic(), [0], threading.Event()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | (environment or {}))

    def watch() -> None:
        while not over.wait(SAMPLE_SECONDS):
            peak[0] = max(peak[0], tree_bytes(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    output, _ = process.communicate()
    over.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{output[-3000:]}")
    return Measured(time.monotonic() - started, peak[0], output)


@contextmanager
def peak_memory() -> Iterator[list[int]]:
    """Watch this process and all it started; the list holds the most memory they had at once, in bytes."""
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_SECONDS):
            peak[0] = max(peak[0], tree_bytes(os.getpid()))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def start_spark(name: str, *libraries: str) -> SparkSession:
    """Return a local session that has run something, with libraries loaded: what comes after is not start-up."""
    for library in libraries:
        importlib.import_module(library)
    spark = local_session(name)
    spark.range(1).count()
    return spark


def tree_bytes(root: int) -> int:
    """Return the proportional memory of a process and all its descendants; pages they share count once."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # the process ended meanwhile
        children.setdefault(int(fields[1]), []).append(int(status.parent.name))
    tree, waiting = [], [root]
    while waiting:
        tree.append(waiting.pop())
        waiting += children.get(tree[-1], [])
    return sum(_own_bytes(process) for process in tree)


def machine() -> dict[str, str]:
    """Return what a reader needs to judge the figures."""
    cpu = next((line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr.splitlines()
    facts = {"processor": cpu, "cores": str(CORES), "memory": f"{memory / 1024**2:.0f} GiB", "system": f"{platform.system()} {platform.machine()}"}
    facts |= {"python": platform.python_version(), "java": java[0] if java else "none"}
    return facts | {package: version(package) for package in PACKAGES}


def _own_bytes(process: int) -> int:
    lines = _lines(f"/proc/{process}/smaps_rollup")
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
