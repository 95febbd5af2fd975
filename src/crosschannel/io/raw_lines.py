"""The lines of raw text files, whatever their encoding, and how many there are.

Hadoop's reader passes over a line beyond the cap without a word, so the bytes of every file are counted as they
lie there. Only the last line of a block it returns, cut to the cap. So a file in which long lines were found is
read in blocks shorter than any of them: then each is the last of its block, none is passed over, and of none
more than the cap is ever held.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession, functions as F

from crosschannel.contracts.bronze import RawLines
from crosschannel.contracts.raw import UTF8, UTF16_ORDERS, RawFile
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.exprs.encodings import decoded_expr
from crosschannel.io.raw_bytes import locations, uri_expr
from crosschannel.io.raw_probes import BYTE_ORDER_MARK

MAX_LINE_BYTES = 10 * 1024 * 1024
MAX_HEAD_BYTES = 4096  # of a line that is too long, kept in quarantine
SMALL_BLOCK_BYTES = 8 * 1024 * 1024
BLOCK_BYTES = "spark.sql.files.maxPartitionBytes"
LINE_CAP = "mapreduce.input.linerecordreader.line.maxlength"
URI, HEADER, CHANGED = "URI", "HEADER", "CHANGED"
VALUE, SIZE, BYTES, LONGEST, RECORDS, CUT = "VALUE", "SIZE", "BYTES", "LONGEST", "RECORDS", "CUT"


def read_lines(spark: SparkSession, files: Sequence[RawFile]) -> DataFrame:
    """Return the lines of text files as :class:`RawLines`; of one that is too long the head."""
    lines = _whole_lines(spark, files).withColumn(RawLines.line, _without_return(F.col(RawLines.line)))
    return lines.withColumn(RawLines.is_record, _is_record(F.col(RawLines.line)) | F.col(RawLines.is_cut)).select(*RawLines.columns)


def measured(spark: SparkSession, files: Sequence[RawFile]) -> dict[int, Any]:
    """Return records, bytes with the ends of lines, longest line and number of cut ones of each file by its number."""
    is_record = _is_record(_without_return(F.col(RawLines.line))) | F.col(RawLines.is_cut)
    sums = [
        F.count_if(is_record).alias(RECORDS),
        F.sum(SIZE).alias(BYTES),
        F.max(F.octet_length(VALUE)).alias(LONGEST),
        F.count_if(RawLines.is_cut).alias(CUT),
    ]
    return {row[RawLines.file_no]: row for row in _whole_lines(spark, files).groupBy(RawLines.file_no).agg(*sums).collect()}


def numbers(spark: SparkSession, files: Iterable[RawFile]) -> DataFrame:
    """Return number, header and arrival of each file by its address."""
    rows = [(f.uri, f.file_no, f.header, f.modified_ms) for f in files]
    known = frame_of(spark, rows, f"{URI} string, {RawLines.file_no} int, {HEADER} string, {CHANGED} bigint")
    return known.withColumn(RawLines.arrived_ts, F.timestamp_millis(CHANGED))


def line_end(encoding: str) -> bytes:
    """Return what ends a line."""
    return "\n".encode(encoding)


def _whole_lines(spark: SparkSession, files: Sequence[RawFile]) -> DataFrame:
    groups: dict[tuple[str, bool], list[RawFile]] = {}
    for file in files:
        groups.setdefault((file.encoding, file.has_long_lines), []).append(file)
    scans = [
        _scanned(_with_small_blocks(spark), encoding, group).transform(_with_heads, encoding) if has_long_lines else _scanned(spark, encoding, group)
        for (encoding, has_long_lines), group in sorted(groups.items())
    ]
    return F.broadcast(numbers(spark, files)).join(reduce(DataFrame.unionByName, scans), on=URI, how="inner")


def _with_small_blocks(spark: SparkSession) -> SparkSession:
    """Return a session that cuts files smaller; a scan obeys the session it was made with, so the others go on as they were."""
    other = spark.newSession()
    other.conf.set(BLOCK_BYTES, str(SMALL_BLOCK_BYTES))
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
        value.alias(VALUE),
        F.lit(False).alias(RawLines.is_cut),
    )


def _with_heads(lines: DataFrame, encoding: str) -> DataFrame:
    is_long = F.col(SIZE) >= MAX_LINE_BYTES + len(line_end(encoding))
    head = F.substring(F.col(VALUE).cast("binary"), 1, MAX_HEAD_BYTES)
    text = F.make_valid_utf8(head.cast("string")) if encoding == UTF8 else decoded_expr(head, encoding)  # its last letter may be half a one
    return lines.withColumns({RawLines.line: F.when(is_long, text).otherwise(F.col(RawLines.line)), RawLines.is_cut: is_long})


def _without_return(line: Column) -> Column:
    return F.when(line.endswith("\r"), F.rtrim(line, F.lit("\r"))).otherwise(line)  # trimming at the end looks at every character


def _is_record(line: Column) -> Column:
    return (F.trim(line) != "") & (F.ltrim(line, F.lit(BYTE_ORDER_MARK)) != F.col(HEADER))
