"""Which of a person's identifiers the logs connect: the ceiling of any reader of the logs.

Two of one person's own identifiers are connected if a readable record carries both. Shared devices,
placeholders and recycled numbers connect nobody.
"""

from __future__ import annotations

import numpy as np

from crosschannel.synth import slots
from crosschannel.synth.counter_rng import Bools, Ints
from crosschannel.synth.people import Traits


def evidence_of(traits: Traits, row: Ints, numbers: tuple[Ints, ...]) -> tuple[Ints, Ints]:
    """Return the identifier numbers that occur and, for each, the first one connected with it.

    Parameters
    ----------
    row
        Person of each record, as a row of ``traits``.
    numbers
        The identifiers of each record, one array per place in its shape.
    """
    masks = np.zeros(len(row), dtype=np.int64)
    for number in numbers:
        masks |= np.where(_is_own(traits, row, number), np.int64(1) << (number % slots.SLOTS), 0)
    linked = np.zeros((len(traits), slots.PERSONAL_SLOTS), dtype=np.int64)
    for slot in range(slots.PERSONAL_SLOTS):
        carries = (masks >> slot) & 1 == 1
        np.bitwise_or.at(linked[:, slot], row[carries], masks[carries])
    first = _first_reached(_closed(linked))
    occurs = linked > 0
    owner = np.broadcast_to((traits.person * slots.SLOTS)[:, None], linked.shape)
    return (owner + np.arange(slots.PERSONAL_SLOTS))[occurs], (owner + first)[occurs]


def _is_own(traits: Traits, row: Ints, number: Ints) -> Bools:
    slot = number % slots.SLOTS
    is_own = (number >= 0) & (number // slots.SLOTS == traits.person[row]) & (slot < slots.PERSONAL_SLOTS)
    # A number that is another person's today is no evidence for either.
    is_passed_on = (slot == slots.PHONE) & traits.phone_passed_on[row]
    return np.asarray(is_own & ~is_passed_on)


def _closed(linked: Ints) -> Ints:
    """Follow links to links: each round doubles the reach, and there are 14 slots."""
    for _ in range(4):
        reach = linked.copy()
        for slot in range(slots.PERSONAL_SLOTS):
            through = (linked >> slot) & 1 == 1
            reach |= np.where(through, linked[:, [slot]], 0)
        linked = reach
    return linked


def _first_reached(linked: Ints) -> Ints:
    """Return the lowest slot in each mask."""
    lowest = linked & -linked
    return np.where(lowest > 0, np.log2(np.maximum(lowest, 1)), 0).astype(np.int64)
