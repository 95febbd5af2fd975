"""What can be said about a raw file before it is read: from its first and last bytes, or its footer.

A file that Spark would read as nothing, as noise, or to its own ruin is refused here with a reason.
Limits: a CSV header is no longer than 64 KiB.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from crosschannel.contracts.raw import RawFile
from crosschannel.io.raw_bytes import MAX_HEADER_BYTES, expands_beyond, head_of, locations

GZIP_MAGIC = b"\x1f\x8b"
GZIP_SIZE_WRAPS = 1 << 32  # a gzip file says its size modulo this
PARQUET_MAGIC = b"PAR1"
BYTE_ORDER_MARK = "\ufeff"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
UNSUPPORTED = (".bz2", ".zst", ".lz4", ".snappy", ".zip", ".xz", ".deflate")
MAX_EXPANSION = 200  # logs shrink by 5 to 60; what shrinks by more was made to harm
MAX_UNSUSPECTED = 64 * 1024 * 1024  # bytes; what expands to less harms nobody


def looked_into(spark: SparkSession, file: RawFile, file_id: str, head: bytes, tail: bytes) -> RawFile:
    """Return what :func:`inspected` does; more of the file is read where its header does not end within ``head``."""
    known = inspected(file, file_id, head, tail)
    if known.reason != "header_too_long" or len(head) >= min(MAX_HEADER_BYTES, file.size_bytes):
        return known
    return inspected(file, file_id, head_of(spark, file, MAX_HEADER_BYTES), tail)


def inspected(file: RawFile, file_id: str, head: bytes, tail: bytes) -> RawFile:
    """Return a file with its content id, its CSV header, and the reason if its bytes already refuse it."""
    text = _expanded(head)
    reason = _refusal(file, head) or ("damaged_file" if text is None else _text_refusal(file, text))
    known = replace(file, file_id=file_id, tail=tail)
    if reason or file.format != "csv" or not text:
        return replace(known, reason=reason)
    # Spark drops the mark as well.
    first = text.split(b"\n")[0].removesuffix(b"\r")
    is_whole = b"\n" in text or (len(head) == file.size_bytes and len(text) < MAX_HEADER_BYTES)
    reason = _header_refusal(first) if is_whole else "header_too_long"
    return replace(known, reason=reason, header="" if reason else first.decode().removeprefix(BYTE_ORDER_MARK))


def without_bombs(spark: SparkSession, files: Iterable[RawFile]) -> list[RawFile]:
    """Refuse compressed files that say they expand out of all proportion, and do."""
    return [_probed(spark, f) if f.reason is None and expands_too_much(f, expanded_by_footer(f)) else f for f in files]


def with_footers(spark: SparkSession, hadoop: Any, files: Sequence[RawFile]) -> list[RawFile]:
    """Add schema, columns and number of rows to Parquet files, from their footers alone."""
    known: dict[str, str | None] = {}
    return [_with_footer(spark, hadoop, f, known) if f.format == "parquet" and f.reason is None else f for f in files]


def expanded_by_footer(file: RawFile) -> int:
    """Return how large a file says it is, uncompressed, modulo 4 GiB where it is compressed."""
    return int.from_bytes(file.tail, "little") if is_gzip(file) else file.size_bytes


def is_gzip(file: RawFile) -> bool:
    """Tell whether Spark takes a file for a gzip file."""
    return file.path.endswith(".gz")


def expands_too_much(file: RawFile, expanded_bytes: int) -> bool:
    """Tell whether a compressed file is out of all proportion to what it expands to."""
    return is_gzip(file) and expanded_bytes > _expansion_limit(file)


def _expansion_limit(file: RawFile) -> int:
    return max(MAX_UNSUSPECTED, MAX_EXPANSION * file.size_bytes)


def _probed(spark: SparkSession, file: RawFile) -> RawFile:
    # The last bytes of a truncated file are no size: only expanding it tells, and no further than it may.
    try:
        is_bomb = expands_beyond(spark, file, _expansion_limit(file))
    except Py4JJavaError:
        return replace(file, reason="damaged_file")
    return replace(file, reason="expands_too_much") if is_bomb else file


def _expanded(head: bytes) -> bytes | None:
    if not head.startswith(GZIP_MAGIC):
        return head
    try:
        return zlib.decompressobj(31).decompress(head, MAX_HEADER_BYTES)
    except zlib.error:
        return None


def _refusal(file: RawFile, head: bytes) -> str | None:
    """Name what the first bytes say against a file; Spark would read some of these as no rows, or as noise."""
    if file.format == "parquet":
        return None if head.startswith(PARQUET_MAGIC) else "not_parquet"
    if file.path.endswith(UNSUPPORTED):
        return "compression_unsupported"
    if file.size_bytes and is_gzip(file) != head.startswith(GZIP_MAGIC):
        return "not_gzip" if is_gzip(file) else "gzip_without_gz_name"
    return None


def _text_refusal(file: RawFile, text: bytes) -> str | None:
    return "not_utf8" if file.format != "parquet" and text.startswith(UTF16_MARKS) else None


def _header_refusal(first: bytes) -> str | None:
    try:
        return None if first.decode().strip() else "no_header"
    except UnicodeDecodeError:
        return "not_utf8"


def _with_footer(spark: SparkSession, hadoop: Any, file: RawFile, known: dict[str, str | None]) -> RawFile:
    parquet: Any = spark._jvm.org.apache.parquet.hadoop  # type: ignore[union-attr]
    path: Any = spark._jvm.org.apache.hadoop.fs.Path(file.location)  # type: ignore[union-attr]
    try:
        reader = parquet.ParquetFileReader.open(parquet.util.HadoopInputFile.fromPath(path, hadoop))
    except Py4JJavaError:
        return replace(file, reason="damaged_file")
    try:
        schema = reader.getFileMetaData().getSchema()
        columns, text, rows = tuple(f.getName() for f in schema.getFields()), schema.toString(), reader.getRecordCount()
    finally:
        reader.close()
    if text not in known:
        known[text] = "duplicate_column" if _stands_twice([c.lower() for c in columns]) else _schema_refusal(spark, file)
    return replace(file, columns=columns, header=text, rows_in=0 if known[text] else rows, reason=known[text])


def _schema_refusal(spark: SparkSession, file: RawFile) -> str | None:
    try:
        spark.read.parquet(*locations([file])).schema  # noqa: B018 - asked for, so that Spark reads it
    except PySparkException:
        return "schema_unsupported"
    return None


def _stands_twice(names: Sequence[str]) -> bool:
    return len(set(names)) < len(names)
