"""The identity map: under which name, through which evidence, and the same in any order."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.silver import IdentityMap
from crosschannel.errors import UsageError
from crosschannel.identity.components import to_components
from crosschannel.identity.edges import to_edges
from crosschannel.identity.summary import to_summary
from crosschannel.settings.identity import IdentitySettings
from tests.spark.identity.stitched import stitched
from tests.support.identity_rows import COOKIE, CRM, DEVICE, EMAIL, PHONE, SETTINGS, event, identifiers, lasting
from tests.support.rows import assert_rows, at, row


def test_a_row_carries_the_edge_through_which_its_identifier_joined(spark: SparkSession) -> None:
    given = identifiers(
        spark,
        event("a", CRM, EMAIL, when="08:00"),
        lasting("b", 2, EMAIL, PHONE),
        event("c", PHONE, COOKIE),
        event("d", EMAIL + 1, COOKIE, when="10:00"),
        event("e", PHONE, COOKIE, when="2026-01-06 09:00"),
        event("f", DEVICE),
    )
    none = row(evidence_key=None, evidence_rule=None, evidence_count=None)
    assert_rows(
        stitched(given).identity_map,
        row(node_key=CRM, is_identified=True, component_key=CRM, valid_from=at("08:00"), **none),
        row(
            node_key=EMAIL,
            is_identified=True,
            component_key=CRM,
            valid_from=at("08:00"),
            evidence_key=CRM,
            evidence_rule="crm_id+email",
            evidence_count=1,
        ),
        row(
            node_key=PHONE,
            is_identified=True,
            component_key=CRM,
            valid_from=at("09:00"),
            evidence_key=EMAIL,
            evidence_rule="email+phone",
            evidence_count=2,
        ),
        row(
            node_key=COOKIE,
            is_identified=True,
            component_key=CRM,
            valid_from=at("09:00"),
            evidence_key=PHONE,
            evidence_rule="phone+cookie_id",
            evidence_count=2,
        ),
        row(
            node_key=EMAIL + 1,
            is_identified=True,
            component_key=CRM,
            valid_from=at("10:00"),
            evidence_key=PHONE,
            evidence_rule="email+phone@device",
            evidence_count=1,
        ),
        row(node_key=DEVICE, is_identified=False, component_key=DEVICE, valid_from=at("09:00"), **none),
    )


def test_customer_ids_do_not_depend_on_order_or_partitions(spark: SparkSession) -> None:
    given = identifiers(
        spark,
        *[event(f"a{n}", EMAIL + n % 7, COOKIE + n % 11) for n in range(40)],
        *[event(f"b{n}", PHONE + n % 5, EMAIL + n % 7) for n in range(20)],
        *[event(f"c{n}", CRM + n % 4, PHONE + n % 5) for n in range(10)],
    )
    one = stitched(given.repartition(1)).identity_map.collect()
    other = stitched(given.orderBy("node_key", ascending=False).repartition(7, "event_id")).identity_map.collect()
    assert sorted(map(str, one)) == sorted(map(str, other))


def test_a_customer_is_named_by_its_anchor_alone_and_its_links_are_open_ended(spark: SparkSession) -> None:
    few = stitched(identifiers(spark, event("a", CRM, EMAIL))).identity_map
    more = stitched(identifiers(spark, event("a", CRM, EMAIL), event("b", CRM, PHONE, COOKIE))).identity_map
    seen = {tuple(one) for frame in (few, more) for one in frame.select(IdentityMap.customer_id, IdentityMap.valid_to).collect()}
    ((name, end),) = seen
    assert name.startswith("c_")
    assert end == dt.datetime(9999, 12, 31)


def test_more_person_edges_than_the_driver_may_hold_are_refused_with_the_remedy(spark: SparkSession) -> None:
    edges = identifiers(spark, event("a", CRM, EMAIL, PHONE)).transform(to_edges, settings=SETTINGS)
    with pytest.raises(UsageError, match="2 person edges and max_driver_edges is 1: set max_driver_edges"):
        to_components(edges, max_driver_edges=1)


def test_a_project_without_person_namespaces_has_devices_for_customers(spark: SparkSession) -> None:
    devices = IdentitySettings(namespaces={n: SETTINGS.namespaces[n] for n in ("cookie_id", "device_id")})
    actual = stitched(identifiers(spark, event("a", COOKIE, DEVICE), event("b", COOKIE)), devices)
    assert actual.customers() == {frozenset({COOKIE}), frozenset({DEVICE})}
    assert actual.refusals.count() == 0


def test_no_identifiers_give_an_empty_map_with_a_summary_of_zeros(spark: SparkSession) -> None:
    empty = stitched(identifiers(spark)).identity_map
    zeros = row(identifiers=0, customers=0, identified_customers=0, linked_customers=0, supersized_customers=0, person_identifiers=0, largest_customer=0, most_identifiers=0)
    assert_rows(empty.transform(to_summary, max_customer_size=64), zeros)


def test_the_summary_counts_customers_by_size(spark: SparkSession) -> None:
    given = identifiers(spark, event("a", CRM, EMAIL, COOKIE), event("b", DEVICE))
    expected = row(identifiers=4, customers=2, identified_customers=1, linked_customers=1, supersized_customers=1, person_identifiers=2, largest_customer=2, most_identifiers=3)
    assert_rows(stitched(given).identity_map.transform(to_summary, max_customer_size=2), expected)
