"""Balance: fair draws pass, a planted difference and a lost part of an arm are found."""

import csv

import numpy as np
import pytest
from pyspark.sql import Row

from crosschannel.activation.balance import Balance, balance_of
from tests.unit.activation.test_lift import EXPERIMENT

KNOWN_BEFORE = ("hpa", "ltmedmra", "freq", "years", "year5", "mrm2", "dormant")


def totals(arm: str, customers: int, **values: np.ndarray) -> Row:
    sums = {f"{name} {what}": v for name, x in values.items() for what, v in (("N", len(x)), ("SUM", x.sum()), ("SQUARES", (x**2).sum()))}
    return Row(arm=arm, customers=customers, **sums)


def drawn(treatment: int, control: int, shift: float = 0.0, share: float = 0.05, seed: int = 1) -> Balance:
    draw = np.random.default_rng(seed)
    arms = {"treatment": draw.normal(10, 2, (5, treatment)), "control": draw.normal(10, 2, (5, control))}
    arms["control"][0] += shift
    rows = [totals(arm, x.shape[1], **{f"f{i}": x[i] for i in range(5)}) for arm, x in arms.items()]
    return balance_of(rows, [f"f{i}" for i in range(5)], share)


def test_the_arms_of_a_published_experiment_are_alike() -> None:
    """The bound of 0.05 standard deviations holds for every fact known before the mailing."""
    with EXPERIMENT.open(encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    rows = []
    for arm in ("treatment", "control"):
        mine = {r["variable"]: r for r in read if r["arm"] == arm}
        sums = {f"{v} {to}": float(mine[v][of]) for v in KNOWN_BEFORE for to, of in (("N", "people"), ("SUM", "total"), ("SQUARES", "total_squares"))}
        rows.append(Row(arm=arm, customers=int(mine["out_gavedum"]["people"]), **sums))
    balance = balance_of(rows, KNOWN_BEFORE, 1 / 3)
    assert balance.is_balanced
    assert max(abs(f.smd) for f in balance.features) < 0.02


def test_a_fair_draw_is_balanced() -> None:
    assert all(drawn(19_000, 1_000, seed=seed).is_balanced for seed in range(20))


def test_a_feature_that_differs_is_named_first() -> None:
    balance = drawn(19_000, 1_000, shift=0.5)
    assert not balance.is_balanced
    assert balance.worst[0].feature == "f0"
    assert balance.worst[0].smd == pytest.approx(-0.25, abs=0.06)
    assert [f.feature for f in balance.features if not f.is_alike] == ["f0"]


def test_a_control_group_that_lost_customers_is_found_by_its_size() -> None:
    balance = drawn(19_000, 800)
    assert not balance.is_balanced
    assert balance.share_z < -balance.share_bound


def test_a_constant_is_alike_and_two_constants_are_not() -> None:
    def constants(one: float, two: float) -> Balance:
        arms = [totals("treatment", 950, f=np.full(950, one)), totals("control", 50, f=np.full(50, two))]
        return balance_of(arms, ["f"], 0.05)

    assert constants(3, 3).is_balanced
    assert not constants(3, 4).is_balanced


def test_a_feature_nobody_of_an_arm_has_is_not_judged() -> None:
    rows = [totals("treatment", 950, f=np.ones(950)), Row(arm="control", customers=50, **{"f N": 0, "f SUM": None, "f SQUARES": None})]
    assert balance_of(rows, ["f"], 0.05).features == ()
