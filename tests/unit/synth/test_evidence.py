import numpy as np

from crosschannel.synth.counter_rng import keys_of, uniforms
from crosschannel.synth.evidence import reached_slots
from crosschannel.synth.parameters import World
from crosschannel.synth.people import traits_of
from crosschannel.synth.shapes import NOBODY
from crosschannel.synth.slots import CARD, COOKIE, CRM, EMAIL, LOYALTY, PERSONAL_SLOTS, PHONE, SLOTS, TABLET_COOKIE

TRAITS = traits_of(World(200, 28, 1, "hard"), np.arange(200))


def groups(records: list[tuple[int, ...]], person: int = 0) -> dict[int, int]:
    """Slots of one person that occur, with the slot that names their group."""
    row = np.full(len(records), person)
    numbers = tuple(np.array([r[i] if i < len(r) else NOBODY for r in records]) for i in range(3))
    return {slot: first for slot, first in enumerate(reached_slots(TRAITS, row, numbers)[person].tolist()) if first >= 0}


def test_links_carry_over_chains() -> None:
    assert groups([(CRM, LOYALTY), (LOYALTY, CARD), (COOKIE, EMAIL), (EMAIL, CRM)]) == dict.fromkeys((CRM, LOYALTY, CARD, COOKIE, EMAIL), EMAIL)


def test_identifiers_never_seen_together_stay_apart() -> None:
    assert groups([(COOKIE,), (CRM, EMAIL)]) == {COOKIE: COOKIE, CRM: EMAIL, EMAIL: EMAIL}


def test_a_shared_tablet_connects_nothing() -> None:
    assert groups([(TABLET_COOKIE, EMAIL), (TABLET_COOKIE, CARD)]) == {EMAIL: EMAIL, CARD: CARD}


def test_somebody_elses_identifier_is_no_evidence() -> None:
    assert groups([(5 * SLOTS + EMAIL, CARD)]) == {CARD: CARD}


def test_a_number_that_was_passed_on_connects_nothing() -> None:
    giver = int(np.flatnonzero(TRAITS.phone_passed_on)[0])
    start = giver * SLOTS
    assert groups([(start + PHONE, start + CRM)], giver) == {CRM: CRM}


def test_random_records_agree_with_union_by_hand() -> None:
    draws = (uniforms(keys_of(3, 9, np.arange(400))) * PERSONAL_SLOTS).astype(int).reshape(100, 4)
    for left, right, other, last in draws.tolist():
        records = [(left, right), (other, last), (right, 3 + last % 4)]
        if TRAITS.phone_passed_on[0]:
            continue
        assert groups(records) == by_hand(records)


def by_hand(records: list[tuple[int, ...]]) -> dict[int, int]:
    sets: list[set[int]] = []
    for record in records:
        joined = set(record).union(*[s for s in sets if s & set(record)])
        sets = [s for s in sets if not s & set(record)] + [joined]
    return {slot: min(group) for group in sets for slot in group}
