"""Peers: the least anybody could do with the same input on the same engine, timed in the same run."""

from __future__ import annotations

import time
from pathlib import Path

from pyspark.sql import SparkSession

from crosschannel.settings.sources import SourcesSettings

READERS = {"json_lines": "json", "csv": "csv", "parquet": "parquet", "pattern": "text"}


def bare_copy(spark: SparkSession, settings: SourcesSettings, raw: Path, target: Path) -> float:
    """Read every source with Spark's own reader and write it as Parquet; return the seconds.

    No rule is checked, nothing is deduplicated, no file is hashed: what ingest does beyond it is
    what the ratio shows.
    """
    started = time.monotonic()
    for source in settings.sources:
        frame = spark.read.format(READERS[source.format]).option("header", "true").load(str(raw / source.path))
        frame.write.mode("overwrite").parquet(str(target / source.source))
    return time.monotonic() - started
