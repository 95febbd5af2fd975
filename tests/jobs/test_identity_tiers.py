"""Exact, strict and loose customers nest, and households are a graph of their own."""

from __future__ import annotations

import pytest
from pyspark.sql import Row, SparkSession

from crosschannel.contracts.customers import Households
from crosschannel.contracts.silver import IdentityMap
from crosschannel.io.lake import Lake
from crosschannel.settings.identity import HouseholdRule, LooseRule
from tests.support.identity_lake import GrowingLake
from tests.support.identity_rows import COOKIE, CRM, DEVICE, EMAIL, LANDLINE, PHONE, SETTINGS, event, lasting, repeated

WITH_ALL = SETTINGS.model_copy(update={"loose": LooseRule(), "households": HouseholdRule()})


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> GrowingLake:
    """A couple with a landline and a tablet, two CRM rows on one device, and somebody with a mistyped address."""
    lake = GrowingLake(Lake(spark, str(tmp_path_factory.mktemp("tiers"))), WITH_ALL)
    lake.add(
        lasting("a", 3, EMAIL + 1, COOKIE), repeated("x", 9, EMAIL + 1), lasting("b", 3, EMAIL + 2, COOKIE), repeated("y", 9, EMAIL + 2),
        event("c", EMAIL + 1, LANDLINE), event("d", EMAIL + 2, LANDLINE),
        lasting("e", 3, CRM + 3, DEVICE + 3), lasting("f", 3, CRM + 4, DEVICE + 3), repeated("z", 9, CRM + 3), repeated("w", 9, CRM + 4),
        lasting("g", 5, EMAIL + 5, COOKIE + 5), event("h", EMAIL + 6, COOKIE + 5), event("i", PHONE + 5, EMAIL + 5),
    )  # fmt: skip
    lake.stitch()
    return lake


@pytest.fixture(scope="module")
def by_node(lake: GrowingLake) -> dict[int, Row]:
    return {r[IdentityMap.node_key]: r for r in lake.rows(IdentityMap)}


def test_the_tiers_nest(by_node: dict[int, Row]) -> None:
    rows = by_node.values()
    assert len({(r.exact_id, r.customer_id) for r in rows}) == len({r.exact_id for r in rows})
    assert len({(r.customer_id, r.loose_id) for r in rows}) == len({r.customer_id for r in rows})


def test_an_inferred_link_is_strict_but_not_exact_and_so_is_a_device_of_two_exact_parts(by_node: dict[int, Row]) -> None:
    main, guest, cookie, phone = (by_node[key] for key in (EMAIL + 5, EMAIL + 6, COOKIE + 5, PHONE + 5))
    assert main.customer_id == guest.customer_id == cookie.customer_id
    assert main.exact_id == phone.exact_id == main.customer_id
    assert len({main.exact_id, guest.exact_id, cookie.exact_id}) == 3


def test_people_on_one_tablet_are_one_loose_customer_unless_a_limit_forbids_it(by_node: dict[int, Row]) -> None:
    assert by_node[EMAIL + 1].customer_id != by_node[EMAIL + 2].customer_id
    assert by_node[EMAIL + 1].loose_id == by_node[EMAIL + 2].loose_id == by_node[COOKIE].loose_id
    assert by_node[CRM + 3].loose_id != by_node[CRM + 4].loose_id


def test_who_shares_a_landline_or_a_tablet_for_days_is_one_household_and_stays_two_customers(lake: GrowingLake, by_node: dict[int, Row]) -> None:
    found = {r.customer_id: r for r in lake.rows(Households)}
    couple = [by_node[EMAIL + 1].customer_id, by_node[EMAIL + 2].customer_id]
    assert found[couple[0]].household_id == found[couple[1]].household_id
    assert found[couple[0]].evidence == ["cookie_id", "landline"]
    crm_rows = {by_node[CRM + 3].customer_id, by_node[CRM + 4].customer_id}
    assert set(found) == {*couple, *crm_rows}
