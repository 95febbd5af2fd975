"""A real standalone cluster on loopback: one master, some workers, each a process of its own.

Workers get a bare environment, so that nothing of the caller's virtual environment reaches them.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark

LOOPBACK = "127.0.0.1"
SPARK_HOME = Path(pyspark.__file__).parent
START_SECONDS = 90
KEPT = ("PATH", "HOME", "JAVA_HOME", "LANG", "TMPDIR")


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    master: str
    folder: Path

    def clean(self) -> None:
        """Drop what finished applications left in the workers' folders: each unpacked the dependencies."""
        for left in self.folder.glob("work-*/app-*"):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def standalone(folder: Path, *, workers: int = 2, cores: int = 1, memory: str = "1600m") -> Iterator[Cluster]:
    """Start a master and workers, wait until all are registered, and end them whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    master = f"spark://{LOOPBACK}:{port}"
    with ExitStack() as running:
        log = running.enter_context(daemon(folder, "master", "org.apache.spark.deploy.master.Master", "--host", LOOPBACK, "--port", str(port), *web_ui()))
        wait_for(log, "I have been elected leader")
        for number in range(workers):
            name = f"work-{number}"
            sizes = ("--cores", str(cores), "--memory", memory, "--work-dir", str(folder / name))
            log = running.enter_context(daemon(folder, name, "org.apache.spark.deploy.worker.Worker", "--host", LOOPBACK, *sizes, *web_ui(), master))
            wait_for(log, "Successfully registered with master")
        yield Cluster(master, folder)


@contextmanager
def daemon(folder: Path, name: str, java_class: str, *arguments: str) -> Iterator[Path]:
    """Run one daemon of Spark in a process group of its own; yields its log."""
    log = folder / f"{name}.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [str(SPARK_HOME / "bin" / "spark-class"), java_class, *arguments],
            env=bare_environment(folder), cwd=folder, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            yield log
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a daemon and the executors it started: its process group, by id."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=15)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def bare_environment(folder: Path) -> dict[str, str]:
    """Return what a daemon gets to see: no virtual environment, no PYTHONPATH, loopback only; a master started anew knows what the one before did."""
    base = {name: os.environ[name] for name in KEPT if name in os.environ}
    base["PATH"] = os.pathsep.join(p for p in base.get("PATH", os.defpath).split(os.pathsep) if not (Path(p).parent / "pyvenv.cfg").exists())
    recovery = f"-Dspark.deploy.recoveryMode=FILESYSTEM -Dspark.deploy.recoveryDirectory={folder / 'recovery'}"
    options = f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dspark.master.rest.enabled=false {recovery}"
    return base | {"SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": LOOPBACK, "SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": options}


def wait_for(log: Path, sentence: str) -> None:
    """Wait until a daemon's log says a sentence."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if sentence in log.read_text(encoding="utf-8", errors="replace"):
            return
        time.sleep(0.2)
    raise TimeoutError(f"{log} does not say {sentence!r} after {START_SECONDS} s")


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def web_ui() -> tuple[str, str]:
    """Return the arguments that put a daemon's status page on a free port; SPARK_LOCAL_IP keeps it on loopback."""
    return "--webui-port", str(free_port())
