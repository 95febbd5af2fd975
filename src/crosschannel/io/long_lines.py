"""Lines beyond the cap: each is found, its head is kept, and the rest of its file comes in.

The driver streams such a line once, and holds nothing of it but the head. A file with very many of them, or with
one beyond a gigabyte, is hardly made of lines and stays refused; so does a gzip file, which cannot be cut into blocks.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pyspark.sql import SparkSession

from crosschannel.contracts.bronze import RawLines
from crosschannel.contracts.raw import UTF8, LongLine, RawFile
from crosschannel.io.raw_bytes import head_of, opened
from crosschannel.io.raw_lines import BYTES, MAX_LINE_BYTES, RECORDS, line_end
from crosschannel.io.raw_probes import is_gzip

LINE_TOO_LONG = "line_too_long"
MAX_HEAD_BYTES = 4096  # of a long line, kept in quarantine
MAX_LONG_LINES = 100  # in one file
MAX_SKIPPED_BYTES = 1 << 30  # of one line
UTF8_MARK = codecs.BOM_UTF8


def may_be_searched(file: RawFile) -> bool:
    """Tell whether a file was refused for lines that can be found."""
    return file.reason == LINE_TOO_LONG and not is_gzip(file)


def with_long_lines(spark: SparkSession, file: RawFile, blocks: Sequence[Any]) -> RawFile:
    """Take back the refusal of a file if its over-long lines are found, and count its records.

    Parameters
    ----------
    blocks
        What :func:`measured_in_small_blocks` found in it.
    """
    start = len(UTF8_MARK) if file.encoding == UTF8 and head_of(spark, file, len(UTF8_MARK)) == UTF8_MARK else 0  # which the reader drops
    found = _found(spark, file, blocks, start)
    if found is None:
        return replace(file, reason=LINE_TOO_LONG)
    read = start + sum(block[BYTES] for block in blocks) + sum(long.size_bytes for long in found)
    if not file.size_bytes <= read <= file.size_bytes + len(line_end(file.encoding)):  # the last line may lack its end
        return replace(file, reason=LINE_TOO_LONG)
    return replace(file, rows_in=sum(block[RECORDS] for block in blocks) + len(found), long_lines=tuple(found))


def _found(spark: SparkSession, file: RawFile, blocks: Sequence[Any], position: int) -> list[LongLine] | None:
    """Return the long lines that lie between what was read; None if there are too many or one is endless."""
    found: list[LongLine] = []
    stream = opened(spark, file)
    try:
        for start, size in [*((block[RawLines.block_start], block[BYTES]) for block in blocks), (file.size_bytes, 0)]:
            # All lines of a block begin behind its first byte, but for those of the first block.
            while start > 0 and position <= start and position < file.size_bytes:
                if len(found) == MAX_LONG_LINES or (long := _line_at(spark, stream, file.encoding, position)) is None:
                    return None
                found.append(long)
                position += long.size_bytes
            position += size
        return found
    finally:
        stream.close()


def _line_at(spark: SparkSession, stream: Any, encoding: str, offset: int) -> LongLine | None:
    jvm: Any = spark._jvm
    stream.seek(offset)
    head = jvm.org.apache.hadoop.io.Text()
    size = jvm.org.apache.hadoop.util.LineReader(stream, line_end(encoding)).readLine(head, MAX_HEAD_BYTES, MAX_SKIPPED_BYTES)
    if not MAX_LINE_BYTES <= size < MAX_SKIPPED_BYTES:
        return None
    decoder = codecs.getincrementaldecoder(encoding)("replace")  # a letter may be cut
    return LongLine(offset, size, decoder.decode(bytes(head.copyBytes())))
