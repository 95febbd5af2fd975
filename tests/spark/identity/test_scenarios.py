"""Who is one customer: situations of people and devices, all stitched in one run."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from pyspark.sql import SparkSession

from tests.spark.identity.stitched import stitched
from tests.support.identity_rows import COOKIE, CRM, DEVICE, EMAIL, LANDLINE, PHONE, Rows, event, identifiers, lasting, repeated, shifted

ROOM = 20  # keys of a namespace that one scenario may use


@dataclass(frozen=True)
class Scenario:
    """Events of a few identifiers, and the customers they must become."""

    claim: str
    events: Rows
    customers: tuple[set[int], ...]


SCENARIOS = (
    Scenario(
        "what is seen together is one customer",
        event("a", CRM, EMAIL) + event("b", EMAIL, PHONE) + event("c", PHONE, COOKIE),
        ({CRM, EMAIL, PHONE, COOKIE},),
    ),
    Scenario("isolated identifiers are customers of their own", event("a", EMAIL) + event("b", COOKIE) + event("c", LANDLINE), ({EMAIL}, {COOKIE}, {LANDLINE})),
    Scenario("a screened value links nobody", event("a", CRM + 1) + event("a", EMAIL, screen_reason="blocklist") + event("b", CRM + 2), ({CRM + 1}, {CRM + 2})),
    # limits
    Scenario(
        "two CRM rows behind one phone stay two customers, and the phone goes with the longer evidence",
        lasting("a", 3, CRM + 1, PHONE) + lasting("b", 2, CRM + 2, PHONE) + event("c", CRM + 2, EMAIL),
        ({CRM + 1, PHONE}, {CRM + 2, EMAIL}),
    ),
    Scenario(
        "a stranger's address typed at a till once joins nobody",
        lasting("a", 4, EMAIL + 1, PHONE + 1) + lasting("b", 4, EMAIL + 2, PHONE + 2) + event("c", PHONE + 1, EMAIL + 2),
        ({EMAIL + 1, PHONE + 1}, {EMAIL + 2, PHONE + 2}),
    ),
    Scenario(
        "a second address given on two days joins",
        lasting("a", 4, EMAIL + 1, PHONE) + lasting("b", 2, PHONE, EMAIL + 2) + repeated("c", 9, EMAIL + 2),
        ({EMAIL + 1, EMAIL + 2, PHONE},),
    ),
    Scenario("an address seen nowhere else joins at once", lasting("a", 4, EMAIL + 1, PHONE) + event("b", PHONE, EMAIL + 2), ({EMAIL + 1, EMAIL + 2, PHONE},)),
    # devices
    Scenario("a device seen with one person belongs to it", event("a", EMAIL, COOKIE) + event("b", COOKIE, DEVICE), ({EMAIL, COOKIE}, {DEVICE})),
    Scenario(
        "a tablet of two people joins neither of them and does not join them",
        lasting("a", 3, EMAIL + 1, COOKIE) + repeated("x", 9, EMAIL + 1) + lasting("b", 3, EMAIL + 2, COOKIE) + repeated("y", 9, EMAIL + 2),
        ({EMAIL + 1}, {EMAIL + 2}, {COOKIE}),
    ),
    Scenario(
        "a stray login of somebody known elsewhere leaves a device with its owner",
        lasting("a", 8, EMAIL + 1, COOKIE) + repeated("b", 2, EMAIL + 2, COOKIE) + repeated("y", 9, EMAIL + 2),
        ({EMAIL + 1, COOKIE}, {EMAIL + 2}),
    ),
    Scenario(
        "a share just below the threshold makes it shared",
        lasting("a", 7, EMAIL + 1, COOKIE) + repeated("b", 2, EMAIL + 2, COOKIE) + repeated("y", 9, EMAIL + 2),
        ({EMAIL + 1}, {EMAIL + 2}, {COOKIE}),
    ),
    Scenario("a landline two people share joins nobody", event("a", CRM + 1, LANDLINE) + event("b", CRM + 2, LANDLINE), ({CRM + 1}, {CRM + 2}, {LANDLINE})),
    # guests
    Scenario(
        "a mistyped address seen on one's own devices only is one's own",
        lasting("a", 5, EMAIL + 1, COOKIE + 1) + lasting("b", 5, EMAIL + 1, DEVICE) + event("c", EMAIL + 2, COOKIE + 1) + event("d", EMAIL + 2, DEVICE),
        ({EMAIL + 1, EMAIL + 2, COOKIE + 1, DEVICE},),
    ),
    Scenario(
        "somebody with a life of their own is no guest",
        lasting("a", 8, EMAIL + 1, COOKIE + 1) + repeated("b", 2, EMAIL + 2, COOKIE + 1) + lasting("c", 3, EMAIL + 2, DEVICE),
        ({EMAIL + 1, COOKIE + 1}, {EMAIL + 2, DEVICE}),
    ),
    Scenario(
        "a tablet with a second resident does not tell whose mistyped address it saw",
        lasting("a", 4, EMAIL + 1, COOKIE) + repeated("x", 9, EMAIL + 1) + lasting("b", 3, EMAIL + 2, COOKIE) + repeated("y", 9, EMAIL + 2)
        + event("c", EMAIL + 3, COOKIE),
        ({EMAIL + 1}, {EMAIL + 2}, {EMAIL + 3}, {COOKIE}),
    ),
    Scenario(
        "a device whose main user was there on one day only makes no guests",
        repeated("a", 3, EMAIL + 1, COOKIE) + repeated("x", 9, EMAIL + 1) + event("b", EMAIL + 2, COOKIE),
        ({EMAIL + 1}, {EMAIL + 2}, {COOKIE}),
    ),
    Scenario(
        "a kiosk makes no guests",
        lasting("a", 5, EMAIL, COOKIE) + [one for n in range(1, 9) for one in event(f"k{n}", EMAIL + n, COOKIE)],
        ({COOKIE}, *({EMAIL + n} for n in range(9))),
    ),
    Scenario(
        "a guest that would put two CRM rows into one customer stays outside",
        lasting("a", 5, EMAIL + 1, COOKIE) + lasting("c", 3, CRM + 1, EMAIL + 1) + repeated("b", 3, EMAIL + 2, COOKIE) + event("d", CRM + 2, EMAIL + 2),
        ({CRM + 1, EMAIL + 1}, {CRM + 2, EMAIL + 2}, {COOKIE}),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> set[frozenset[int]]:
    events = [shifted(scenario.events, ROOM * place) for place, scenario in enumerate(SCENARIOS)]
    return stitched(identifiers(spark, *events)).customers()


@pytest.mark.parametrize("place", range(len(SCENARIOS)), ids=[s.claim for s in SCENARIOS])
def test_scenario(customers: set[frozenset[int]], place: int) -> None:
    here = {c for c in customers if any((key % 1000) // ROOM == place for key in c)}
    assert here == {frozenset(key + ROOM * place for key in keys) for keys in SCENARIOS[place].customers}
