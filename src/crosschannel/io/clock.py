"""The one place that reads the wall clock."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return this moment in UTC, without zone information, as Spark's UTC sessions expect it."""
    return datetime.now(UTC).replace(tzinfo=None)
