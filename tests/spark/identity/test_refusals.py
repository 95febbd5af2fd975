"""Nothing is left unlinked in silence."""

from __future__ import annotations

from pyspark.sql import SparkSession

from tests.spark.identity.stitched import stitched
from tests.support.identity_rows import COOKIE, CRM, EMAIL, PHONE, event, identifiers, repeated
from tests.support.rows import assert_rows, row


def test_a_screened_value_is_counted_under_its_reason(spark: SparkSession) -> None:
    given = identifiers(spark, repeated("a", 3, EMAIL, screen_reason="blocklist"))
    assert_rows(
        stitched(given).refusals,
        row(stage="screen", rule="blocklist", left_key=EMAIL, right_key=EMAIL, observed=3, permitted=0),
    )


def test_a_pair_that_would_join_two_crm_rows_names_the_limit(spark: SparkSession) -> None:
    given = identifiers(spark, repeated("a", 3, CRM + 1, PHONE), repeated("b", 2, CRM + 2, PHONE))
    assert_rows(
        stitched(given).refusals,
        row(stage="limit", rule="crm_id", left_key=CRM + 2, right_key=PHONE, observed=2, permitted=1),
    )


def test_a_weak_pair_names_the_weak_limit(spark: SparkSession) -> None:
    given = identifiers(spark, repeated("a", 5, EMAIL + 1, PHONE), event("b", EMAIL + 2, PHONE))
    assert_rows(
        stitched(given).refusals,
        row(stage="limit", rule="weak_email", left_key=EMAIL + 2, right_key=PHONE, observed=2, permitted=1),
    )


def test_a_shared_device_counts_its_customers(spark: SparkSession) -> None:
    given = identifiers(spark, *[repeated(f"e{n}", 2, EMAIL + n, COOKIE) for n in range(3)])
    assert_rows(
        stitched(given).refusals,
        row(stage="shared_device", rule="several_customers", left_key=COOKIE, right_key=COOKIE, observed=3, permitted=1),
    )


def test_a_stray_login_is_listed_beside_the_owner_it_did_not_displace(spark: SparkSession) -> None:
    given = identifiers(spark, repeated("a", 20, EMAIL + 1, COOKIE), event("b", EMAIL + 2, COOKIE))
    assert_rows(
        stitched(given).refusals,
        row(stage="shared_device", rule="stray_login", left_key=EMAIL + 2, right_key=COOKIE, observed=1, permitted=0),
    )


def test_links_that_were_made_are_no_refusals(spark: SparkSession) -> None:
    assert stitched(identifiers(spark, event("a", CRM, EMAIL, COOKIE))).refusals.count() == 0
