"""Messages of a topic as records: a partition is a file that only grows, an offset is a line of it.

Grain: one row per message all the way, tombstones and blank ones included, so every offset that
was read is accounted for. From here on a message meets the same rules as a line of a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.bronze import Messages, Quarantine, RawEvents, RawLines, Records
from crosschannel.contracts.ops import TopicBatches
from crosschannel.contracts.raw import Account, RawFile
from crosschannel.exprs.hashing import content_id_expr
from crosschannel.exprs.text import any_expr
from crosschannel.settings.sources import Source

COUNT, FIRST, LAST, NEWEST = "COUNT", "FIRST", "LAST", "NEWEST"


def place_of(topic: str, topic_id: str, partition: int) -> str:
    """Return the ``file_id`` of a partition; the topic's own id tells it from one that was made anew under its name."""
    return f"{prefix_of(topic, topic_id)}{partition}"


def prefix_of(topic: str, topic_id: str) -> str:
    """Return what the places of a topic have in common."""
    return f"kafka:{topic}@{topic_id}/"


def to_raw_lines(messages: DataFrame) -> DataFrame:
    """Return messages as :class:`RawLines`; a tombstone is an empty line that counts as a record."""
    return messages.select(
        F.col(Messages.partition).alias(RawLines.file_no),
        F.lit(0).cast("bigint").alias(RawLines.block_start),
        F.col(Messages.offset).alias(RawLines.scan_position),
        F.coalesce(F.col(Messages.value).cast("string"), F.lit("")).alias(RawLines.line),
        F.lit(True).alias(RawLines.is_record),
        F.lit(False).alias(RawLines.is_cut),
        F.col(Messages.timestamp).alias(RawLines.arrived_ts),
    )


def with_place(records: DataFrame, prefix: str) -> DataFrame:
    """Add ``record_id``, ``file_id`` and ``line_ordinal``: topic, partition and offset name a message for good."""
    placed = records.select(
        "*",
        F.concat(F.lit(prefix), F.col(Records.file_no)).alias(RawEvents.file_id),
        F.col(Records.scan_position).alias(RawEvents.line_ordinal),
        F.lit(None).cast("string").alias(Quarantine.header),
    )
    return placed.withColumn(RawEvents.record_id, content_id_expr(F.col(RawEvents.file_id), F.col(RawEvents.line_ordinal)))


def only_before(bronze: DataFrame, counts: Iterable[Any], prefix: str) -> DataFrame:
    """Leave out the messages of a batch, and what came after them: so a batch that comes again finds what it found first."""
    is_later = [
        (F.col(RawEvents.file_id) == f"{prefix}{row[Messages.partition]}") & (F.col(RawEvents.line_ordinal) >= row[FIRST])
        for row in counts
    ]  # fmt: skip
    return bronze.where(~any_expr(is_later))


def is_booked(counts: Iterable[Any], booked: Mapping[int, int]) -> bool:
    """Tell whether a batch holds messages that are booked; ``counts`` are rows of :func:`to_partition_counts`."""
    return any(row[FIRST] < booked.get(row[Messages.partition], 0) for row in counts)


def only_unbooked(messages: DataFrame, booked: Mapping[int, int]) -> DataFrame:
    """Leave out what was read and booked before: a checkpoint that was lost begins at the beginning, and would book it twice.

    Parameters
    ----------
    booked
        The offset after the last booked message, by partition; all before it are booked, since batches follow one another.
    """
    is_known = [(F.col(Messages.partition) == number) & (F.col(Messages.offset) < after) for number, after in sorted(booked.items())]
    return messages.where(~any_expr(is_known))


def to_booked_ends(batches: DataFrame, prefix: str) -> DataFrame:
    """Return the offset after the last booked message of each partition of a topic, from the rows of ``ops.topic_batches``."""
    mine = batches.where(F.col(TopicBatches.file_id).startswith(prefix))
    partition = F.substring_index(TopicBatches.file_id, "/", -1).cast("int").alias(str(Messages.partition))
    return mine.groupBy(partition).agg(F.max(TopicBatches.next_offset).alias(str(TopicBatches.next_offset)))


def to_partition_counts(messages: DataFrame) -> DataFrame:
    """Count what a batch holds by partition, without a look at the values."""
    return messages.groupBy(Messages.partition).agg(
        F.count(F.lit(1)).alias(COUNT),
        F.min(Messages.offset).alias(FIRST),
        F.max(Messages.offset).alias(LAST),
        F.max(Messages.timestamp).alias(NEWEST),
    )


def as_files(counts: Iterable[Any], source: Source, prefix: str) -> list[RawFile]:
    """Return the partitions of a batch as the accounts know files; ``counts`` are rows of :func:`to_partition_counts`."""
    ordered = sorted(counts, key=lambda row: int(row[Messages.partition]))
    return [
        RawFile(
            source.source, source.format, f"{prefix}{row[Messages.partition]}", "", "", 0, 0,
            file_id=f"{prefix}{row[Messages.partition]}", file_no=row[Messages.partition], rows_in=row[COUNT],
        )
        for row in ordered
    ]  # fmt: skip


def batch_rows(made: Iterable[Account], counts: Iterable[Any], ends: Mapping[int, int], now: datetime, began: datetime) -> list[tuple[Any, ...]]:
    """Return rows of ``ops.topic_batches``, in the order of its columns.

    Parameters
    ----------
    counts
        Rows of :func:`to_partition_counts`.
    ends
        The offset after the last known message, by partition.
    began
        When the round began; the batches of a round are one delivery.
    """
    by_partition = {row[Messages.partition]: row for row in counts}
    rows = []
    for a in made:
        seen = by_partition[a.file.file_no]
        after = seen[LAST] + 1
        waiting = max(0, ends.get(a.file.file_no, after) - after)
        rows.append(
            (a.file.source, a.file.file_id, seen[FIRST], after, a.file.rows_in, a.good, a.quarantined, a.duplicate, waiting, seen[NEWEST], now, began, a.suppressed)
        )
    return rows
