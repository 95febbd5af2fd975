"""Lots through the life of customers: kept over runs, merges and splits, and told."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.activation.arms import is_control, to_holdouts
from crosschannel.activation.draws import to_claims, to_draws, to_holdout_events
from crosschannel.contracts.activation import HoldoutDraws
from crosschannel.contracts.customers import IdentityAliases, IdentityEvents
from crosschannel.contracts.serving import PublishedSegments
from crosschannel.settings.holdouts import HoldoutRule
from tests.support.rows import row, rows

FIRST, SECOND, TODAY = dt.date(2026, 1, 5), dt.date(2026, 2, 5), dt.date(2026, 3, 5)
HALF = HoldoutRule(name="half", covers="campaign", share=0.5, salt="salt c")
RARE = HoldoutRule(name="rare", covers="everything", share=0.001, salt="a salt")
DRAWN = {  # customer, lot, day
    "c_steady": ("c_steady", FIRST),
    "c_early": ("c_early", FIRST),
    "c_late": ("c_late", SECOND),
    "c_twin_a": ("c_twin_a", FIRST),
    "c_twin_b": ("c_twin_b", FIRST),
    "c_parent": ("c_of_old", FIRST),
    "c_gone": ("c_gone", FIRST),
}
UNITED = {"c_early": "c_late", "c_twin_b": "c_twin_a", "c_gone": None}  # retired, heir
DIVIDED = {"c_parent": ("c_part", "c_steady"), "c_part": ("c_part_of_part",)}
LIVING = ("c_steady", "c_late", "c_twin_a", "c_parent", "c_part", "c_part_of_part", "c_new")


@pytest.fixture(scope="module")
def claims(spark: SparkSession) -> DataFrame:
    customers = rows(spark, PublishedSegments, *[row(customer_id=c) for c in LIVING]).select("customer_id")
    draws = rows(spark, HoldoutDraws, *[row(customer_id=c, draw_id=d, since_date=s) for c, (d, s) in DRAWN.items()])
    aliases = rows(spark, IdentityAliases, *[row(retired_customer_id=old, customer_id=new) for old, new in UNITED.items()])
    splits = [row(event_key=old, event_type="split", customer_id=old, other_customer_ids=list(new)) for old, new in DIVIDED.items()]
    events = rows(spark, IdentityEvents, *splits, row(event_key="m", event_type="mint", customer_id="c_new"))
    return to_claims(customers, draws, aliases, events, TODAY).localCheckpoint()


def test_each_customer_holds_the_lot_that_its_life_left_it(claims: DataFrame) -> None:
    found = {r.customer_id: (r.draw_id, r.since_date) for r in to_draws(claims).collect()}
    assert found == {
        "c_steady": ("c_steady", FIRST),  # an own lot is kept, though parts of another came to it
        "c_late": ("c_early", FIRST),  # of two that met the earlier
        "c_twin_a": ("c_twin_a", FIRST),  # of the same day the own
        "c_parent": ("c_of_old", FIRST),
        "c_part": ("c_of_old", FIRST),  # that of the customer it came from
        "c_part_of_part": ("c_of_old", FIRST),
        "c_new": ("c_new", TODAY),
    }


def test_merges_and_splits_are_told_with_the_holdouts_whose_arms_met(claims: DataFrame) -> None:
    told = {(r.event_type, r.customer_id, r.draw_id, r.other_id): r.mixed_holdouts for r in to_holdout_events(claims, (HALF, RARE), TODAY).collect()}
    assert set(told) == {
        ("merge", "c_late", "c_early", "c_late"), ("merge", "c_twin_a", "c_twin_a", "c_twin_b"),
        ("split", "c_part", "c_of_old", "c_parent"), ("split", "c_part_of_part", "c_of_old", "c_parent"),
    }  # fmt: skip
    for (_, _, kept, other), mixed in told.items():
        differ = other != "c_parent" and is_control(HALF, kept) != is_control(HALF, other)
        assert mixed == (["half"] if differ else [])
    assert any(told.values())


def test_a_second_run_on_the_lots_of_the_first_changes_and_tells_nothing_new(spark: SparkSession, claims: DataFrame) -> None:
    customers = claims.select("customer_id")
    kept = {c: v for c, v in DRAWN.items() if c not in LIVING}
    retired = rows(spark, HoldoutDraws, *[row(customer_id=c, draw_id=d, since_date=s) for c, (d, s) in kept.items()])
    draws = to_draws(claims).unionByName(retired)
    aliases = rows(spark, IdentityAliases, *[row(retired_customer_id=old, customer_id=new) for old, new in UNITED.items()])
    again = to_claims(customers, draws, aliases, rows(spark, IdentityEvents), dt.date(2026, 4, 5)).localCheckpoint()
    assert set(to_draws(again).collect()) == set(to_draws(claims).collect())
    keys = {r.event_key for r in to_holdout_events(claims, (HALF,), TODAY).collect()}
    assert {r.event_key for r in to_holdout_events(again, (HALF,), TODAY).collect()} <= keys


def test_an_arm_is_the_hash_of_the_lot_as_in_plain_python(claims: DataFrame) -> None:
    began = {"half": SECOND, "rare": FIRST}
    found = to_holdouts(to_draws(claims), (HALF, RARE), began).collect()
    assert len(found) == 2 * len(LIVING)
    lots = {r.customer_id: r for r in to_draws(claims).collect()}
    for r in found:
        rule, lot = (HALF if r.holdout == "half" else RARE), lots[r.customer_id]
        assert r.arm == ("control" if is_control(rule, lot.draw_id) else "treatment")
        assert (r.covers, r.since_date) == (rule.covers, max(lot.since_date, began[r.holdout]))
