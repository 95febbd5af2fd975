"""Trees on customer value: what they see, that factors are bounded, and what a reviewer is told."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xgboost

from crosschannel.models.bootstrap import Interval
from crosschannel.models.order_model import OrderModel
from crosschannel.models.value_boost import MOST, NAMES, Boost, Boosted, factors_of, inputs_of, opened
from crosschannel.models.value_boost_report import boost_evidence, boost_section
from crosschannel.models.value_judgement import Judgement

MODEL = OrderModel(0.8, 40.0, 0.8, 4.0)
SILENT = np.array([3.0, 60.0, 100.0, 2.0, 5_000.0, 1.0, 2_500.0])
NEWCOMER = np.array([0.0, 0.0, 10.0, 0.0, 0.0, 1.0, 0.0])
MEASURES = {f"orders/{name}": 1.0 for name in ("total_ratio", "gini", "mae", "rmse", "between_bounds")}


def trained(outcomes: np.ndarray, inputs: np.ndarray) -> Boost:
    base = np.log(inputs[:, -1])
    rows = xgboost.DMatrix(inputs, label=outcomes, base_margin=base)
    trees = xgboost.train({"objective": "count:poisson", "max_depth": 3, "eta": 0.5, "nthread": 1}, rows, 40)
    return Boost(bytes(trees.save_raw("ubj")), 30, 40, (0.9, 0.8), {"recent": 3.0, "rate": 1.0}, len(outcomes), int((outcomes > 0).sum()))


def people(count: int = 1_500) -> tuple[np.ndarray, np.ndarray]:
    """Half of them have lately ordered often, and go on: nothing the closed form knows of."""
    draw = np.random.default_rng(2)
    x = draw.integers(1, 9, count).astype(float)
    late = np.where(draw.random(count) < 0.5, x, 0.0)
    numbers = np.column_stack([x, np.full(count, 80.0), np.full(count, 90.0), x, x * 1000, late, late * 1000])
    return numbers, late


def test_trees_see_ratios_and_null_where_there_is_nothing_to_divide_by():
    seen = [dict(zip(NAMES, row.tolist(), strict=True)) for row in inputs_of(np.vstack([SILENT, NEWCOMER]), MODEL, 30)]
    assert seen[0] | {"rate": 0.03, "mean_gap": 20.0, "silence_in_gaps": 2.0, "recent_share": 0.25, "mean_value": 25.0, "recent_value": 25.0} == pytest.approx(seen[0])
    assert np.isnan([seen[1][n] for n in ("mean_gap", "silence_in_gaps", "mean_value")]).all()
    assert seen[1]["p_alive"] == 1
    assert seen[0]["expected_orders"] == pytest.approx(float(MODEL.expected(*SILENT[:3, None], 30)[0]), abs=1e-5)


def test_factors_start_from_the_closed_form_and_follow_what_it_cannot_see():
    numbers, late = people()
    inputs = inputs_of(numbers, MODEL, 30)
    outcomes = np.random.default_rng(3).poisson(np.where(late > 0, 2.0, 0.5) * inputs[:, -1])
    boost = trained(outcomes, inputs)
    factor = factors_of(opened(boost), inputs)
    assert factor[late > 0].mean() == pytest.approx(2.0, rel=0.15)
    assert factor[late == 0].mean() == pytest.approx(0.5, rel=0.15)
    assert np.array_equal(factors_of(opened(boost), inputs[:7]), factor[:7])  # a row's factor is its own


def test_a_factor_is_never_larger_than_a_few_times():
    numbers, _ = people(400)
    inputs = inputs_of(numbers, MODEL, 30)
    assert factors_of(opened(trained(np.full(400, 300.0), inputs)), inputs).max() == MOST
    assert factors_of(opened(trained(np.zeros(400), inputs)), inputs).min() == pytest.approx(1 / MOST, abs=1e-6)


def test_bounds_follow_the_factor():
    x, t_x, age = (np.full(3, v) for v in (6.0, 80.0, 90.0))
    low, high = MODEL.between(x, t_x, age, 60, 0.8, np.array([0.5, 1.0, 2.0]))
    assert high.tolist() == sorted(high.tolist())
    assert high[2] > high[0]
    assert (low <= high).all()
    plain = MODEL.between(x, t_x, age, 60, 0.8)
    assert (low[1], high[1]) == (plain[0][1], plain[1][1])


def test_a_reviewer_is_told_why_trees_are_not_in_use_and_what_they_brought_if_they_are():
    refused = Boosted("as of 2026-01-01, from which they would learn: nobody has ordered yet")
    assert boost_section(refused, None) == ["Not in use: as of 2026-01-01, from which they would learn: nobody has ordered yet."]
    assert boost_evidence(refused).tags == {"boosted": f"not in use: {refused.refusal}"}
    numbers, late = people(200)
    boost = trained(late, inputs_of(numbers, MODEL, 30))
    used = Boosted("", boost, Interval(-0.2, -0.3, -0.1), Judgement(MEASURES, {}), 3, boost.losses)
    evidence, plain = boost_evidence(used), Judgement(MEASURES, {})
    assert {"boosted/deviance_gap", "boosted/deviance_gap_lo", "boosted/deviance_gap_hi", "boosted/orders/gini"} <= {m[0] for m in evidence.metrics}
    assert set(evidence.figures) == {"boosted_gains.png"}
    text = "\n".join(boost_section(used, plain))
    assert "In use: 40 rounds, learned from 200 customers" in text
    assert "3 who have become one since are set aside" in text
    assert json.loads(json.dumps(used.as_dict()))["trees"]["rounds"] == 40
