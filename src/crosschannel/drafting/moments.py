"""Times in texts: how they are written, in which unit, and whether they say their zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?")
DATE_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}|\d{1,2}[/.]\d{1,2}[/.]\d{4}")
CLOCK = {"": "", " 00:00": " HH:mm", " 00:00:00": " HH:mm:ss"}
SECONDS = (631_152_000, 4_102_444_800)  # 1990 to 2100
UNITS = (("epoch_seconds", 1), ("epoch_millis", 1000))
MONTHS = {m: n for n, m in enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1)}
ENOUGH = 0.8


@dataclass(frozen=True)
class TimeGuess:
    """How the times of one field are written, and the first and last day seen."""

    format: str
    first: date
    last: date
    doubts: tuple[str, ...] = ()


def guess_time(values: Sequence[str], *, may_be_epoch: bool) -> TimeGuess | None:
    """Return how these texts say a moment, or null if they do not.

    Parameters
    ----------
    may_be_epoch
        The field's name speaks of time; otherwise whole numbers are taken for numbers.
    """
    return (_epoch(values) if may_be_epoch else None) or _iso(values) or _apache(values) or _day_first(values) or _compact(values, may_be_epoch)


def _made(format: str, days: list[date], of: int, *doubts: str) -> TimeGuess | None:
    if not of or len(days) < ENOUGH * of:
        return None
    missed = (f"{of - len(days):,} of {of:,} sampled values are not written like that",) if len(days) < of else ()
    return TimeGuess(format, min(days), max(days), (*doubts, *missed))


def _epoch(values: Sequence[str]) -> TimeGuess | None:
    numbers = [float(v) for v in values if re.fullmatch(r"\d{9,13}(\.\d+)?", v)]
    for name, unit in UNITS:
        inside = [n / unit for n in numbers if SECONDS[0] <= n / unit <= SECONDS[1]]
        if guess := _made(name, [datetime.fromtimestamp(n, UTC).date() for n in inside], len(values)):
            return guess
    return None


def _iso(values: Sequence[str]) -> TimeGuess | None:
    matches = [m for m in map(ISO.fullmatch, values) if m]
    days = [d for d in (_day(int(m[1]), int(m[2]), int(m[3])) for m in matches) if d]
    return _made("iso8601", days, len(values), *_zone_doubts(values, sum(m[4] is None for m in matches)))


def _apache(values: Sequence[str]) -> TimeGuess | None:
    matches = [re.fullmatch(r"(\d{2})/([A-Z][a-z]{2})/(\d{4}):\d{2}:\d{2}:\d{2} [+-]\d{4}", v) for v in values]
    days = [d for d in (_day(int(m[3]), MONTHS.get(m[2], 0), int(m[1])) for m in matches if m) if d]
    return _made("dd/MMM/yyyy:HH:mm:ss Z", days, len(values))


def _day_first(values: Sequence[str]) -> TimeGuess | None:
    """Days, months and years between slashes or points; which of the two is the day may stay open."""
    matches = [m for m in (re.fullmatch(r"(\d{2})([/.])(\d{2})\2(\d{4})( \d{2}:\d{2}(?::\d{2})?)?", v) for v in values) if m]
    if not matches:
        return None
    clocks = {re.sub(r"\d", "0", m[5] or "") for m in matches}
    marks = {m[2] for m in matches}
    if len(clocks) > 1 or len(marks) > 1:
        return None
    is_month_first = any(int(m[3]) > 12 for m in matches)
    is_open = not is_month_first and all(int(m[1]) <= 12 for m in matches)
    parts = [(int(m[4]), int(m[1]), int(m[3])) if is_month_first else (int(m[4]), int(m[3]), int(m[1])) for m in matches]
    mark = marks.pop()
    pattern = mark.join(("MM", "dd", "yyyy") if is_month_first else ("dd", "MM", "yyyy")) + CLOCK[clocks.pop()]
    doubts = ["no sampled value tells day from month; the day is taken to stand first"] if is_open else []
    return _made(pattern, [d for d in (_day(*p) for p in parts) if d], len(values), *doubts, *_zone_doubts(values, len(values)))


def _compact(values: Sequence[str], may_be_time: bool) -> TimeGuess | None:
    if not may_be_time:
        return None
    for digits, pattern in ((8, "yyyyMMdd"), (14, "yyyyMMddHHmmss")):
        found = [v for v in values if re.fullmatch(rf"(19|20)\d{{{digits - 2}}}", v)]
        days = [d for d in (_day(int(v[:4]), int(v[4:6]), int(v[6:8])) for v in found) if d]
        if guess := _made(pattern, days, len(values), *_zone_doubts(values, len(values))):
            return guess
    return None


def _zone_doubts(values: Sequence[str], naive: int) -> list[str]:
    if not naive:
        return []
    if all(DATE_ONLY.fullmatch(v) for v in values):
        return ["a day without a time of day; it counts from midnight UTC"]
    which = "the values say" if naive == len(values) else f"{naive:,} of {len(values):,} values say"
    return [f"{which} no offset and are read as UTC; if they are local times set zone, such as Europe/London"]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def window(guess: TimeGuess) -> tuple[date, date]:
    """Return plausible days around what was seen: from the start of the first year to the end of the third after the last."""
    return date(guess.first.year, 1, 1), date(guess.last.year + 4, 1, 1) - timedelta(days=1)
