"""Households and loose customers: unions of whole customers, strongest links first, none beyond its limits."""

from __future__ import annotations

import pyarrow as pa

from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.identity.households import CUSTOMER, HOUSE, HUB, RECORDS, SINCE, UNTIL, houses_of
from crosschannel.identity.loose import LOOSE, loose_anchors
from crosschannel.identity.resolve import CODE
from crosschannel.identity.solve import Rules

CRM, EMAIL = 0, 1
RULES = Rules(limits=(1, 3), weak_limits=(1, 3), weak_share_percent=0, max_size=8)
NO_VETO = {IdentityEdges.left_key: [], IdentityEdges.right_key: []}


def links(*given: tuple[int, int, int]) -> pa.Table:
    columns = list(zip(*given, strict=True)) if given else [[], [], []]
    moments = {SINCE: [0] * len(given), UNTIL: [0] * len(given)}
    return pa.table({HUB: columns[0], CUSTOMER: columns[1], RECORDS: columns[2], **moments}).cast(
        pa.schema([(name, pa.int64()) for name in (HUB, CUSTOMER, RECORDS, SINCE, UNTIL)])
    )


def houses(table: pa.Table, most: int) -> set[frozenset[int]]:
    found = houses_of(table, most).to_pylist()
    return {frozenset(r[CUSTOMER] for r in found if r[HOUSE] == house) for house in {r[HOUSE] for r in found}}


def loose(people: dict[int, tuple[int, int]], *given: tuple[int, int, int], vetoes: list[tuple[int, int]] | None = None) -> dict[int, int]:
    columns = [list(people), [a for a, _ in people.values()], [c for _, c in people.values()]]
    counted = [True] * len(people)
    table = pa.table({str(IdentityMap.node_key): columns[0], str(IdentityMap.anchor_key): columns[1], CODE: columns[2], str(IdentityMap.within_window): counted})
    apart = pa.table({str(k): pa.array([v[n] for v in vetoes or []], pa.int64()) for n, k in enumerate(NO_VETO)})
    return {r[IdentityMap.anchor_key]: r[LOOSE] for r in loose_anchors(table, links(*given), apart, RULES).to_pylist()}


def test_customers_that_meet_are_one_household_up_to_its_size_strongest_links_first() -> None:
    assert houses(links((1, 2, 9), (2, 3, 8), (3, 4, 1)), 10) == {frozenset({1, 2, 3, 4})}
    assert houses(links((1, 2, 9), (2, 3, 8), (3, 4, 1)), 3) == {frozenset({1, 2, 3}), frozenset({4})}
    assert houses(links(), 3) == set()


def test_customers_on_one_device_are_one_loose_customer_under_the_strongest_anchor() -> None:
    people = {1: (1, EMAIL), 2: (2, CRM), 3: (2, EMAIL), 4: (4, EMAIL)}
    assert loose(people, (1, 2, 3)) == {1: 2, 2: 2, 4: 4}


def test_two_crm_rows_are_never_one_loose_customer_nor_is_what_people_declared_apart() -> None:
    assert loose({1: (1, CRM), 2: (2, CRM)}, (1, 2, 9)) == {1: 1, 2: 2}
    people = {1: (1, EMAIL), 2: (2, EMAIL), 3: (2, EMAIL)}
    assert loose(people, (1, 2, 9)) == {1: 1, 2: 1}
    assert loose(people, (1, 2, 9), vetoes=[(1, 3)]) == {1: 1, 2: 2}
