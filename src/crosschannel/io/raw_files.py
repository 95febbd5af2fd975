"""Raw files: which there are, what they contain, and their lines and rows.

Works on any Hadoop path. A file is known by the SHA-256 of its content. Files that cannot be read
are named with a reason and left out; they never end a run.

Limits: plain and gzipped files; UTF-8 only; a CSV header fits into the first 4 KiB of its file.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession, functions as F

from crosschannel.contracts.bronze import RawLines, RawRows
from crosschannel.contracts.raw import RawFile

MAX_HASHED_BY_TASKS = 64 * 1024 * 1024  # bytes; a task holds such a file whole, the driver streams a larger one
HEAD_BYTES = 4096
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
BYTE_ORDER_MARK = "\ufeff"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
UNSUPPORTED = (".bz2", ".zst", ".lz4", ".snappy", ".zip", ".xz", ".deflate")
DAMAGED = ("FAILED_READ_FILE", "EOFException", "ZipException", "not a gzip file", "CANNOT_READ_FILE", "Could not read footer")
EMPTY = (hashlib.sha256().hexdigest(), b"")
URI, FILE_ID, HEAD, HEADER = "URI", "FILE_ID", "HEAD", "HEADER"


def list_files(spark: SparkSession, raw: str, source: str, format: str, glob: str) -> list[RawFile]:
    """Return the files of a source in the order of their paths; folders are walked, hidden files skipped."""
    jvm: Any = spark._jvm
    root = jvm.org.apache.hadoop.fs.Path(raw)
    fs = root.getFileSystem(_hadoop(spark))
    prefix = fs.makeQualified(root).toString().rstrip("/") + "/"
    found = []
    for status in fs.globStatus(jvm.org.apache.hadoop.fs.Path(f"{raw}/{glob}")) or []:
        for file in _walk(fs, status):
            location = file.getPath().toString()
            path = location.removeprefix(prefix)
            if not any(step.startswith(("_", ".")) for step in path.split("/")):
                uri = _same_uri(file.getPath().toUri().toString())
                found.append(RawFile(source, format, path, location, uri, file.getLen(), file.getModificationTime()))
    return sorted(found, key=lambda f: f.path)


def with_content(spark: SparkSession, files: Sequence[RawFile]) -> list[RawFile]:
    """Add to each file its content id, its CSV header, and the reason if its first bytes already refuse it."""
    by_tasks = [f for f in files if 0 < f.size_bytes <= MAX_HASHED_BY_TASKS]
    seen = _hashed_by_tasks(spark, by_tasks) if by_tasks else {}
    for file in files:
        if file.size_bytes > MAX_HASHED_BY_TASKS:
            seen[file.uri] = _hashed_by_driver(spark, file)
        elif file.size_bytes == 0:
            seen[file.uri] = EMPTY  # Spark's scan passes over empty files
    return [_inspected(file, *seen[file.uri]) for file in files]


def with_counts(spark: SparkSession, files: Sequence[RawFile]) -> list[RawFile]:
    """Add the number of records to each file by a pass of its own; a file that cannot be read to its end is refused."""
    readable = [f for f in files if f.reason is None and f.size_bytes > 0]
    counts: dict[int, int] = {}
    damaged: dict[int, str] = {}
    for group in ([f for f in readable if f.format != "parquet"], [f for f in readable if f.format == "parquet"]):
        _count(spark, group, counts, damaged)
    return [replace(f, rows_in=counts.get(f.file_no, 0), reason=damaged.get(f.file_no, f.reason)) for f in files]


def read_raw(spark: SparkSession, files: Sequence[RawFile]) -> DataFrame:
    """Return the content of files of one format: rows of Parquet files, lines of all others."""
    return read_rows(spark, files) if files[0].format == "parquet" else read_lines(spark, files)


def read_lines(spark: SparkSession, files: Sequence[RawFile]) -> DataFrame:
    """Return the lines of text files as :class:`RawLines`."""
    lines = spark.read.text(_locations(files)).select(
        _uri_expr().alias(URI),
        F.col("_metadata.file_block_start").alias(RawLines.block_start),
        # Without gaps inside a block, since the scan alone decides it: no filter runs before it.
        F.monotonically_increasing_id().alias(RawLines.scan_position),
        F.col("value").alias(RawLines.line),
    )
    is_record = (F.trim(F.col(RawLines.line)) != "") & (F.ltrim(F.col(RawLines.line), F.lit(BYTE_ORDER_MARK)) != F.col(HEADER))
    numbered = lines.join(F.broadcast(_numbers(spark, files)), on=URI, how="inner")
    return numbered.withColumn(RawLines.is_record, is_record).select(*RawLines.columns)


def read_rows(spark: SparkSession, files: Sequence[RawFile]) -> DataFrame:
    """Return the rows of Parquet files as :class:`RawRows`."""
    table = spark.read.option("mergeSchema", "true").parquet(*_locations(files))
    rows = table.select(
        _uri_expr().alias(URI),
        F.lit(0).cast("bigint").alias(RawRows.block_start),
        F.col("_metadata.row_index").alias(RawRows.scan_position),
        F.struct(*[F.col(f"`{c}`") for c in table.columns]).alias(RawRows.row),
    )
    return rows.join(F.broadcast(_numbers(spark, files)), on=URI, how="inner").select(*RawRows.columns)


def _count(spark: SparkSession, files: Sequence[RawFile], counts: dict[int, int], damaged: dict[int, str]) -> None:
    """Count all files at once; halve them where that fails, until the damaged ones stand alone."""
    if not files:
        return
    try:
        counts |= _counted(spark, files)
    except Exception as error:  # py4j and Spark raise many types; only a damaged file is dealt with here
        if not any(sign in str(error) for sign in DAMAGED):
            raise
        if len(files) == 1:
            damaged[files[0].file_no] = "damaged_file"
            return
        _count(spark, files[: len(files) // 2], counts, damaged)
        _count(spark, files[len(files) // 2 :], counts, damaged)


def _counted(spark: SparkSession, files: Sequence[RawFile]) -> dict[int, int]:
    if files[0].format == "parquet":
        rows = spark.read.schema("no_such_column int").parquet(*_locations(files))  # footers alone hold the counts
        numbered = rows.select(_uri_expr().alias(URI)).join(F.broadcast(_numbers(spark, files)), on=URI, how="inner")
    else:
        numbered = read_lines(spark, files).where(F.col(RawLines.is_record))
    return {row[0]: row[1] for row in numbered.groupBy(RawLines.file_no).count().collect()}


def _numbers(spark: SparkSession, files: Iterable[RawFile]) -> DataFrame:
    return spark.createDataFrame([(f.uri, f.file_no, f.header) for f in files], f"{URI} string, {RawLines.file_no} int, {HEADER} string")


def _hashed_by_tasks(spark: SparkSession, files: Sequence[RawFile]) -> dict[str, tuple[str, bytes]]:
    content = F.col("content")
    read = spark.read.format("binaryFile").load(_locations(files))
    rows = read.select(_uri_expr(), F.sha2(content, 256), F.substring(content, 1, HEAD_BYTES)).collect()
    return {row[0]: (row[1], bytes(row[2])) for row in rows}


def _hashed_by_driver(spark: SparkSession, file: RawFile) -> tuple[str, bytes]:
    jvm: Any = spark._jvm
    path = jvm.org.apache.hadoop.fs.Path(file.location)
    fs = path.getFileSystem(_hadoop(spark))
    stream = fs.open(path)
    try:
        head = bytes(jvm.org.apache.commons.io.IOUtils.toByteArray(stream, min(HEAD_BYTES, file.size_bytes)))
        stream.seek(0)
        return jvm.org.apache.commons.codec.digest.DigestUtils.sha256Hex(stream), head
    finally:
        stream.close()


def _inspected(file: RawFile, file_id: str, head: bytes) -> RawFile:
    reason, text = _refusal(file, head), b""
    if reason is None and file.format == "csv" and file.size_bytes > 0:
        text = zlib.decompressobj(31).decompress(head) if head.startswith(GZIP_MAGIC) else head
        reason = _header_refusal(text, is_whole=len(head) == file.size_bytes)
    header = "" if reason or not text else text.splitlines()[0].decode().removeprefix(BYTE_ORDER_MARK)  # Spark drops the mark as well
    return replace(file, file_id=file_id, header=header, reason=reason)


def _refusal(file: RawFile, head: bytes) -> str | None:
    """Name what the first bytes say against a file; Spark would read some of these as no rows, or as noise."""
    if file.format == "parquet":
        return None if head.startswith(PARQUET_MAGIC) else "not_parquet"
    if file.path.endswith(UNSUPPORTED):
        return "compression_unsupported"
    if file.size_bytes and file.path.endswith(".gz") != head.startswith(GZIP_MAGIC):
        return "not_gzip" if file.path.endswith(".gz") else "gzip_without_gz_name"
    return "not_utf8" if head.startswith(UTF16_MARKS) else None


def _header_refusal(text: bytes, *, is_whole: bool) -> str | None:
    if b"\n" not in text and not is_whole:
        return "header_too_long"
    try:
        first = text.splitlines()[0].decode() if text else ""
    except UnicodeDecodeError:
        return "not_utf8"
    return None if first.strip() else "no_header"


def _locations(files: Iterable[RawFile]) -> list[str]:
    """Paths for Spark's readers, which would take brackets and stars in a name for a pattern."""
    return [re.sub(r"([\\\[\]{}*?])", r"\\\1", f.location) for f in files]


def _walk(fs: Any, status: Any) -> Iterable[Any]:
    if not status.isDirectory():
        yield status
        return
    files = fs.listFiles(status.getPath(), True)
    while files.hasNext():
        yield files.next()


def _hadoop(spark: SparkSession) -> Any:
    jsc: Any = spark.sparkContext._jsc
    return jsc.hadoopConfiguration()


def _uri_expr() -> Column:
    return F.regexp_replace(F.col("_metadata.file_path"), "^file:/+", "file:/")


def _same_uri(uri: str) -> str:
    return "file:/" + uri.removeprefix("file:").lstrip("/") if uri.startswith("file:") else uri
