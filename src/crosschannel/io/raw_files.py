"""Raw files: what they contain, and their lines and rows.

Works on any Hadoop path. A file is known by the SHA-256 of its content. Files that cannot be read
are named with a reason and left out; they never end a run.

Limits: plain and gzipped files; of a line longer than 10 MiB the head alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession, functions as F

from crosschannel.contracts.bronze import RawLines, RawRows
from crosschannel.contracts.raw import CHANGED_WHILE_READ, LOOK_AGAIN, UNREADABLE_FILE, VANISHED, RawFile
from crosschannel.io.raw_bytes import expanded_bytes, hadoop, hashed_by_driver, hashed_by_tasks, is_io_error, locations, state, uri_expr, why_unread
from crosschannel.io.raw_lines import BYTES, CUT, LONGEST, MAX_LINE_BYTES, RECORDS, URI, line_end, measured, numbers, read_lines
from crosschannel.io.raw_probes import (
    GZIP_SIZE_WRAPS,
    expanded_by_footer,
    expands_too_much,
    is_gzip,
    looked_into,
    with_footers,
    without_bombs,
)

MAX_HASHED_BY_TASKS = 64 * 1024 * 1024  # bytes; a task holds such a file whole, the driver streams a larger one
LINE_TOO_LONG = "line_too_long"
DAMAGED = ("FAILED_READ_FILE", "EOFException", "ZipException", "not a gzip file", "CANNOT_READ_FILE", "Could not read footer", "PATH_NOT_FOUND")
READ_ERRORS = (PySparkException, Py4JJavaError)
EMPTY = (hashlib.sha256().hexdigest(), b"", b"")
MAX_GZIP_OVERHEAD = 4096  # bytes a gzip file may be larger than its content, names and comments included
MARK_BYTES = 3  # of a UTF-8 byte order mark, which Spark drops


def with_content(spark: SparkSession, files: Sequence[RawFile]) -> list[RawFile]:
    """Add to each file its content id, what is known of its columns, and the reason if that already refuses it."""
    seen = {f.uri: EMPTY for f in files if f.size_bytes == 0}  # Spark's scan passes over empty files
    by_tasks = [f for f in files if f.reason is None and 0 < f.size_bytes <= MAX_HASHED_BY_TASKS]
    _bisected(by_tasks, lambda group: seen.update(hashed_by_tasks(spark, group)), set())
    looked_at = [_named(spark, f, lambda f: looked_into(spark, f, *(seen.get(f.uri) or hashed_by_driver(spark, f)))) for f in files]
    return with_footers(spark, hadoop(spark), without_bombs(spark, looked_at))


def with_counts(spark: SparkSession, files: Sequence[RawFile]) -> list[RawFile]:
    """Add the number of records to each file by a pass of its own; a file that cannot be read to its end is refused."""
    found: dict[int, Any] = {}
    damaged: set[int] = set()
    texts = [f for f in files if f.format != "parquet" and f.reason is None and f.size_bytes > 0]
    _bisected(texts, lambda group: found.update(measured(spark, group)), damaged)
    sound = [f for f in texts if f.file_no not in damaged]
    counted = [_named(spark, f, lambda f: _counted(spark, f, found.get(f.file_no))) if f in sound else _uncounted(spark, f, damaged) for f in files]
    long = [replace(f, reason=None, has_long_lines=True) for f in counted if f.reason == LINE_TOO_LONG and not is_gzip(f)]
    _bisected(long, lambda group: found.update(measured(spark, group)), damaged)
    again = {f.file_no: _counted_with_cuts(f, found[f.file_no]) for f in long if f.file_no not in damaged}
    return [_uncounted(spark, again.get(f.file_no, f), damaged) for f in counted]


def with_damage(spark: SparkSession, files: Sequence[RawFile]) -> list[RawFile]:
    """Refuse the files that cannot be read to their end; to be asked once a reading has failed."""
    damaged: set[int] = set()
    sound = [f for f in files if f.reason is None and f.size_bytes > 0]
    for schema in {f.header if f.format == "parquet" else None for f in sound}:
        group = [f for f in sound if (f.header if f.format == "parquet" else None) == schema]
        _bisected(group, lambda part: _read_whole(spark, part), damaged)
    return [_uncounted(spark, f, damaged) for f in files]


def only_changed(spark: SparkSession, files: Iterable[RawFile]) -> list[RawFile]:
    """Keep the files that are no longer what they were when they were listed, and say why: growing, replaced or gone."""
    now = [(f, _as_it_is(spark, f)) for f in files if f.reason not in LOOK_AGAIN]
    return [replace(f, reason=reason) for f, reason in now if reason is not None]


def is_damage(error: BaseException) -> bool:
    """Tell whether Spark failed over the content of a file."""
    return any(sign in str(error) for sign in DAMAGED)


def read_raw(spark: SparkSession, files: Sequence[RawFile]) -> DataFrame:
    """Return the content of files of one format: rows of Parquet files, lines of all others."""
    return read_rows(spark, files) if files[0].format == "parquet" else read_lines(spark, files)


def read_rows(spark: SparkSession, files: Sequence[RawFile]) -> DataFrame:
    """Return the rows of Parquet files as :class:`RawRows`."""
    table = spark.read.parquet(*locations(files))
    rows = table.select(
        uri_expr().alias(URI),
        F.lit(0).cast("bigint").alias(RawRows.block_start),
        F.col("_metadata.row_index").alias(RawRows.scan_position),
        F.struct(*[F.col(_quoted(c)) for c in table.columns]).alias(RawRows.row),
    )
    return rows.join(F.broadcast(numbers(spark, files)), on=URI, how="inner").select(*RawRows.columns)


def _bisected(files: Sequence[RawFile], read: Callable[[Sequence[RawFile]], object], damaged: set[int]) -> None:
    """Read all files at once; halve them where that fails, until the damaged ones stand alone."""
    if not files:
        return
    try:
        read(files)
    except READ_ERRORS as error:
        if not is_damage(error):
            raise
        if len(files) == 1:
            damaged.add(files[0].file_no)
            return
        _bisected(files[: len(files) // 2], read, damaged)
        _bisected(files[len(files) // 2 :], read, damaged)


def _counted(spark: SparkSession, file: RawFile, measured: Any) -> RawFile:
    """Book the records of a file, unless it holds more than was read: Hadoop skips lines beyond the cap."""
    records, size, longest = (measured[RECORDS], measured[BYTES], measured[LONGEST]) if measured else (0, 0, 0)
    if expands_too_much(file, size):
        return replace(file, reason="expands_too_much")
    is_cut = longest >= MAX_LINE_BYTES or _skipped_bytes(spark, file, size) > MARK_BYTES
    return replace(file, reason=LINE_TOO_LONG) if is_cut else replace(file, rows_in=records)


def _counted_with_cuts(file: RawFile, measured: Any) -> RawFile:
    """Book the records of a file with long lines: all bytes are read but those of such lines behind the cap."""
    left = file.size_bytes - measured[BYTES]
    may_be = left >= -len(line_end(file.encoding)) if measured[CUT] else abs(left) <= MARK_BYTES
    return replace(file, rows_in=measured[RECORDS], cut=measured[CUT]) if may_be else replace(file, reason=LINE_TOO_LONG)


def _skipped_bytes(spark: SparkSession, file: RawFile, read: int) -> int:
    """Return how much was not read; every line counts with its end, which the last one may lack."""
    if not is_gzip(file):
        return file.size_bytes - read
    may_lack = len(line_end(file.encoding))
    skipped = (expanded_by_footer(file) - read + may_lack) % GZIP_SIZE_WRAPS - may_lack
    # A file of several members says the size of its last one only; nothing is larger compressed than it was.
    is_told = skipped <= MARK_BYTES and file.size_bytes <= read + MAX_GZIP_OVERHEAD
    return skipped if is_told else expanded_bytes(spark, file) - read


def _as_it_is(spark: SparkSession, file: RawFile) -> str | None:
    try:
        now = state(spark, file)
    except Py4JJavaError as error:
        if not is_io_error(spark, error):
            raise
        return UNREADABLE_FILE
    if now is None:
        return VANISHED
    return None if now == (file.size_bytes, file.modified_ms) else CHANGED_WHILE_READ


def _uncounted(spark: SparkSession, file: RawFile, damaged: set[int]) -> RawFile:
    return replace(file, rows_in=0, reason=why_unread(spark, file)) if file.file_no in damaged else file


def _named(spark: SparkSession, file: RawFile, look: Callable[[RawFile], RawFile]) -> RawFile:
    """Look at a file, or name why that failed; one that was never read has its path for a name."""
    if file.reason is not None:  # it was refused when it was listed
        return file if file.file_id else replace(file, file_id=_unread_id(file))
    try:
        return look(file)
    except Py4JJavaError as error:
        if not is_io_error(spark, error):
            raise
        return replace(file, rows_in=0, reason=why_unread(spark, file), file_id=file.file_id or _unread_id(file))


def _unread_id(file: RawFile) -> str:
    return f"unread:{hashlib.sha256(file.path.encode()).hexdigest()}"


def _read_whole(spark: SparkSession, files: Sequence[RawFile]) -> None:
    whole = F.to_json(F.col(RawRows.row)) if files[0].format == "parquet" else F.col(RawLines.line)
    read_raw(spark, files).agg(F.max(F.length(whole))).collect()


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
