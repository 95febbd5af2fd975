"""The as-of date of a run without ``--as-of``: the last full day in the data."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pyspark.sql import functions as F

from crosschannel.contracts.silver import Events
from crosschannel.io.lake import Lake

NOT_ACTS = ("profile", "spend", "send")  # exports and plans carry the date they were made on
LAST_HOUR = 23


def last_full_day(lake: Lake) -> date | None:
    """Return the last UTC day whose final hour the data reach; ``None`` without events."""
    acts = lake.read(Events.contract).where(~F.col(Events.verb).isin(*NOT_ACTS))
    latest = acts.agg(F.max(Events.event_ts)).first()
    return None if latest is None or latest[0] is None else full_day_before(latest[0])


def full_day_before(latest: datetime) -> date:
    """Return the day of ``latest`` if it lies in the day's last hour, else the day before."""
    return latest.date() if latest.hour == LAST_HOUR else latest.date() - timedelta(days=1)
