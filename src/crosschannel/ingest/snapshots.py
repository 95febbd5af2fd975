"""Full exports become changes: of a profile that is delivered again and again only what differs is an event.

Grain: one row per accepted record of a snapshot source. A delivery is compared with the one before it in
time. One that comes late may make a later event needless; that event stays, since events are never taken back.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame, Window, functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.silver import Events
from crosschannel.exprs.hashing import content_id_expr
from crosschannel.settings.sources import Source

PROFILE, CONTENT, BEFORE = "PROFILE", "CONTENT", "BEFORE"


def to_unchanged_ids(records: DataFrame, sources: tuple[Source, ...]) -> DataFrame:
    """Return the event ids of snapshot records that say what the record before them said.

    Parameters
    ----------
    records
        All accepted records with ``event_id``.
    """
    parts = [_unchanged_of(records, source) for source in sources if source.snapshot is not None]
    return reduce(DataFrame.union, parts, records.select(Events.event_id).limit(0))


def without_ids(records: DataFrame, ids: DataFrame) -> DataFrame:
    """Leave out the records with these event ids."""
    return records.join(ids, on=str(Events.event_id), how="left_anti")


def _unchanged_of(records: DataFrame, source: Source) -> DataFrame:
    assert source.snapshot is not None  # the caller has looked
    compared = [name for name in source.fields if name != source.time.field and name not in source.snapshot.ignore]
    fields = F.from_json(F.col(RawEvents.payload), ", ".join(f"`{name}` string" for name in source.fields))
    profile = Window.partitionBy(PROFILE).orderBy(RawEvents.event_ts, RawEvents.file_id, RawEvents.line_ordinal)
    hashed = records.where(F.col(RawEvents.source) == source.source).select(
        *[Events.event_id, RawEvents.event_ts, RawEvents.file_id, RawEvents.line_ordinal],
        content_id_expr(*[fields.getField(name) for name in source.snapshot.key]).alias(PROFILE),
        content_id_expr(*[fields.getField(name) for name in compared]).alias(CONTENT),
    )
    return hashed.withColumn(BEFORE, F.lag(CONTENT).over(profile)).where(F.col(CONTENT) == F.col(BEFORE)).select(Events.event_id)
