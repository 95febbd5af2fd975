"""Hand a job to a cluster with ``spark-submit``, as a user would have to."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.standalone import LOOPBACK, SPARK_HOME, Cluster
from crosschannel.io.jars import jar_paths
from crosschannel.shipped import shipped_conf

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
ARCHIVE_FOLDER = "deps"
# Other partition counts than on a laptop, on purpose: published rows must not depend on them.
SETTINGS = {
    "spark.driver.host": LOOPBACK,
    "spark.driver.bindAddress": LOOPBACK,
    "spark.executor.extraJavaOptions": QUICK,
    "spark.sql.shuffle.partitions": "3",
    "spark.default.parallelism": "3",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.executorEnv.PYTHONPATH": f"./{ARCHIVE_FOLDER}",
    "spark.executorEnv.PYTHONNOUSERSITE": "1",
    "spark.pyspark.driver.python": sys.executable,
    "spark.pyspark.python": getattr(sys, "_base_executable", "python3"),  # a plain Python, without our packages
}


@dataclass(frozen=True)
class Shipment:
    """The two files that travel with every job."""

    package: Path
    dependencies: Path


@dataclass(frozen=True)
class Submitted:
    """How a submitted job ended."""

    code: int
    seconds: float
    output: str
    log: Path


def submit(cluster: Cluster, shipment: Shipment, job: Path, arguments: Sequence[str], environment: dict[str, str] | None = None) -> Submitted:
    """Run one job on the cluster and wait for its end."""
    started = time.monotonic()
    log = cluster.folder / f"{job.stem}.log"
    with log.open("w") as stream:
        done = subprocess.run(
            [*command(cluster, shipment), str(job), *arguments],
            env=driver_environment() | (environment or {}), stdout=subprocess.PIPE, stderr=stream, text=True, check=False,
        )  # fmt: skip
    cluster.clean()
    return Submitted(done.returncode, time.monotonic() - started, done.stdout, log)


def command(cluster: Cluster, shipment: Shipment) -> list[str]:
    """Return the spark-submit command line up to the job."""
    sizes = ["--driver-memory", "1500m", "--executor-memory", "1500m", "--executor-cores", "1", "--driver-java-options", QUICK]
    settings = [part for name, value in SETTINGS.items() for part in ("--conf", f"{name}={value}")]
    return [
        str(SPARK_HOME / "bin" / "spark-submit"), "--master", cluster.master, "--deploy-mode", "client",
        "--properties-file", str(shipped_conf("spark/cluster.conf")), "--jars", ",".join(str(p) for p in jar_paths()),
        "--py-files", str(shipment.package), "--archives", f"{shipment.dependencies}#{ARCHIVE_FOLDER}", *sizes, *settings,
    ]  # fmt: skip


def driver_environment() -> dict[str, str]:
    """Return the environment of the submitting user, without what would name another Python for workers."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYSPARK_", "SPARK_")) and k != "PYTHONPATH"}
    return kept | {"SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": LOOPBACK}
