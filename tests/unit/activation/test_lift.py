"""Lift: a published experiment is reproduced, and intervals cover the truth as often as they say."""

import csv
import math

import numpy as np
import pytest
from scipy import stats

from crosschannel.activation.arms import is_control
from crosschannel.activation.lift import Arm, Lift, lift_of
from crosschannel.errors import UsageError
from crosschannel.settings.holdouts import HoldoutRule
from tests.support.code import ROOT

EXPERIMENT = ROOT / "tests/fixtures/charitable_rct/arm_totals.csv"


def experiment(variable: str) -> dict[str, Arm]:
    with EXPERIMENT.open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["variable"] == variable]
    return {r["arm"]: Arm(int(r["people"]), float(r["total"]), float(r["total_squares"])) for r in rows}


def arm(outcomes: np.ndarray) -> Arm:
    return Arm(len(outcomes), float(outcomes.sum()), float((outcomes.astype(float) ** 2).sum()))


def test_the_published_effect_on_giving_is_found() -> None:
    """Karlan and List 2007, table 2A: 2.2 % against 1.8 % gave, a difference of 0.4 points with a standard error of 0.1."""
    lift = lift_of(**experiment("out_gavedum"))
    assert (round(lift.treatment.value, 3), round(lift.control.value, 3), round(lift.difference.value, 3)) == (0.022, 0.018, 0.004)
    assert (lift.difference.high - lift.difference.low) / (2 * 1.96) == pytest.approx(0.0013, abs=0.0001)
    assert lift.difference.excludes_zero
    assert lift.relative is not None
    assert lift.relative.value == pytest.approx(0.234, abs=0.001)
    assert lift.relative.low > 0
    assert lift.incremental.value == pytest.approx(lift.difference.value * 33_396)


def test_the_published_effect_on_the_amount_is_found_and_not_beyond_chance() -> None:
    """The same table: 0.967 dollars against 0.813, a difference of 0.154; its standard error of 0.083 takes the variances for equal, ours does not."""
    lift = lift_of(**experiment("out_amountgive"))
    assert lift.difference.value == pytest.approx(0.153, abs=0.002)
    assert (lift.difference.high - lift.difference.low) / (2 * 1.96) == pytest.approx(0.080, abs=0.001)
    assert not lift.difference.excludes_zero


def test_an_interval_for_yes_and_no_is_wilsons() -> None:
    bounds = stats.binomtest(7, 300).proportion_ci(method="wilson")
    lift = lift_of(treatment=Arm(300, 7, 7), control=Arm(300, 5, 5))
    assert (lift.treatment.low, lift.treatment.high) == pytest.approx((bounds.low, bounds.high))


def test_an_interval_for_amounts_is_that_of_unequal_variances() -> None:
    draw = np.random.default_rng(5)
    one, two = draw.gamma(2, 30, 4_000), draw.gamma(1, 50, 3_000)
    welch = stats.ttest_ind(one, two, equal_var=False).confidence_interval(0.95)
    lift = lift_of(arm(one), arm(two))
    assert (lift.difference.low, lift.difference.high) == pytest.approx((welch.low, welch.high), rel=2e-3)


def simulated(runs: int, sizes: tuple[int, int], rates: tuple[float, float], seed: int) -> tuple[float, float]:
    """Return how often the intervals of difference and ratio cover the truth."""
    draw = np.random.default_rng(seed)
    counts = np.column_stack([draw.binomial(n, p, runs) for n, p in zip(sizes, rates, strict=True)])
    truth, ratio, covered = rates[0] - rates[1], rates[0] / rates[1] - 1, np.zeros(2)
    for treated, held in counts.tolist():
        lift = lift_of(Arm(sizes[0], treated, treated), Arm(sizes[1], held, held))
        covered += (lift.difference.low <= truth <= lift.difference.high, covers(lift, ratio))
    return tuple(covered / runs)  # type: ignore[return-value]


def covers(lift: Lift, ratio: float) -> bool:
    return lift.relative is None or lift.relative.low <= ratio <= lift.relative.high


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("sizes", "rates"),
    [((19_000, 1_000), (0.05, 0.04)), ((9_500, 500), (0.02, 0.02)), ((2_000, 400), (0.01, 0.004)), ((800, 200), (0.5, 0.4))],
    ids=["a usual campaign", "no effect", "few successes", "common outcome"],
)
def test_intervals_cover_the_truth_95_times_in_100(sizes: tuple[int, int], rates: tuple[float, float]) -> None:
    difference, ratio = simulated(3_000, sizes, rates, seed=11)
    assert 0.938 <= difference <= 0.985
    assert 0.938 <= ratio <= 0.985


@pytest.mark.simulation
def test_amounts_are_covered_too_though_most_customers_spend_nothing() -> None:
    draw, covered, runs = np.random.default_rng(3), 0, 1_000
    for _ in range(runs):
        treated, held = (np.where(draw.random(n) < p, draw.gamma(2, 20, n), 0.0) for n, p in ((3_000, 0.11), (1_000, 0.1)))
        lift = lift_of(arm(treated), arm(held))
        covered += lift.difference.low <= 0.01 * 40 <= lift.difference.high
    assert 0.935 <= covered / runs <= 0.965


@pytest.mark.simulation
def test_arms_drawn_by_hash_recover_a_planted_effect() -> None:
    """The whole way: customers of unlike worth, arms by salted hash, an effect on the treated, an interval; one draw per salt."""
    customers = [f"c_{number}" for number in range(3_000)]
    draw, covered, runs = np.random.default_rng(19), 0, 200
    worth = draw.beta(1, 4, len(customers))
    for run in range(runs):
        rule = HoldoutRule(name="win_back", covers="campaign", share=0.2, salt=f"salt {run}")
        held = np.array([is_control(rule, c) for c in customers])
        bought = draw.random(len(customers)) < worth + np.where(held, 0.0, 0.1 * (1 - worth))
        lift = lift_of(arm(bought[~held]), arm(bought[held]))
        covered += lift.difference.low <= float(0.1 * (1 - worth).mean()) <= lift.difference.high
    assert 0.91 <= covered / runs <= 0.99


def test_nothing_is_said_of_one_customer() -> None:
    with pytest.raises(UsageError, match="too few customers"):
        lift_of(Arm(1, 1, 1), Arm(100, 3, 3))


def test_a_control_group_that_brought_nothing_leaves_the_ratio_open() -> None:
    lift = lift_of(Arm(1_000, 12, 12), Arm(200, 0, 0))
    assert lift.relative is None
    assert lift.difference.low < lift.difference.value < lift.difference.high
    few = lift_of(Arm(1_000, 12, 12), Arm(20, 1, 1)).relative
    assert few is not None
    assert few.low < few.value < few.high


def test_no_success_at_all_is_no_effect() -> None:
    lift = lift_of(Arm(1_000, 0, 0), Arm(200, 0, 0))
    assert lift.difference.low < 0 < lift.difference.high
    none = lift_of(Arm(1_000, 0, 0), Arm(200, 9, 9)).relative
    assert none is not None
    assert none.value == none.low == -1
    assert none.high < 0


def test_an_open_bound_is_null_in_json() -> None:
    written = lift_of(Arm(50, 20.5, 300.0), Arm(4, 1.5, 2.25)).as_dict()
    assert written["relative"]["high"] is None
    assert not any(isinstance(v, float) and math.isinf(v) for v in written["difference"].values())
