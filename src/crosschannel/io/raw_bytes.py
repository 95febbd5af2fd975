"""The bytes of raw files: where they lie for Hadoop, and their hash, first and last ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from py4j.java_gateway import is_instance_of
from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, SparkSession, functions as F

from crosschannel.contracts.raw import UNREADABLE_FILE, VANISHED, RawFile

HEAD_BYTES = 4096  # of every file, so that the driver can hold those of many files
MAX_HEADER_BYTES = 64 * 1024  # of a CSV file whose header is longer; an export of some hundred columns needs ten
TAIL_BYTES = 4
EARLIEST_MS, LATEST_MS = -2_208_988_800_000, 253_402_128_000_000  # 1900, and a day before the end of 9999, whatever the zone


def hashed_by_tasks(spark: SparkSession, files: Sequence[RawFile]) -> dict[str, tuple[str, bytes, bytes]]:
    """Return SHA-256, first and last bytes of files by their address; each is held whole by a task."""
    content = F.col("content")
    read = spark.read.format("binaryFile").load(locations(files))
    ends = F.substring(content, 1, HEAD_BYTES), F.substring(content, -TAIL_BYTES, TAIL_BYTES)
    return {row[0]: (row[1], bytes(row[2]), bytes(row[3])) for row in read.select(uri_expr(), F.sha2(content, 256), *ends).collect()}


def hashed_by_driver(spark: SparkSession, file: RawFile) -> tuple[str, bytes, bytes]:
    """Return SHA-256, first and last bytes of a file of any size, streamed."""
    jvm: Any = spark._jvm
    stream = opened(spark, file)
    try:
        head = bytes(jvm.org.apache.commons.io.IOUtils.toByteArray(stream, min(HEAD_BYTES, file.size_bytes)))
        stream.seek(max(file.size_bytes - TAIL_BYTES, 0))
        tail = bytes(jvm.org.apache.commons.io.IOUtils.toByteArray(stream, min(TAIL_BYTES, file.size_bytes)))
        stream.seek(0)
        return jvm.org.apache.commons.codec.digest.DigestUtils.sha256Hex(stream), head, tail
    finally:
        stream.close()


def head_of(spark: SparkSession, file: RawFile, limit: int) -> bytes:
    """Return the first bytes of a file, at most ``limit``."""
    jvm: Any = spark._jvm
    stream = opened(spark, file)
    try:
        return bytes(jvm.org.apache.commons.io.IOUtils.toByteArray(stream, min(limit, file.size_bytes)))
    finally:
        stream.close()


def expanded_bytes(spark: SparkSession, file: RawFile) -> int:
    """Return how large a gzip file is uncompressed, streamed."""
    jvm: Any = spark._jvm
    stream = jvm.java.util.zip.GZIPInputStream(opened(spark, file))
    try:
        return int(jvm.org.apache.commons.io.IOUtils.consume(stream))
    finally:
        stream.close()


def expands_beyond(spark: SparkSession, file: RawFile, limit: int) -> bool:
    """Tell whether a gzip file is larger than a limit, uncompressed; streamed, and no further than the limit."""
    jvm: Any = spark._jvm
    stream = jvm.java.util.zip.GZIPInputStream(opened(spark, file))
    try:
        return int(jvm.org.apache.commons.io.IOUtils.skip(stream, limit + 1)) > limit
    finally:
        stream.close()


def state(spark: SparkSession, file: RawFile) -> tuple[int, int] | None:
    """Return size and date of a file as they are now; None if it is gone."""
    at, fs = hadoop_place(spark, file)
    if not fs.exists(at):
        return None
    status = fs.getFileStatus(at)
    return status.getLen(), changed_ms(status)


def changed_ms(status: Any) -> int:
    """Return when a file was changed last, in milliseconds; some disks know dates that Python does not."""
    return max(EARLIEST_MS, min(int(status.getModificationTime()), LATEST_MS))


def why_unread(spark: SparkSession, file: RawFile) -> str:
    """Return why a file could not be read: it is gone, cannot even be opened, or its content is damaged."""
    try:
        if state(spark, file) is None:
            return VANISHED
        stream = opened(spark, file)
        stream.read()
        stream.close()
    except Py4JJavaError:
        return UNREADABLE_FILE
    return "damaged_file"


def is_io_error(spark: SparkSession, error: Py4JJavaError) -> bool:
    """Tell whether Java failed over a file, not over itself."""
    context: Any = spark.sparkContext
    return bool(is_instance_of(context._gateway, error.java_exception, "java.io.IOException"))


def opened(spark: SparkSession, file: RawFile) -> Any:
    """Open a file as Hadoop does; to be closed."""
    at, fs = hadoop_place(spark, file)
    return fs.open(at)


def hadoop_place(spark: SparkSession, file: RawFile) -> tuple[Any, Any]:
    """Return a file's path and file system."""
    jvm: Any = spark._jvm
    path = jvm.org.apache.hadoop.fs.Path(file.location)
    return path, path.getFileSystem(hadoop(spark))


def hadoop(spark: SparkSession) -> Any:
    """Return the configuration of Hadoop."""
    jsc: Any = spark.sparkContext._jsc
    return jsc.hadoopConfiguration()


def locations(files: Iterable[RawFile]) -> list[str]:
    """Return the paths for Spark's readers, which would take brackets and stars in a name for a pattern."""
    return [re.sub(r"([\\\[\]{}*?])", r"\\\1", f.location) for f in files]


def uri_expr() -> Column:
    """Return the address of the file a row was read from, in the one spelling used here."""
    return F.regexp_replace(F.col("_metadata.file_path"), "^file:/+", "file:/")
