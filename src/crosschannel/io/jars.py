"""The two Delta JARs: fetched once, pinned by version and SHA-256, then taken from a folder.

Of Delta's 33 transitive files these two are the only ones Spark does not already ship.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from crosschannel.errors import PreflightError
from crosschannel.shipped import checkout_or_here

COORDINATE = "io.delta:delta-spark_4.1_2.13:4.4.0"
JARS = {
    "delta-spark_4.1_2.13-4.4.0.jar": "75a9400986853c061f5109f012547de2545a5759e5e752e5ef633dabe16a4f10",
    "delta-storage-4.4.0.jar": "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc",
}


def jar_folder() -> Path:
    """Return the folder of the JARs: ``CROSSCHANNEL_JARS``, else ``.jars`` of the checkout or working folder."""
    if named := os.environ.get("CROSSCHANNEL_JARS"):
        return Path(named).absolute()
    return checkout_or_here() / ".jars"


def jar_paths() -> list[Path]:
    """Return the two JARs, verified.

    Raises
    ------
    PreflightError
        A JAR is missing or is not the pinned one.
    """
    paths = [jar_folder() / name for name in JARS]
    for path in paths:
        if not path.is_file():
            raise PreflightError(f"{path.name} is not in {path.parent}: run `make jars` (or `crosschannel jars`), or point CROSSCHANNEL_JARS at the folder that holds it")
        if _sha256(path) != JARS[path.name]:
            raise PreflightError(f"{path} is not the pinned file (SHA-256 differs): delete it and run `make jars`")
    return paths


def fetch_jars() -> list[Path]:
    """Resolve the JARs once through Spark's own package resolver and keep the two that are needed."""
    folder = jar_folder()
    if all((folder / name).is_file() for name in JARS):
        return jar_paths()
    from pyspark.sql import SparkSession

    cache = folder.parent / ".ivy"
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars.packages", COORDINATE)
        .config("spark.jars.ivy", str(cache))
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    spark.stop()
    folder.mkdir(parents=True, exist_ok=True)
    for name in JARS:
        shutil.copy(cache / "jars" / f"io.delta_{name}", folder / name)
    return jar_paths()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
