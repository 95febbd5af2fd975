"""The fields of a raw record: where a value lies, what it may be, and which of them says when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from crosschannel.settings.strict import Settings, Zone

FieldType = Literal["string", "bigint", "double", "decimal", "boolean", "json"]
UNITS_OF_TIME = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
TimeFormat = Literal["iso8601", "epoch_seconds", "epoch_millis"]


class RawField(Settings):
    """One field of a raw record.

    ``path`` is where the value lies: dotted for nested JSON, a header name for CSV, a column for
    Parquet, a group for a text pattern. It defaults to the field's own name. ``json`` keeps a
    nested value (such as a list of order lines) as text for :class:`OrderLines`. ``aliases`` are
    other names the value is delivered under, such as the one before a rename. ``inside`` is for a value
    that is itself a JSON text, such as a column of further properties: the dotted path within it. ``otherwise`` is
    the text of a record that lacks the field, such as the day an undated file was delivered. ``unit`` is for
    readers; where a field fills an amount, a unit that begins with ``cents``, ``thousandths`` or
    ``millionths`` also says by how much to divide.
    """

    path: str | None = None
    aliases: tuple[str, ...] = ()
    inside: str | None = Field(default=None, min_length=1)
    otherwise: str | None = None
    type: FieldType = "string"
    required: bool = False
    is_in: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    meaning: str = ""
    unit: str = ""
    personal: bool = False  # a personal value beside the identifiers, such as a name; masked wherever a record is shown


class EventTime(Settings):
    """Which field says when, how it is written, and which moments are plausible.

    ``format`` is ``iso8601``, ``epoch_seconds``, ``epoch_millis`` or a Spark date pattern such as
    ``yyyy-MM-dd HH:mm:ss``. A text without offset is read in ``zone``. ``max_skew``, such as ``90s``,
    ``15m``, ``1h`` or ``2d``, is how far a moment may lie ahead of the arrival of its record: when the file
    was changed last, or the message was sent.
    """

    field: str
    format: TimeFormat | str = "iso8601"
    zone: Zone = "UTC"
    not_before: date
    not_after: date
    max_skew: str | None = Field(default=None, pattern=r"^\d{1,6}[smhd]$")

    @property
    def skew(self) -> timedelta | None:
        """Return ``max_skew`` as a duration."""
        return None if self.max_skew is None else timedelta(**{UNITS_OF_TIME[self.max_skew[-1]]: int(self.max_skew[:-1])})
