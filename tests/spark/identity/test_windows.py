"""Limits inside windows: what a customer no longer uses takes no place, and what leaves a window is looked at again."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.silver import IdentityRefusals
from crosschannel.identity.windows import to_crossed
from tests.spark.identity.stitched import Stitched, stitched
from tests.support.identity_rows import CRM, EMAIL, PHONE, SETTINGS, event, identifiers
from tests.support.rows import assert_rows, row

LAST_DAY = dt.date(2026, 3, 31)
WINDOWED = SETTINGS.model_copy(
    update={"namespaces": SETTINGS.namespaces | {"crm_id": SETTINGS.namespaces["crm_id"].model_copy(update={"window": 30})}}
)
EVENTS = (
    event("a", CRM + 1, EMAIL, when="2026-03-01 23:59"), event("b", CRM + 2, EMAIL, when="2026-03-31 09:00"),  # the first one day too old
    event("c", CRM + 3, PHONE, when="2026-03-02 00:00"), event("d", CRM + 4, PHONE, when="2026-03-31 09:00"),  # the first just inside
)  # fmt: skip


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> Stitched:
    return stitched(identifiers(spark, *EVENTS), WINDOWED, LAST_DAY)


def test_a_limit_counts_what_was_seen_inside_the_window_and_nothing_older(found: Stitched) -> None:
    assert found.customers() == {frozenset({CRM + 1, CRM + 2, EMAIL}), frozenset({CRM + 3}), frozenset({CRM + 4, PHONE})}


def test_a_refusal_says_what_was_counted_inside_the_window(found: Stitched) -> None:
    assert_rows(
        found.refusals.select(*IdentityRefusals.contract.columns),
        row(stage="limit", rule="crm_id", left_key=CRM + 3, right_key=PHONE, observed=2, permitted=1),
    )


@pytest.mark.parametrize(("days_later", "crossed"), [(0, set()), (1, {CRM + 3}), (-1, {CRM + 1}), (30, {CRM + 2, CRM + 3, CRM + 4})])
def test_what_counts_on_another_day_and_did_not_or_the_other_way_round_is_touched(found: Stitched, days_later: int, crossed: set[int]) -> None:
    other_day = LAST_DAY + dt.timedelta(days=days_later)
    assert {r[0] for r in to_crossed(found.identity_map, settings=WINDOWED, as_of=other_day).collect()} == crossed
