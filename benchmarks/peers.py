"""Peers: the least anybody could do with the same input on the same engine, timed in the same run."""

from __future__ import annotations

import time
from pathlib import Path

from pyspark.sql import SparkSession

READERS = {".json": "json", ".jsonl": "json", ".gz": "json", ".csv": "csv"}


def bare_copy(spark: SparkSession, raw: Path, target: Path) -> float:
    """Read every source with Spark's own reader and write it as Parquet; return the seconds.

    No rule is checked, nothing is deduplicated, no file is hashed: what ingest does beyond it is
    what the ratio shows.
    """
    started = time.monotonic()
    for source in sorted(p for p in raw.iterdir() if p.is_dir()):
        if (reader := _reader(source)) is None:
            continue
        frame = spark.read.format(reader).option("header", "true").option("recursiveFileLookup", "true").load(str(source))
        frame.write.mode("overwrite").parquet(str(target / source.name))
    return time.monotonic() - started


def _reader(source: Path) -> str | None:
    suffixes = {p.name.removesuffix(".gz").rsplit(".", 1)[-1] for p in source.rglob("*") if p.is_file() and not p.name.startswith(("_", "."))}
    return next((READERS[f".{s}"] for s in sorted(suffixes) if f".{s}" in READERS), None)
