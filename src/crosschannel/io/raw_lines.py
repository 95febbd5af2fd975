"""The lines of raw text files, whatever their encoding, and how many there are.

Hadoop skips a line beyond the cap without a word, so the bytes of every file are counted as they lie there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession, functions as F

from crosschannel.contracts.bronze import RawLines
from crosschannel.contracts.raw import UTF16_ORDERS, RawFile
from crosschannel.exprs.encodings import decoded_expr
from crosschannel.io.raw_bytes import locations, uri_expr
from crosschannel.io.raw_probes import BYTE_ORDER_MARK

MAX_LINE_BYTES = 10 * 1024 * 1024
LINE_CAP = "mapreduce.input.linerecordreader.line.maxlength"
URI, HEADER, SIZE, BYTES, LONGEST, RECORDS = "URI", "HEADER", "SIZE", "BYTES", "LONGEST", "RECORDS"


def read_lines(spark: SparkSession, files: Sequence[RawFile]) -> DataFrame:
    """Return the lines of text files as :class:`RawLines`."""
    lines = _whole_lines(spark, files).withColumn(RawLines.line, _without_return(F.col(RawLines.line)))
    return lines.withColumn(RawLines.is_record, _is_record(F.col(RawLines.line))).select(*RawLines.columns)


def measured(spark: SparkSession, files: Sequence[RawFile]) -> dict[int, Any]:
    """Return records, bytes with the ends of lines, and longest line of each file by its number."""
    records = F.count_if(_is_record(_without_return(F.col(RawLines.line))))
    measures = [records.alias(RECORDS), F.sum(SIZE).alias(BYTES), F.max(SIZE).alias(LONGEST)]
    return {row[RawLines.file_no]: row for row in _whole_lines(spark, files).groupBy(RawLines.file_no).agg(*measures).collect()}


def numbers(spark: SparkSession, files: Iterable[RawFile]) -> DataFrame:
    """Return number and header of each file by its address."""
    return spark.createDataFrame([(f.uri, f.file_no, f.header) for f in files], f"{URI} string, {RawLines.file_no} int, {HEADER} string")


def line_end(encoding: str) -> bytes:
    """Return what ends a line."""
    return "\n".encode(encoding)


def _whole_lines(spark: SparkSession, files: Sequence[RawFile]) -> DataFrame:
    encodings = sorted({f.encoding for f in files})
    lines = reduce(DataFrame.unionByName, [_scanned(spark, e, [f for f in files if f.encoding == e]) for e in encodings])
    return lines.join(F.broadcast(numbers(spark, files)), on=URI, how="inner")


def _scanned(spark: SparkSession, encoding: str, files: Sequence[RawFile]) -> DataFrame:
    reader, value = spark.read.option(LINE_CAP, str(MAX_LINE_BYTES)).option("lineSep", "\n"), F.col("value")
    if encoding in UTF16_ORDERS:  # the reader looks for the bytes of "\n" in it; what lies between it leaves as it is
        reader = reader.option("encoding", encoding)
    return reader.text(locations(files)).select(
        uri_expr().alias(URI),
        F.col("_metadata.file_block_start").alias(RawLines.block_start),
        # Without gaps inside a block, since the scan alone decides it: no filter runs before it.
        F.monotonically_increasing_id().alias(RawLines.scan_position),
        decoded_expr(value.cast("binary"), encoding).alias(RawLines.line),
        (F.octet_length(value) + len(line_end(encoding))).cast("bigint").alias(SIZE),
    )


def _without_return(line: Column) -> Column:
    return F.when(line.endswith("\r"), F.rtrim(line, F.lit("\r"))).otherwise(line)  # trimming at the end looks at every character


def _is_record(line: Column) -> Column:
    return (F.trim(line) != "") & (F.ltrim(line, F.lit(BYTE_ORDER_MARK)) != F.col(HEADER))
