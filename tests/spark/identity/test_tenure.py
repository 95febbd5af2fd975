"""A number that passes from one person to another joins neither with the other."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.silver import IdentityRefusals
from crosschannel.identity.refusals import PASSED_ON, only_rule
from tests.spark.identity.stitched import Stitched, stitched
from tests.support.identity_rows import CRM, DAYS, EMAIL, PHONE, SETTINGS, Rows, event, identifiers, shifted

ROOM = 20
PASSING = SETTINGS.model_copy(
    update={"namespaces": SETTINGS.namespaces | {"phone": SETTINGS.namespaces["phone"].model_copy(update={"passes_on": True})}}
)


def seen(prefix: str, days: str, *nodes: int) -> Rows:
    return [one for day in days for one in event(f"{prefix}{day}", *nodes, when=f"{DAYS[int(day)]} 09:00")]


PASSED = seen("a", "01", EMAIL + 1, PHONE) + seen("b", "23", EMAIL + 1, PHONE + 1) + seen("c", "34", EMAIL + 2, PHONE)
SCENARIOS = {
    "a number taken over goes with the later of two equal holders": (PASSED, [{EMAIL + 1, PHONE + 1}, {EMAIL + 2, PHONE}]),
    "a holder who came from another number is somebody else": (
        seen("a", "012", EMAIL + 1, PHONE) + seen("b", "01", EMAIL + 2, PHONE + 1) + seen("c", "34", EMAIL + 2, PHONE),
        [{EMAIL + 1, PHONE}, {EMAIL + 2, PHONE + 1}],
    ),
    "one person with two addresses changes the number and stays one": (
        seen("a", "01", EMAIL + 1, PHONE) + seen("b", "23", EMAIL + 2, PHONE) + seen("c", "4", EMAIL + 1, PHONE + 1) + seen("d", "4", EMAIL + 1, PHONE + 1),
        [{EMAIL + 1, EMAIL + 2, PHONE, PHONE + 1}],
    ),
    "two numbers used in turn are one person's": (
        seen("a", "024", EMAIL + 1, PHONE) + seen("b", "13", EMAIL + 1, PHONE + 1) + seen("c", "34", EMAIL + 2, PHONE + 1),
        [{EMAIL + 1, EMAIL + 2, PHONE, PHONE + 1}],
    ),
    "holders who are linked otherwise stay one": (
        PASSED + seen("x", "04", CRM, EMAIL + 1) + seen("y", "04", CRM, EMAIL + 2),
        [{CRM, EMAIL + 1, EMAIL + 2, PHONE, PHONE + 1}],
    ),
}


@pytest.fixture(scope="module")
def result(spark: SparkSession) -> Stitched:
    return stitched(identifiers(spark, *[shifted(rows, ROOM * place) for place, (rows, _) in enumerate(SCENARIOS.values())]), PASSING)


@pytest.fixture(scope="module")
def customers(result: Stitched) -> set[frozenset[int]]:
    return result.customers()


@pytest.mark.parametrize("claim", SCENARIOS)
def test_scenario(customers: set[frozenset[int]], claim: str) -> None:
    place = list(SCENARIOS).index(claim)
    here = {c for c in customers if any((key % 1000) // ROOM == place for key in c)}
    assert here == {frozenset(key + ROOM * place for key in keys) for keys in SCENARIOS[claim][1]}


def test_every_link_left_out_is_a_refusal_unless_its_ends_are_one_customer_all_the_same(result: Stitched) -> None:
    found = result.refusals.transform(only_rule, PASSED_ON).select(IdentityRefusals.left_key, IdentityRefusals.right_key, IdentityRefusals.observed)
    assert {tuple(r) for r in found.collect()} == {(EMAIL + 1, PHONE, 2), (EMAIL + ROOM + 2, PHONE + ROOM, 2)}
    assert result.refusals.where(F.col(IdentityRefusals.rule) == "unexplained").isEmpty()
