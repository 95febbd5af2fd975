"""What can be said about a raw file before it is read: from its first and last bytes, or its footer.

A file that Spark would read as nothing, as noise, or to its own ruin is refused here with a reason.
Limits: a CSV header is no longer than 64 KiB.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from crosschannel.contracts.raw import UTF8, UTF16, UTF16_ORDERS, RawFile, undecodable_code
from crosschannel.io.raw_bytes import MAX_HEADER_BYTES, expands_beyond, head_of, locations, why_unread

GZIP_MAGIC = b"\x1f\x8b"
GZIP_SIZE_WRAPS = 1 << 32  # a gzip file says its size modulo this
PARQUET_MAGIC = b"PAR1"
BYTE_ORDER_MARK = "\ufeff"
MARKS = {b"\xef\xbb\xbf": UTF8, b"\xff\xfe": UTF16_ORDERS[0], b"\xfe\xff": UTF16_ORDERS[1]}
UNKNOWN = "\ufffd"  # stands for what cannot be decoded
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
    """Return a file with its content id, its encoding, its CSV header, and the reason if its bytes already refuse it."""
    text, known = _expanded(head), replace(file, file_id=file_id, tail=tail)
    if refused := _refusal(file, head) or ("damaged_file" if text is None else None):
        return replace(known, reason=refused)
    if file.format == "parquet" or not text:
        return replace(known, encoding=UTF16_ORDERS[0]) if file.encoding == UTF16 else known
    encoding = _encoding_of(file.encoding, text)
    if encoding is None:
        return replace(known, reason=undecodable_code(file.encoding))
    is_whole = len(head) == file.size_bytes and len(text) < MAX_HEADER_BYTES
    return _with_header(replace(known, encoding=encoding), text, is_whole=is_whole) if file.format == "csv" else replace(known, encoding=encoding)


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
        return replace(file, reason=why_unread(spark, file))
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


def _encoding_of(declared: str, text: bytes) -> str | None:
    """Return the encoding of a file, ``utf-16`` made definite by its mark; None if it is another one than declared."""
    marked = next((encoding for mark, encoding in MARKS.items() if text.startswith(mark)), None)
    if declared == UTF16:
        return marked if marked in UTF16_ORDERS else None
    if marked not in (None, declared):
        return None
    if declared not in UTF16_ORDERS:
        return declared
    # Whatever the language, brackets, commas and ends of lines are letters whose upper byte is zero; few have a lower one that is.
    order = UTF16_ORDERS.index(declared)
    return declared if text[1 - order :: 2].count(0) > text[order::2].count(0) else None


def _with_header(file: RawFile, text: bytes, *, is_whole: bool) -> RawFile:
    decoder = codecs.getincrementaldecoder(file.encoding)("replace")  # the last letter of what was read may be half a one
    first, end, _ = decoder.decode(text).partition("\n")
    header = first.removesuffix("\r").removeprefix(BYTE_ORDER_MARK)
    if not end and not is_whole:
        return replace(file, reason="header_too_long")
    if UNKNOWN in header:
        return replace(file, reason=undecodable_code(file.encoding))
    return replace(file, header=header) if header.strip() else replace(file, reason="no_header")


def _with_footer(spark: SparkSession, hadoop: Any, file: RawFile, known: dict[str, str | None]) -> RawFile:
    parquet: Any = spark._jvm.org.apache.parquet.hadoop  # type: ignore[union-attr]
    path: Any = spark._jvm.org.apache.hadoop.fs.Path(file.location)  # type: ignore[union-attr]
    try:
        reader = parquet.ParquetFileReader.open(parquet.util.HadoopInputFile.fromPath(path, hadoop))
    except Py4JJavaError:
        return replace(file, reason=why_unread(spark, file))
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
        why = why_unread(spark, file)
        return "schema_unsupported" if why == "damaged_file" else why
    return None


def _stands_twice(names: Sequence[str]) -> bool:
    return len(set(names)) < len(names)
