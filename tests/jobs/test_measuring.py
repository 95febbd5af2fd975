"""Lift and balance from a lake: who counts, from when on, and what is said while nothing can be."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.activation import HoldoutEvents, HoldoutRules, Holdouts
from crosschannel.contracts.gold import CustomerLabels
from crosschannel.errors import UsageError
from crosschannel.io.lake import Lake
from crosschannel.jobs.measuring import balance_at, lift_at
from crosschannel.settings.features import features_contract
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf
from tests.support.rows import row, rows

BEFORE, BEGAN, LATER = dt.date(2026, 1, 5), dt.date(2026, 2, 2), dt.date(2026, 3, 2)
PEOPLE = 200  # every tenth left alone, every fourth out of the campaign; the last twenty came late


def arm(n: int, every: int) -> str:
    return "control" if n % every == 0 else "treatment"


def label(n: int, day: dt.date, *, met: bool) -> dict[str, Any]:
    return row(customer_id=f"c_{n:03}", as_of_date=day, label_name="purchase", label_value=int(met), spent_amount=Decimal(n) if met else Decimal(0))


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(spark, str(tmp_path_factory.mktemp("measure")))
    rules = [row(holdout=h, covers=c, control_share=s, since_date=BEGAN) for h, c, s in (("all", "everything", 0.1), ("back", "campaign", 0.25))]
    since = {n: LATER + dt.timedelta(days=1) if n >= PEOPLE - 20 else BEGAN for n in range(PEOPLE)}
    arms = [
        row(customer_id=f"c_{n:03}", holdout=h, covers=c, arm=arm(n, every), since_date=since[n], as_of_date=LATER)
        for n in range(PEOPLE)
        for h, c, every in (("all", "everything", 10), ("back", "campaign", 4))
    ]
    labels = [label(n, day, met=n % 3 == 0) for day in (BEFORE, LATER) for n in range(PEOPLE)]
    lake.write(HoldoutRules.contract, rows(spark, HoldoutRules, *rules))
    lake.write(Holdouts.contract, rows(spark, Holdouts, *arms))
    lake.write(CustomerLabels.contract, rows(spark, CustomerLabels, *labels), slices=[BEFORE, LATER])
    mixed = row(event_key="e", event_type="merge", customer_id="c_007", mixed_holdouts=["back"])
    lake.write(HoldoutEvents.contract, rows(spark, HoldoutEvents, mixed))
    return lake


def test_customers_count_from_the_day_of_their_arm_on_and_those_left_out_of_everything_not_at_all(lake):
    measured = lift_at(lake, "back", "purchase", None, spent=False)
    counted = [n for n in range(PEOPLE - 20) if n % 10]
    treated, held = ([n for n in counted if arm(n, 4) == a] for a in ("treatment", "control"))
    assert (measured.as_of_date, measured.mixed_customers) == (LATER, 1)
    assert measured.lift.customers == {"treatment": len(treated), "control": len(held)}
    rates = [sum(n % 3 == 0 for n in group) / len(group) for group in (treated, held)]
    assert (measured.lift.treatment.value, measured.lift.control.value) == pytest.approx(rates)


def test_what_was_spent_is_measured_as_an_amount(lake):
    lift = lift_at(lake, "all", "purchase", LATER, spent=True).lift
    held = [n if n % 3 == 0 else 0 for n in range(PEOPLE - 20) if n % 10 == 0]
    assert lift.control.value == pytest.approx(sum(held) / len(held))
    assert lift.difference.low < 0 < lift.difference.high


@pytest.mark.parametrize(
    ("holdout", "outcome", "day", "message"),
    [
        ("al", "purchase", None, "knows no holdout 'al'; choose from all, back; did you mean all"),
        ("all", "purchases", None, "no outcome 'purchases'; choose from purchase"),
        ("all", "purchase", BEFORE, "began on 2026-02-02; no outcomes of purchase after 2026-01-05 can be laid to it; usable dates: 2026-03-02"),
    ],
)
def test_what_cannot_be_measured_is_said_with_what_can(lake, holdout, outcome, day, message):
    with pytest.raises(UsageError, match=message):
        lift_at(lake, holdout, outcome, day, spent=False)


def test_arms_are_compared_by_the_features_of_their_day(spark, lake):
    contract = features_contract(Project(shipped_conf("demo")).features)
    numbers = [str(c) for c in contract.columns[4:] if c.spec.dtype == "double"]
    features = [row(customer_id=f"c_{n:03}", as_of_date=LATER, **{numbers[0]: float(n % 7), numbers[1]: float(n % 10 == 0)}) for n in range(PEOPLE)]
    lake.write(contract, rows(spark, contract, *features), slices=[LATER])
    found = balance_at(lake, Project(Path(shipped_conf("demo"))), "all")
    assert (found.customers, found.expected_share) == ({"treatment": 180, "control": 20}, 0.1)
    assert [f.feature for f in found.features if not f.is_alike] == [numbers[1]], "it tells who is in control"
