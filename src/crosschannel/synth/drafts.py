"""Native events of one batch of people, before they become rows: parallel arrays with defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crosschannel.synth.counter_rng import Floats, Ints, Keys, child_keys, uniforms
from crosschannel.synth.parameters import DAYS_IN_WEEK, START, World
from crosschannel.synth.people import Traits
from crosschannel.synth.shapes import NOBODY

MILLIS = 1_000
DAY_MILLIS = 86_400 * MILLIS
START_MILLIS = (START.toordinal() - 719_163) * DAY_MILLIS  # 719,163 is the ordinal of 1970-01-01
_DAWN_MILLIS, _WAKING_MILLIS = 6.5 * 3_600 * MILLIS, 15 * 3_600 * MILLIS  # acts fall between 06:30 and 21:30 UTC


@dataclass(frozen=True)
class Batch:
    """What the builders of the eight sources share."""

    world: World
    traits: Traits
    modes: Ints


@dataclass(frozen=True)
class Draft:
    """Events of one source: rows of the batch's people, and one array or scalar per column."""

    row: Ints
    moment: Ints
    columns: dict[str, Any] = field(default_factory=dict)

    def column(self, name: str) -> Ints:
        """Return a column; the ones a source does not use are NOBODY or 0."""
        empty = NOBODY if name.startswith(("id_", "campaign")) else 0
        return np.broadcast_to(np.asarray(self.columns.get(name, empty), dtype=np.int64), self.row.shape)


def day_start(day: Ints) -> Ints:
    """Return the first millisecond of a day, UTC."""
    return START_MILLIS + day * DAY_MILLIS


def waking_moment(day: Ints, u: Floats) -> Ints:
    """Return a moment of a day, more often in its second half."""
    return day_start(day) + (_DAWN_MILLIS + _WAKING_MILLIS * u**0.8).astype(np.int64)


def week_of(moment: Ints) -> Ints:
    """Return the week a moment lies in."""
    return (moment - START_MILLIS) // (DAYS_IN_WEEK * DAY_MILLIS)


def latest_week(day: Ints, send_day: int, every: int, offset: int) -> Ints:
    """Return the week of the last sending before a day, for a sending each ``every`` weeks on a weekday."""
    week = (day - send_day - 1) // DAYS_IN_WEEK
    return week - (week - offset) % every


def sending_weeks(world: World, send_day: int, every: int, offset: int) -> Ints:
    """Return the weeks with a sending inside the logged days."""
    weeks = np.arange(offset, world.weeks, every)
    return weeks[weeks * DAYS_IN_WEEK + send_day < world.days]


def repeated(row: Ints, times: Ints) -> tuple[Ints, Ints]:
    """Return positions of ``row`` repeated, and the place of each repeat."""
    position = np.repeat(np.arange(len(row)), times)
    return position, np.arange(len(position)) - np.repeat(np.cumsum(times) - times, times)


def draws(keys: Keys, count: int) -> list[Floats]:
    """Return several independent uniforms per key."""
    return [uniforms(keys, index) for index in range(1, count + 1)]


def numbers_from(keys: Keys) -> Ints:
    """Return a positive 31-bit number per key."""
    return (child_keys(keys, 99) >> np.uint64(33)).astype(np.int64)
