"""Nothing is left unlinked in silence."""

from __future__ import annotations

from pyspark.sql import SparkSession

from tests.spark.identity.stitched import stitched
from tests.support.identity_rows import COOKIE, CRM, EMAIL, PHONE, event, identifiers, lasting, repeated, shifted
from tests.support.rows import assert_rows, row


def test_each_refusal_names_its_rule_with_what_was_counted_and_links_made_are_none(spark: SparkSession) -> None:
    made = event("m", CRM, EMAIL, COOKIE)
    screened = shifted(repeated("a", 3, EMAIL, screen_reason="blocklist"), 20)
    two_crm_rows = shifted(lasting("a", 3, CRM + 1, PHONE) + lasting("b", 2, CRM + 2, PHONE), 40)
    weak = shifted(lasting("a", 5, EMAIL + 1, PHONE) + event("b", EMAIL + 2, PHONE) + repeated("y", 9, EMAIL + 2), 60)
    shared = shifted([one for n in range(3) for one in lasting(f"e{n}", 2, EMAIL + n, COOKIE) + repeated(f"y{n}", 9, EMAIL + n)], 80)
    stray = shifted(lasting("a", 20, EMAIL + 1, COOKIE) + event("b", EMAIL + 2, COOKIE) + repeated("y", 9, EMAIL + 2), 100)
    assert_rows(
        stitched(identifiers(spark, made, screened, two_crm_rows, weak, shared, stray)).refusals,
        row(stage="screen", rule="blocklist", left_key=EMAIL + 20, right_key=EMAIL + 20, observed=3, permitted=0),
        row(stage="limit", rule="crm_id", left_key=CRM + 42, right_key=PHONE + 40, observed=2, permitted=1),
        row(stage="limit", rule="weak_email", left_key=EMAIL + 62, right_key=PHONE + 60, observed=2, permitted=1),
        row(stage="shared_device", rule="several_customers", left_key=COOKIE + 80, right_key=COOKIE + 80, observed=3, permitted=1),
        row(stage="shared_device", rule="stray_login", left_key=EMAIL + 102, right_key=COOKIE + 100, observed=1, permitted=0),
    )
