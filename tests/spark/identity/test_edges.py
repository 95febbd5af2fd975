"""Edges are stars around the strongest identifier of an event, counted per pair."""

from __future__ import annotations

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from crosschannel.contracts.silver import IdentityEdges
from crosschannel.identity.edges import to_edges, to_nodes
from tests.support.identity_rows import COOKIE, CRM, EMAIL, LANDLINE, PHONE, SETTINGS, event, identifiers
from tests.support.rows import assert_rows, at, row


def test_an_event_with_three_identifiers_gives_two_edges_around_the_strongest(spark: SparkSession) -> None:
    actual = identifiers(spark, event("a", COOKIE, PHONE, CRM)).transform(to_edges, settings=SETTINGS)
    assert_rows(
        actual,
        row(left_key=CRM, right_key=PHONE, rule="crm_id+phone", left_namespace="crm_id", right_namespace="phone", kind="person"),
        row(left_key=CRM, right_key=COOKIE, rule="crm_id+cookie_id", left_namespace="crm_id", right_namespace="cookie_id", kind="device"),
    )


def test_a_person_is_the_hub_even_where_a_device_has_the_smaller_key(spark: SparkSession) -> None:
    actual = identifiers(spark, event("a", PHONE, LANDLINE, COOKIE)).transform(to_edges, settings=SETTINGS)
    assert_rows(actual, row(left_key=PHONE, right_key=COOKIE), row(left_key=PHONE, right_key=LANDLINE))


def test_equally_strong_identifiers_hang_on_the_smallest_key(spark: SparkSession) -> None:
    actual = identifiers(spark, event("a", EMAIL + 3, EMAIL + 1, EMAIL + 2)).transform(to_edges, settings=SETTINGS)
    assert_rows(actual, row(left_key=EMAIL + 1, right_key=EMAIL + 2), row(left_key=EMAIL + 1, right_key=EMAIL + 3))


def test_a_pair_within_window_over_its_events_with_first_last_and_sources(spark: SparkSession) -> None:
    given = identifiers(
        spark,
        event("a", EMAIL, COOKIE, when="10:00", source="web"),
        event("b", EMAIL, COOKIE, when="09:00", source="app"),
        event("c", EMAIL, COOKIE, when="11:00", source="web"),
    )
    expected = row(record_count=3, first_seen_ts=at("09:00"), last_seen_ts=at("11:00"), sources=["app", "web"])
    assert_rows(given.transform(to_edges, settings=SETTINGS), expected)


def test_lone_and_screened_identifiers_make_no_edge(spark: SparkSession) -> None:
    given = identifiers(spark, event("a", EMAIL), event("b", EMAIL, PHONE, screen_reason="blocklist"))
    assert given.transform(to_edges, settings=SETTINGS).count() == 0


def test_nodes_are_the_usable_identifiers_with_first_and_last_moment(spark: SparkSession) -> None:
    given = identifiers(spark, event("a", EMAIL, when="10:00"), event("b", EMAIL, when="09:00"), event("c", PHONE, screen_reason="blocklist"))
    assert_rows(given.transform(to_nodes), row(node_key=EMAIL, first_seen_ts=at("09:00"), last_seen_ts=at("10:00")))


def test_a_namespace_nobody_declared_fails_by_name(spark: SparkSession) -> None:
    undeclared = SETTINGS.model_copy(update={"namespaces": {"email": SETTINGS.namespaces["email"]}})
    with pytest.raises(PySparkException, match="namespace not declared in identity.yaml: phone"):
        identifiers(spark, event("a", EMAIL, PHONE)).transform(to_edges, settings=undeclared).collect()


def test_edges_have_the_columns_of_their_contract(spark: SparkSession) -> None:
    actual = identifiers(spark, event("a", EMAIL, PHONE)).transform(to_edges, settings=SETTINGS)
    assert actual.columns == [str(c) for c in IdentityEdges.contract.columns]
