"""The as-of date of a run without ``--as-of``: the last full day in the data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from pyspark.sql import functions as F

from crosschannel.contracts.silver import Events
from crosschannel.io.lake import Lake

NOT_ACTS = ("profile", "spend", "send")  # exports and plans carry the date they were made on
COMPARED_DAYS = 7
SLACK = timedelta(hours=1)  # a shop's last act of the day does not come to the minute


def last_full_day(lake: Lake) -> date | None:
    """Return the last UTC day that reaches as far into the night as the days before it; ``None`` without events."""
    acts = lake.read(Events.contract).where(~F.col(Events.verb).isin(*NOT_ACTS))
    by_day = acts.groupBy(Events.event_date).agg(F.max(Events.event_ts).alias(Events.event_ts))
    newest = by_day.orderBy(F.col(Events.event_date).desc()).limit(COMPARED_DAYS + 1).collect()
    return full_day([row[Events.event_ts] for row in newest])


def full_day(last_acts: Sequence[datetime]) -> date | None:
    """Return the newest day if its last act is as late as those of the days before, else the day before it.

    Parameters
    ----------
    last_acts
        The last act of each of the newest days, newest first.
    """
    if not last_acts:
        return None
    newest, *before = last_acts
    if not before or _time_of_day(newest) >= min(_time_of_day(act) for act in before) - SLACK:
        return newest.date()
    return newest.date() - timedelta(days=1)


def _time_of_day(moment: datetime) -> timedelta:
    return moment - datetime.combine(moment.date(), datetime.min.time())
