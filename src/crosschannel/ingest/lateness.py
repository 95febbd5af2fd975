"""Late events: behind the newest one that was known before their delivery.

Compared with what was known before, never with the delivery itself: so the order of its records
does not matter, and a delivery taken in once more after a kill is judged as it was the first time.
"""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.ops import TouchedDays

NEWEST = "NEWEST"


def to_newest(bronze: DataFrame, delivery: DataFrame) -> DataFrame:
    """Return each source and the time of its newest event, those of a delivery left out.

    Parameters
    ----------
    delivery
        ``file_id`` of the files that are being taken in.
    """
    before = bronze.join(F.broadcast(delivery), on=str(RawEvents.file_id), how="left_anti")
    return before.groupBy(RawEvents.source).agg(F.max(RawEvents.event_ts).alias(NEWEST))


def to_touched_days(accepted: DataFrame, newest: DataFrame, *, now: datetime) -> DataFrame:
    """Return rows of ``ops.touched_days`` for the accepted records that came after newer ones.

    Parameters
    ----------
    newest
        What :func:`to_newest` gave.
    """
    late = accepted.join(F.broadcast(newest), on=str(RawEvents.source), how="inner").where(F.col(RawEvents.event_ts) < F.col(NEWEST))
    days = late.groupBy(RawEvents.source, F.to_date(RawEvents.event_ts).alias(TouchedDays.event_date)).agg(F.count(F.lit(1)).alias(TouchedDays.rows))
    return days.withColumn(TouchedDays.ingest_ts, F.lit(now)).select(*TouchedDays.contract.columns)
