"""The lines of raw text files, whatever their encoding, and how many there are.

Hadoop skips a line beyond the cap without a word, so the bytes of every file are counted as they lie there.
A file in which such lines were found is read in blocks shorter than any of them: so each begins in one block
and ends in another, nothing within a block is skipped, and its place among the others is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession, functions as F

from crosschannel.contracts.bronze import RawLines
from crosschannel.contracts.raw import UTF8, UTF16_ORDERS, RawFile
from crosschannel.exprs.encodings import decoded_expr
from crosschannel.io.raw_bytes import locations, uri_expr
from crosschannel.io.raw_probes import BYTE_ORDER_MARK
from crosschannel.io.staging import small_frame

MAX_LINE_BYTES = 10 * 1024 * 1024
SMALL_BLOCK_BYTES = 8 * 1024 * 1024
BLOCK_BYTES = "spark.sql.files.maxPartitionBytes"
LINE_CAP = "mapreduce.input.linerecordreader.line.maxlength"
URI, HEADER, CHANGED = "URI", "HEADER", "CHANGED"
SIZE, BYTES, LONGEST, RECORDS = "SIZE", "BYTES", "LONGEST", "RECORDS"


def read_lines(spark: SparkSession, files: Sequence[RawFile]) -> DataFrame:
    """Return the lines of text files as :class:`RawLines`; of one that is too long its head, in a block of its own."""
    lines = _whole_lines(spark, files).withColumn(RawLines.line, _without_return(F.col(RawLines.line)))
    whole = lines.withColumns({RawLines.is_record: _is_record(F.col(RawLines.line)), RawLines.is_cut: F.lit(False)}).select(*RawLines.columns)
    heads = [(f.file_no, long.offset, 0, long.head, True, True) for f in files for long in f.long_lines]
    if not heads:
        return whole
    placed = small_frame(spark, heads, RawLines.columns[:-1]).join(numbers(spark, files), on=str(RawLines.file_no), how="inner")
    return whole.unionByName(placed.select(*RawLines.columns))


def measured(spark: SparkSession, files: Sequence[RawFile]) -> dict[int, Any]:
    """Return records, bytes with the ends of lines, and longest line of each file by its number."""
    records = F.count_if(_is_record(_without_return(F.col(RawLines.line))))
    measures = [records.alias(RECORDS), F.sum(SIZE).alias(BYTES), F.max(SIZE).alias(LONGEST)]
    return {row[RawLines.file_no]: row for row in _whole_lines(spark, files).groupBy(RawLines.file_no).agg(*measures).collect()}


def measured_in_small_blocks(spark: SparkSession, files: Sequence[RawFile]) -> dict[int, list[Any]]:
    """Return records and bytes of each small block of each file by its number, in their order."""
    lines = _whole_lines(spark, files, in_small_blocks=True)
    records = F.count_if(_is_record(_without_return(F.col(RawLines.line)))).alias(RECORDS)
    rows = lines.groupBy(RawLines.file_no, RawLines.block_start).agg(records, F.sum(SIZE).alias(BYTES)).collect()
    ordered = sorted(rows, key=lambda row: int(row[RawLines.block_start]))
    return {file.file_no: [row for row in ordered if row[RawLines.file_no] == file.file_no] for file in files}


def numbers(spark: SparkSession, files: Iterable[RawFile]) -> DataFrame:
    """Return number, header and arrival of each file by its address."""
    rows = [(f.uri, f.file_no, f.header, f.modified_ms) for f in files]
    known = spark.createDataFrame(rows, f"{URI} string, {RawLines.file_no} int, {HEADER} string, {CHANGED} bigint")
    return known.withColumn(RawLines.arrived_ts, F.timestamp_millis(CHANGED))


def line_end(encoding: str) -> bytes:
    """Return what ends a line."""
    return "\n".encode(encoding)


def _whole_lines(spark: SparkSession, files: Sequence[RawFile], *, in_small_blocks: bool = False) -> DataFrame:
    groups: dict[tuple[str, bool], list[RawFile]] = {}
    for file in files:
        groups.setdefault((file.encoding, in_small_blocks or bool(file.long_lines)), []).append(file)
    scans = [_scanned(_with_small_blocks(spark) if is_small else spark, encoding, group) for (encoding, is_small), group in sorted(groups.items())]
    return F.broadcast(numbers(spark, files)).join(reduce(DataFrame.unionByName, scans), on=URI, how="inner")


def _with_small_blocks(spark: SparkSession) -> SparkSession:
    """Return a session that cuts files smaller; a scan obeys the session it was made with, so the others go on as they were."""
    other = spark.newSession()
    other.conf.set(BLOCK_BYTES, str(min(SMALL_BLOCK_BYTES, MAX_LINE_BYTES)))
    return other


def _scanned(spark: SparkSession, encoding: str, files: Sequence[RawFile]) -> DataFrame:
    reader, value = spark.read.option(LINE_CAP, str(MAX_LINE_BYTES)).option("lineSep", "\n"), F.col("value")
    if encoding in UTF16_ORDERS:  # the reader looks for the bytes of "\n" in it; what lies between it leaves as it is
        reader = reader.option("encoding", encoding)
    return reader.text(locations(files)).select(
        uri_expr().alias(URI),
        F.col("_metadata.file_block_start").alias(RawLines.block_start),
        # Without gaps inside a block, since the scan alone decides it: no filter runs before it.
        F.monotonically_increasing_id().alias(RawLines.scan_position),
        (value if encoding == UTF8 else decoded_expr(value.cast("binary"), encoding)).alias(RawLines.line),
        (F.octet_length(value) + len(line_end(encoding))).cast("bigint").alias(SIZE),
    )


def _without_return(line: Column) -> Column:
    return F.when(line.endswith("\r"), F.rtrim(line, F.lit("\r"))).otherwise(line)  # trimming at the end looks at every character


def _is_record(line: Column) -> Column:
    return (F.trim(line) != "") & (F.ltrim(line, F.lit(BYTE_ORDER_MARK)) != F.col(HEADER))
