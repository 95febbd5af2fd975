"""JARs: fetched once, pinned by version and SHA-256, then taken from a folder.

Of Delta's 33 transitive files two are the only ones Spark does not already ship. Spark's reader of
Kafka topics adds four, the driver of PostgreSQL one; they are fetched when somebody asks for them, and
used when they are there.
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

KAFKA_COORDINATE = "org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.1"  # the newest whose token provider can be had
KAFKA_JARS = {
    "spark-sql-kafka-0-10_2.13-4.1.1.jar": "9c1ce986f548e6b1dcb0e2dfe2f253a0bc58f2232a32a0c9c6c674dd25a8570c",
    "spark-token-provider-kafka-0-10_2.13-4.1.1.jar": "e510adc37b03d01d0a190d0dab472b5538e05eaa77454f7e9477156d7a6820ae",
    "kafka-clients-3.9.1.jar": "7568b998572d256f0b7bc0afdc1b7a2588b8b08415c62ce314c864a6851ae9d9",
    "commons-pool2-2.12.1.jar": "5273c8bc8c0dca2211175c0d27efbd7228efae99689aac001a8e1ef8e872e9ef",
}

POSTGRES_COORDINATE = "org.postgresql:postgresql:42.7.7"
POSTGRES_JARS = {"postgresql-42.7.7.jar": "157963d60ae66d607e09466e8c0cdf8087e9cb20d0159899ffca96bca2528460"}

NOT_NEEDED = (
    "io.unitycatalog:*", "org.slf4j:*", "org.apache.logging.log4j:*", "com.google.code.findbugs:*", "org.roaringbitmap:*", "com.fasterxml.jackson.*:*",
    "org.apache.hadoop:*", "org.apache.parquet:*", "javax.annotation:*", "org.locationtech.jts:*", "org.xerial.snappy:*", "io.airlift:*",
    "org.checkerframework:*", "commons-pool:*", "com.github.luben:*", "org.antlr:*", "org.openapitools:*", "io.delta:delta-kernel-*",
)  # fmt: skip


def jar_folder() -> Path:
    """Return the folder of the JARs: ``CROSSCHANNEL_JARS``, else ``.jars`` of the checkout or working folder."""
    if named := os.environ.get("CROSSCHANNEL_JARS"):
        return Path(named).absolute()
    return checkout_or_here() / ".jars"


def jar_paths() -> list[Path]:
    """Return the JARs of a session, verified: the two of Delta, and what was fetched for Kafka topics and PostgreSQL.

    Raises
    ------
    PreflightError
        A JAR is missing or is not the pinned one.
    """
    delta = _verified(JARS, "`make jars` (or `crosschannel jars`)")
    return delta + (kafka_jar_paths() if has_kafka_jars() else []) + (postgres_jar_paths() if has_postgres_jar() else [])


def has_kafka_jars() -> bool:
    """Tell whether the reader of Kafka topics was fetched."""
    return all((jar_folder() / name).is_file() for name in KAFKA_JARS)


def kafka_jar_paths() -> list[Path]:
    """Return the four JARs of the reader of Kafka topics, verified."""
    return _verified(KAFKA_JARS, "`crosschannel jars --kafka`")


def has_postgres_jar() -> bool:
    """Tell whether the driver of PostgreSQL was fetched."""
    return all((jar_folder() / name).is_file() for name in POSTGRES_JARS)


def postgres_jar_paths() -> list[Path]:
    """Return the driver of PostgreSQL, verified."""
    return _verified(POSTGRES_JARS, "`crosschannel jars --postgres`")


def fetch_jars(*, kafka: bool = False, postgres: bool = False) -> list[Path]:
    """Resolve the JARs once through Spark's own package resolver and keep those that are needed."""
    wanted = {COORDINATE: JARS} | ({KAFKA_COORDINATE: KAFKA_JARS} if kafka else {}) | ({POSTGRES_COORDINATE: POSTGRES_JARS} if postgres else {})
    folder = jar_folder()
    missing = [c for c, names in wanted.items() if not all((folder / n).is_file() for n in names)]
    if missing:
        cache = _resolved(missing, folder.parent / ".ivy")
        folder.mkdir(parents=True, exist_ok=True)
        for name in (n for c in missing for n in wanted[c]):
            shutil.copy(next(cache.glob(f"*_{name}")), folder / name)  # the resolver puts the group before the name
    return jar_paths()


def _resolved(coordinates: list[str], cache: Path) -> Path:
    from pyspark.sql import SparkSession

    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars.packages", ",".join(coordinates))
        .config("spark.jars.excludes", ",".join(NOT_NEEDED))  # Spark ships them; half of one in a Maven cache would stop the resolver
        .config("spark.jars.ivy", str(cache))
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    spark.stop()
    return cache / "jars"


def _verified(pinned: dict[str, str], command: str) -> list[Path]:
    paths = [jar_folder() / name for name in pinned]
    for path in paths:
        if not path.is_file():
            raise PreflightError(f"{path.name} is not in {path.parent}: run {command}, or point CROSSCHANNEL_JARS at the folder that holds it")
        if _sha256(path) != pinned[path.name]:
            raise PreflightError(f"{path} is not the pinned file (SHA-256 differs): delete it and run {command}")
    return paths


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
