"""A value that may not be used links nobody: silence withholds, unless the purpose rests on another basis."""

from __future__ import annotations

from pyspark.sql import SparkSession

from crosschannel.contracts.privacy import Consents
from crosschannel.identity.purposes import to_unpermitted
from tests.support.identity_rows import COOKIE, CRM, EMAIL, PHONE, event, identifiers
from tests.support.rows import assert_rows, row, rows

NEEDED = {"email": ("linking",), "cookie_id": ("linking", "profiling")}


def test_each_value_is_refused_with_the_purpose_it_lacks_and_how_often_it_was_seen(spark: SparkSession) -> None:
    seen = [
        event("a", EMAIL + 1, PHONE + 1), event("b", EMAIL + 1, CRM), event("c", EMAIL + 2, COOKIE + 2), event("d", EMAIL + 3, COOKIE + 3),
        event("e", EMAIL + 4, screen_reason="blocklist"),
    ]  # fmt: skip
    said = rows(
        spark, Consents,
        row(node_key=EMAIL + 2, purpose="linking", channel="all", status="granted"), row(node_key=COOKIE + 2, purpose="linking", channel="all", status="granted"),
        row(node_key=COOKIE + 3, purpose="linking", channel="all", status="granted"), row(node_key=COOKIE + 3, purpose="profiling", channel="all", status="withdrawn"),
        row(node_key=EMAIL + 3, purpose="linking", channel="all", status="withdrawn"), row(node_key=EMAIL + 1, purpose="profiling", channel="all", status="granted"),
        row(node_key=EMAIL + 1, purpose="linking", channel="ads", status="granted"), row(node_key=PHONE + 1, purpose="linking", channel="all", status="withdrawn"),
    )  # fmt: skip
    assert_rows(
        to_unpermitted(identifiers(spark, *seen), said=said, needed=NEEDED, unasked=["profiling"]),
        row(stage="consent", rule="linking", left_key=EMAIL + 1, right_key=EMAIL + 1, observed=2, permitted=0),
        row(stage="consent", rule="linking", left_key=EMAIL + 3, right_key=EMAIL + 3, observed=1, permitted=0),
        row(stage="consent", rule="profiling", left_key=COOKIE + 3, right_key=COOKIE + 3, observed=1, permitted=0),
    )
