"""Write raw logs the way sources deliver them, and truth tables as Parquet; any Hadoop path."""

from __future__ import annotations

import json
from typing import Any

from pyspark.sql import DataFrame, SparkSession

_NO_DELIMITER = "\x01"  # never in a line, so the writer leaves the line as it is


def write_lines(df: DataFrame, path: str, *, partition: str, header: str | None = None, gzip: bool = False) -> None:
    """Write a frame of ``partition`` and one text column; each file of a CSV source opens with ``header``.

    The frame must already be laid out: one task per file, rows in their order.
    """
    compression = "gzip" if gzip else "none"
    (line,) = (c for c in df.columns if c != partition)
    if header is None:
        df.write.mode("overwrite").partitionBy(partition).text(path, compression=compression)
        return
    # Spark's text writer has no header. Its CSV writer has: with one column named like the whole header line, and quoting off.
    named = df.withColumnRenamed(line, header)
    options = {"header": True, "sep": _NO_DELIMITER, "quote": "", "escapeQuotes": False, "emptyValue": ""}
    spaces = {"ignoreLeadingWhiteSpace": False, "ignoreTrailingWhiteSpace": False}
    named.write.mode("overwrite").partitionBy(partition).options(**options, **spaces).csv(path, compression=compression)  # type: ignore[arg-type]


def write_parquet(df: DataFrame, path: str, *, partition: str | None = None) -> DataFrame:
    """Write a frame and return it as stored."""
    writer = df.write.mode("overwrite")
    (writer.partitionBy(partition) if partition else writer).parquet(path)
    return df.sparkSession.read.schema(df.schema).parquet(path)


def write_json(spark: SparkSession, path: str, content: Any) -> None:
    """Write one JSON document."""
    target, fs = _hadoop(spark, path)
    stream = fs.create(target, True)
    try:
        stream.write(bytearray((json.dumps(content, indent=2, sort_keys=True) + "\n").encode()))
    finally:
        stream.close()


def remove(spark: SparkSession, path: str) -> None:
    """Delete a folder, if it is there."""
    target, fs = _hadoop(spark, path)
    fs.delete(target, True)


def _hadoop(spark: SparkSession, path: str) -> tuple[Any, Any]:
    jvm: Any = spark._jvm
    jsc: Any = spark.sparkContext._jsc
    target = jvm.org.apache.hadoop.fs.Path(path)
    return target, target.getFileSystem(jsc.hadoopConfiguration())
