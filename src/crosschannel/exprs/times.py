"""Moments in texts, as UTC timestamps.

The session runs in UTC. A text that says its offset is taken at its word; one that does not is
read in the zone its source declares. Where clocks go back, the earlier of the two moments is meant
(:func:`is_ambiguous_expr` tells which); a time that clocks skipped does not exist (:func:`exists_expr`).
"""

from __future__ import annotations

import re

from pyspark.sql import Column, functions as F

ISO_DATE = r"^\d{4}-\d{2}-\d{2}"  # Spark would read "12:30" as today and "2024" as a new year's day
WITH_OFFSET = r"(?:[Zz]|[+-]\d{2}:?\d{2})$"
MAX_EPOCH_SECONDS = 100_000_000_000  # the year 5138; beyond it lies another unit, not a moment
MICROS = 1_000_000
CLOCKS_GO_BACK_MINUTES = (60, 30)  # everywhere by an hour, on Lord Howe Island by half of one


def moment_expr(text: Column, format: str, zone: str) -> Column:
    """Return the moment a text says, or null.

    Parameters
    ----------
    format
        ``iso8601``, ``epoch_seconds``, ``epoch_millis``, or a Spark date pattern.
    zone
        Zone of texts without an offset.
    """
    if format == "epoch_seconds":
        return _epoch(text, 1)
    if format == "epoch_millis":
        return _epoch(text, 1000)
    if format == "iso8601":
        moment = F.when(text.rlike(ISO_DATE), text.try_cast("timestamp"))
        return moment if zone == "UTC" else F.when(text.rlike(WITH_OFFSET), moment).otherwise(F.to_utc_timestamp(moment, zone))
    moment = F.try_to_timestamp(text, F.lit(format))
    return moment if zone == "UTC" or _has_offset(format) else F.to_utc_timestamp(moment, zone)


def exists_expr(text: Column, moment: Column, format: str, zone: str) -> Column:
    """Tell whether clocks in ``zone`` ever showed the time a text says; true for a text with an offset.

    Parameters
    ----------
    moment
        What :func:`moment_expr` gave for the same text.
    """
    local = _local_expr(text, format, zone)
    # Java moves a time that was skipped forward; coming back it is another one.
    return F.lit(True) if local is None else local.isNull() | (F.from_utc_timestamp(moment, zone) == local)


def is_ambiguous_expr(text: Column, moment: Column, format: str, zone: str) -> Column:
    """Tell whether clocks in ``zone`` showed the time a text says twice; the parameters are those of :func:`exists_expr`."""
    local = _local_expr(text, format, zone)
    if local is None:
        return F.lit(False)
    again = [F.from_utc_timestamp(moment + F.make_dt_interval(mins=F.lit(step)), zone) == local for step in CLOCKS_GO_BACK_MINUTES]
    return F.coalesce(again[0] | again[1], F.lit(False))


def _local_expr(text: Column, format: str, zone: str) -> Column | None:
    """Return the time on the clock where a text needs its zone to be a moment; None where none does."""
    if zone == "UTC" or format.startswith("epoch_") or (format != "iso8601" and _has_offset(format)):
        return None
    if format == "iso8601":
        return F.when(text.rlike(ISO_DATE) & ~text.rlike(WITH_OFFSET), text.try_cast("timestamp"))
    return F.try_to_timestamp(text, F.lit(format))


def _epoch(text: Column, units_per_second: int) -> Column:
    number = text.try_cast("decimal(38,6)")
    micros = (number * (MICROS // units_per_second)).cast("bigint")
    return F.when(F.abs(number) <= MAX_EPOCH_SECONDS * units_per_second, F.timestamp_micros(micros))


def _has_offset(format: str) -> bool:
    return re.search("[XxZzVO]", re.sub("'[^']*'", "", format)) is not None
