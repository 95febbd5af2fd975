"""The identity map: who is one customer, under which name, through which evidence."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.silver import IdentityMap
from crosschannel.errors import UsageError
from crosschannel.identity.components import to_components
from crosschannel.identity.edges import to_edges
from crosschannel.identity.summary import to_summary
from tests.spark.identity.stitched import stitched
from tests.support.identity_rows import COOKIE, CRM, DEVICE, EMAIL, LANDLINE, PHONE, SETTINGS, event, identifiers, repeated
from tests.support.rows import assert_rows, at, row


def test_what_is_seen_together_is_one_customer(spark: SparkSession) -> None:
    given = identifiers(spark, event("a", CRM, EMAIL), event("b", EMAIL, PHONE), event("c", PHONE, COOKIE))
    assert stitched(given).customers() == {frozenset({CRM, EMAIL, PHONE, COOKIE})}


def test_isolated_identifiers_of_every_kind_are_customers_of_their_own(spark: SparkSession) -> None:
    actual = stitched(identifiers(spark, event("a", EMAIL), event("b", COOKIE), event("c", LANDLINE))).identity_map
    assert_rows(
        actual,
        row(node_key=EMAIL, component_key=EMAIL, is_identified=True, evidence_key=None, evidence_rule=None, evidence_count=None),
        row(node_key=COOKIE, component_key=COOKIE, is_identified=False, evidence_key=None, evidence_rule=None, evidence_count=None),
        row(node_key=LANDLINE, component_key=LANDLINE, is_identified=False, evidence_key=None, evidence_rule=None, evidence_count=None),
    )


def test_a_row_carries_the_edge_through_which_its_identifier_joined(spark: SparkSession) -> None:
    given = identifiers(spark, event("a", CRM, EMAIL, when="08:00"), *[repeated("b", 2, EMAIL, PHONE, when="09:00")], event("c", PHONE, COOKIE))
    assert_rows(
        stitched(given).identity_map,
        row(node_key=CRM, evidence_key=None, evidence_rule=None, evidence_count=None, valid_from=at("08:00")),
        row(node_key=EMAIL, evidence_key=CRM, evidence_rule="crm_id+email", evidence_count=1, valid_from=at("08:00")),
        row(node_key=PHONE, evidence_key=EMAIL, evidence_rule="email+phone", evidence_count=2, valid_from=at("09:00")),
        row(node_key=COOKIE, evidence_key=PHONE, evidence_rule="phone+cookie_id", evidence_count=1, valid_from=at("09:00")),
    )


def test_two_crm_rows_behind_one_phone_stay_two_customers(spark: SparkSession) -> None:
    given = identifiers(spark, repeated("a", 3, CRM + 1, PHONE), repeated("b", 2, CRM + 2, PHONE), event("c", CRM + 2, EMAIL))
    assert stitched(given).customers() == {frozenset({CRM + 1, PHONE}), frozenset({CRM + 2, EMAIL})}


def test_a_device_seen_with_one_person_belongs_to_it(spark: SparkSession) -> None:
    given = identifiers(spark, event("a", EMAIL, COOKIE), event("b", COOKIE, DEVICE))
    assert stitched(given).customers() == {frozenset({EMAIL, COOKIE}), frozenset({DEVICE})}


def test_a_device_seen_with_two_people_joins_neither_and_does_not_join_them(spark: SparkSession) -> None:
    given = identifiers(spark, repeated("a", 3, EMAIL + 1, COOKIE), repeated("b", 3, EMAIL + 2, COOKIE))
    assert stitched(given).customers() == {frozenset({EMAIL + 1}), frozenset({EMAIL + 2}), frozenset({COOKIE})}


def test_one_stray_login_does_not_take_a_device_from_its_owner(spark: SparkSession) -> None:
    given = identifiers(spark, repeated("a", 9, EMAIL + 1, COOKIE), event("b", EMAIL + 2, COOKIE))
    assert stitched(given).customers() == {frozenset({EMAIL + 1, COOKIE}), frozenset({EMAIL + 2})}


def test_a_share_just_below_the_threshold_does(spark: SparkSession) -> None:
    given = identifiers(spark, repeated("a", 8, EMAIL + 1, COOKIE), event("b", EMAIL + 2, COOKIE))
    assert frozenset({COOKIE}) in stitched(given).customers()


def test_a_landline_two_people_share_joins_nobody(spark: SparkSession) -> None:
    given = identifiers(spark, event("a", CRM + 1, LANDLINE), event("b", CRM + 2, LANDLINE))
    assert stitched(given).customers() == {frozenset({CRM + 1}), frozenset({CRM + 2}), frozenset({LANDLINE})}


def test_a_screened_value_links_nobody_and_has_no_row(spark: SparkSession) -> None:
    given = identifiers(spark, event("a", CRM + 1), event("a", EMAIL, screen_reason="blocklist"), event("b", CRM + 2))
    assert stitched(given).customers() == {frozenset({CRM + 1}), frozenset({CRM + 2})}


def test_customer_ids_do_not_depend_on_order_or_partitions(spark: SparkSession) -> None:
    given = identifiers(
        spark,
        *[event(f"a{n}", EMAIL + n % 7, COOKIE + n % 11) for n in range(40)],
        *[event(f"b{n}", PHONE + n % 5, EMAIL + n % 7) for n in range(20)],
        *[event(f"c{n}", CRM + n % 4, PHONE + n % 5) for n in range(10)],
    )
    one = stitched(given.repartition(1)).identity_map.collect()
    other = stitched(given.orderBy("node_key", ascending=False).repartition(7, "source")).identity_map.collect()
    assert sorted(one) == sorted(other)


def test_the_links_of_the_map_are_open_ended(spark: SparkSession) -> None:
    assert_rows(stitched(identifiers(spark, event("a", EMAIL))).identity_map, row(valid_to=dt.datetime(9999, 12, 31)))


def test_a_customer_is_named_by_its_anchor_alone(spark: SparkSession) -> None:
    few = stitched(identifiers(spark, event("a", CRM, EMAIL))).identity_map
    more = stitched(identifiers(spark, event("a", CRM, EMAIL), event("b", CRM, PHONE, COOKIE))).identity_map
    names = {one[0] for frame in (few, more) for one in frame.select(IdentityMap.customer_id).collect()}
    assert len(names) == 1
    assert next(iter(names)).startswith("c_")


def test_more_person_edges_than_the_driver_may_hold_are_refused_with_the_remedy(spark: SparkSession) -> None:
    edges = identifiers(spark, event("a", CRM, EMAIL, PHONE)).transform(to_edges, settings=SETTINGS)
    with pytest.raises(UsageError, match="2 person edges and max_driver_edges is 1: set max_driver_edges"):
        to_components(edges, max_driver_edges=1)


def test_no_identifiers_give_an_empty_map(spark: SparkSession) -> None:
    assert stitched(identifiers(spark)).identity_map.count() == 0


def test_the_summary_counts_customers_by_size(spark: SparkSession) -> None:
    given = identifiers(spark, event("a", CRM, EMAIL, COOKIE), event("b", DEVICE))
    expected = row(identifiers=4, customers=2, identified_customers=1, linked_customers=1, largest_customer=2, most_identifiers=3)
    assert_rows(stitched(given).identity_map.transform(to_summary), expected)
