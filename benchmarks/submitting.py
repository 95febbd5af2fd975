"""Hand a job of a bundle to a cluster, with the script that lies in it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.standalone import LOOPBACK, SPARK_HOME, Cluster

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SIZES = ("--deploy-mode", "client", "--driver-memory", "1500m", "--executor-memory", "1500m", "--executor-cores", "1", "--driver-java-options", QUICK)
# Other partition counts than on a laptop, on purpose: published rows must not depend on them.
SETTINGS = {
    "spark.driver.host": LOOPBACK,
    "spark.driver.bindAddress": LOOPBACK,
    "spark.executor.extraJavaOptions": QUICK,
    "spark.sql.shuffle.partitions": "3",
    "spark.default.parallelism": "3",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.pyspark.python": getattr(sys, "_base_executable", "python3"),  # a plain Python, without our packages
}


@dataclass(frozen=True)
class Submitted:
    """How a submitted job ended."""

    code: int
    seconds: float
    output: str
    log: Path


def submit(cluster: Cluster, bundle: Path, job: str, arguments: Sequence[str], environment: dict[str, str] | None = None) -> Submitted:
    """Run one job of a bundle on the cluster and wait for its end."""
    started = time.monotonic()
    log = cluster.folder / f"{job}.log"
    settings = [part for name, value in SETTINGS.items() for part in ("--conf", f"{name}={value}")]
    with log.open("w") as stream:
        done = subprocess.run(
            [str(bundle / "submit.sh"), "--master", cluster.master, *SIZES, *settings, "--", job, *arguments],
            env=driver_environment() | (environment or {}), stdout=subprocess.PIPE, stderr=stream, text=True, check=False,
        )  # fmt: skip
    cluster.clean()
    return Submitted(done.returncode, time.monotonic() - started, done.stdout, log)


def driver_environment() -> dict[str, str]:
    """Return the environment of the submitting user, without what would name another Python for workers."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYSPARK_", "SPARK_")) and k != "PYTHONPATH"}
    return kept | {"SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": LOOPBACK, "PYSPARK_DRIVER_PYTHON": sys.executable}
