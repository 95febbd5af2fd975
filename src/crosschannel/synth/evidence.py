"""Which of a person's identifiers the logs connect: the ceiling of any reader of the logs.

Two of one person's own identifiers are connected if a readable record carries both. Shared devices,
placeholders and recycled numbers connect nobody.
"""

from __future__ import annotations

import numpy as np

from crosschannel.synth import slots
from crosschannel.synth.counter_rng import Bools, Ints
from crosschannel.synth.people import Traits
from crosschannel.synth.shapes import NOBODY

NAMESPACES = ("email", "phone", "card_token", "loyalty_id", "crm_id", "cookie_id", "device_id")
_EMAIL, _PHONE, _CARD, _LOYALTY, _CRM, _COOKIE, _DEVICE = range(len(NAMESPACES))
# By source, in the order of SOURCES: the namespaces of id_a, id_b, id_c and the CRM key; -1 where a shape has no such place.
_NAMESPACE_OF = np.array([
    [_COOKIE, _EMAIL, -1, -1],
    [_DEVICE, _EMAIL, -1, -1],
    [_EMAIL, -1, -1, -1],
    [_PHONE, -1, -1, -1],
    [_COOKIE, -1, -1, -1],
    [_CARD, _LOYALTY, _EMAIL, -1],
    [_PHONE, _EMAIL, -1, -1],
    [_EMAIL, _PHONE, _LOYALTY, _CRM],
])  # fmt: skip
_LOWEST = -(2**20)  # below any kiosk's number, so that packed keys stay positive
_ROWS = 2**14  # more than the people of a batch


def carried_of(traits: Traits, row: Ints, source: Ints, numbers: tuple[Ints, ...]) -> dict[str, Ints]:
    """Return each identifier that occurs, once per person who carried it; columns of :class:`Carried`.

    Parameters
    ----------
    row
        Person of each readable record, as a row of ``traits``.
    source
        Source of each record, a position in SOURCES.
    numbers
        Identifiers of each record, one array per place in its shape; the last place is the CRM key.
    """
    reached = reached_slots(traits, row, numbers)
    keys = []
    for place, number in enumerate(numbers):
        namespace = _NAMESPACE_OF[source, place]
        keys.append((((number - _LOWEST) * _ROWS + row) * len(NAMESPACES) + namespace)[(number != NOBODY) & (namespace >= 0)])
    key = np.unique(np.concatenate(keys))
    namespace, key = key % len(NAMESPACES), key // len(NAMESPACES)
    row, number = key % _ROWS, key // _ROWS + _LOWEST
    first = reached[row, np.minimum(number % slots.SLOTS, slots.PERSONAL_SLOTS - 1)]
    group = np.where(_is_own(traits, row, number), traits.person[row] * slots.SLOTS + first, NOBODY)
    return {"namespace": namespace, "number": number, "person": traits.person[row], "evidence": group}


def reached_slots(traits: Traits, row: Ints, numbers: tuple[Ints, ...]) -> Ints:
    """Return, per person and slot, the first slot connected with it; -1 for slots that do not occur."""
    masks = np.zeros(len(row), dtype=np.int64)
    for number in numbers:
        masks |= np.where(_is_own(traits, row, number), np.int64(1) << (number % slots.SLOTS), 0)
    linked = np.zeros((len(traits), slots.PERSONAL_SLOTS), dtype=np.int64)
    for slot in range(slots.PERSONAL_SLOTS):
        carries = (masks >> slot) & 1 == 1
        np.bitwise_or.at(linked[:, slot], row[carries], masks[carries])
    return np.where(linked > 0, _first_reached(_closed(linked)), -1)


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
