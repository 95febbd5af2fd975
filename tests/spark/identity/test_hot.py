"""Values seen with far too many others link nobody, whether anybody listed them or not."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.silver import IdentityRefusals
from crosschannel.identity.hot import to_candidates, to_hot
from tests.spark.identity.stitched import stitched
from tests.support.identity_rows import COOKIE, CRM, EMAIL, PHONE, SETTINGS, Rows, event, identifiers
from tests.support.rows import assert_rows, row, rows

LAST_DAY = dt.date(2026, 3, 31)
CAPPED = SETTINGS.model_copy(
    update={
        "namespaces": SETTINGS.namespaces
        | {
            "email": SETTINGS.namespaces["email"].model_copy(update={"caps": {"crm_id": 2, "phone": 5}, "window": 30}),
            "phone": SETTINGS.namespaces["phone"].model_copy(update={"caps": {"crm_id": 2}}),
        }
    }
)


def seen_with(value: int, others: list[int], day: str) -> Rows:
    return [one for n, other in enumerate(others) for one in event(f"{value}-{other}-{day}", value, other, COOKIE + n, when=f"2026-{day} 09:00")]


TILL, OLD_TILL, NUMBER, PERSON = EMAIL + 1, EMAIL + 2, PHONE + 3, EMAIL + 4
GIVEN = [
    seen_with(TILL, [CRM + 1, CRM + 2, CRM + 3], "03-20") + seen_with(TILL, [CRM + 1], "03-21"),  # three, one of them twice
    seen_with(OLD_TILL, [CRM + 4, CRM + 5, CRM + 6], "02-20"),  # outside its window
    seen_with(NUMBER, [CRM + 7, CRM + 8, CRM + 9], "01-05"),  # a phone has no window
    seen_with(PERSON, [CRM + 7, CRM + 8], "03-20") + seen_with(PERSON, [PHONE + 5, PHONE + 6, PHONE + 7], "03-20"),  # at one cap, below the other
]
HOT = [
    row(stage="hot", rule="email+crm_id", left_key=TILL, right_key=TILL, observed=3, permitted=2),
    row(stage="hot", rule="phone+crm_id", left_key=NUMBER, right_key=NUMBER, observed=3, permitted=2),
]


@pytest.fixture(scope="module")
def given(spark: SparkSession) -> DataFrame:
    screened = event("s", TILL, CRM + 20, when="2026-03-20 09:00", screen_reason="blocklist")
    return identifiers(spark, *GIVEN, screened).localCheckpoint()


def test_a_value_is_hot_beyond_its_cap_of_distinct_values_inside_its_window(given: DataFrame) -> None:
    assert_rows(to_hot(given, settings=CAPPED, as_of=LAST_DAY), *HOT)
    assert_rows(to_hot(given.repartition(7), settings=CAPPED, as_of=dt.date(2026, 4, 30)), HOT[1])


@pytest.mark.long  # and in tests/jobs/test_identity_rules.py, day after day
def test_a_hot_value_links_nobody_and_is_no_customer(given: DataFrame) -> None:
    found = stitched(given, CAPPED, LAST_DAY)
    customer_of = {key: keys for keys in found.customers() for key in keys}
    assert {TILL, NUMBER} & set(customer_of) == set()
    assert {CRM + 1, OLD_TILL, PERSON} <= set(customer_of)
    assert_rows(found.refusals.where(f"{IdentityRefusals.stage} = 'hot'").select(*IdentityRefusals.contract.columns), *HOT)


def test_only_what_new_events_carried_or_was_hot_before_need_be_counted_again(spark: SparkSession, given: DataFrame) -> None:
    added = identifiers(spark, event("n", TILL, CRM + 9, COOKIE + 9))
    refused = [row(stage="hot", left_key=NUMBER, right_key=NUMBER), row(stage="screen", left_key=PERSON, right_key=PERSON)]
    candidates = to_candidates(added, refusals=rows(spark, IdentityRefusals, *refused), settings=CAPPED)
    assert {r[0] for r in candidates.collect()} == {TILL, NUMBER}
    assert_rows(to_hot(given, settings=CAPPED, as_of=LAST_DAY, candidates=candidates), *HOT)
