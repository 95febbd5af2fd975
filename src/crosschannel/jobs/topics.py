"""Take the messages of a topic in, batch by batch, with the code that takes in files.

A batch that was cut short comes again with the same messages. It adds nothing twice: a record is known by
topic, partition and offset, and Delta refuses a batch of appends it has seen. What is booked is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.ops import TopicBatches
from crosschannel.contracts.privacy import Suppressions
from crosschannel.ingest.lateness import to_newest
from crosschannel.ingest.messages import (
    COUNT,
    as_files,
    batch_rows,
    is_booked,
    only_before,
    only_unbooked,
    prefix_of,
    to_booked_ends,
    to_partition_counts,
    to_raw_lines,
    with_place,
)
from crosschannel.ingest.records import only_sources, to_blocks, to_records
from crosschannel.io.clock import utc_now
from crosschannel.io.staging import small_frame, staging
from crosschannel.io.topics import Topic, drain
from crosschannel.jobs.intake import Judged, write_judged
from crosschannel.jobs.suppressing import suppressed_in
from crosschannel.runtime.context import JobContext
from crosschannel.settings.project import settings_hash
from crosschannel.settings.sources import Source, SourcesSettings


@dataclass(frozen=True)
class Batch:
    """Which batch of which sequence it is: Delta keeps the pair, so it is committed once; and what it holds by partition."""

    sequence: str
    number: int
    counts: Sequence[Any]


def take_topic(ctx: JobContext, settings: SourcesSettings, source: Source, topic: Topic) -> None:
    """Take in all messages of a topic that were not taken in before."""
    ctx.log(f"{source.source}: topic {topic.name}", offsets=sum(topic.ends.values()))
    checkpoint = f"{ctx.lake.root}/checkpoints/{source.source}/{topic.name}@{topic.topic_id}"
    batches = ctx.read(TopicBatches).where(F.col(TopicBatches.source) == source.source)
    booked = {row[0]: row[1] for row in batches.transform(to_booked_ends, prefix_of(topic.name, topic.topic_id)).collect()}  # one row a partition

    def take(messages: DataFrame, sequence: str, number: int) -> None:
        counts = messages.transform(to_partition_counts).collect()  # one row a partition
        if is_booked(counts, booked):
            messages, before = messages.transform(only_unbooked, booked), counts
            counts = messages.transform(to_partition_counts).collect()
            ctx.log("messages read again, booked before", messages=sum(row[COUNT] for row in before) - sum(row[COUNT] for row in counts))
        if counts:
            take_messages(ctx, settings, source, topic, messages, Batch(sequence, number, counts))

    drain(ctx.spark, topic, checkpoint, take)


def take_messages(ctx: JobContext, settings: SourcesSettings, source: Source, topic: Topic, messages: DataFrame, batch: Batch) -> None:
    """Judge every message of a batch, write it where it belongs, and book the batch."""
    counts, now, prefix = batch.counts, utc_now(), prefix_of(topic.name, topic.topic_id)
    # A mended contract judges anew: its batches are not those the old one committed.
    app_id = f"{source.source}/{batch.sequence}/{settings_hash(source)}"
    known = ctx.read(RawEvents).transform(only_sources, {source.source})
    with staging() as keep, ctx.lake.transaction(app_id, batch.number):
        newest = keep(to_newest(known.transform(only_before, counts, prefix), small_frame(ctx.spark, [], [RawEvents.file_id])))
        moments = [row[1] for row in newest.collect()]  # one row, none if nothing is known
        records = keep(messages.transform(to_raw_lines).transform(to_records, source, newest=moments[0] if moments else None))
        blocks = records.transform(to_blocks).collect()  # one row a partition
        placed = records.transform(with_place, prefix)
        judged = Judged(as_files(counts, source, prefix), blocks, placed, known, newest if moments else None, suppressed_in(ctx, settings, ctx.read(Suppressions), placed, keep))
        settled = write_judged(ctx, judged, keep, now, part=f", batch {batch.number}")
        ctx.write(TopicBatches, small_frame(ctx.spark, batch_rows(settled, counts, topic.ends, now, ctx.now), TopicBatches.contract.columns))
