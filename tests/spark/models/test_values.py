"""Customer value on Spark: groups, values on executors and the judgement, on the public CDNOW sample."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import DataFrame, SparkSession, functions as F

from crosschannel.models.value_groups import order_groups, spend_groups
from crosschannel.models.value_judgement import LIVING, Judgement, judged
from crosschannel.models.value_model import ValueModel, fit_values, to_values
from crosschannel.settings.values import ValuesSettings
from tests.support import cdnow
from tests.support.histories import histories

DAY = dt.date(1997, 9, 30)
SETTINGS = ValuesSettings()


@pytest.fixture(scope="module")
def known(spark: SparkSession) -> DataFrame:
    return histories(spark, DAY, cdnow.customers()).repartition(3).cache()


@pytest.fixture(scope="module")
def model(known: DataFrame) -> ValueModel:
    return fit_values(order_groups(known, 5_000)[0][DAY], spend_groups(known, 5_000)[DAY], SETTINGS, currencies=1)


def test_the_driver_sees_groups_and_finds_the_published_parameters(known, model):
    groups, unit = order_groups(known, 5_000)
    assert (len(groups[DAY].n), groups[DAY].n.sum(), unit) == (1_016, 2_357, 1)
    orders, spend = model.orders, model.spend
    assert (orders.r, orders.alpha / 7, orders.a, orders.b) == pytest.approx((0.2426, 4.4135, 0.7929, 2.4258), rel=2e-4)
    assert (spend.p, spend.q, spend.v) == pytest.approx((6.2488, 3.7446, 15.4477), rel=1e-3)  # published on means in whole cents


def test_too_many_groups_are_rounded_and_more_than_that_is_refused(known):
    groups, unit = order_groups(known, 700)
    assert (unit, groups[DAY].n.sum()) == (7, 2_357)
    coarse = fit_values(groups[DAY], spend_groups(known, 750)[DAY], SETTINGS, currencies=1)
    assert coarse.orders.r == pytest.approx(0.2426, rel=0.03)
    assert coarse.spend.q == pytest.approx(3.7446, rel=0.02)
    assert order_groups(known, 20) == ({}, 0)
    assert "max_groups" in fit_values(None, None, SETTINGS, currencies=1).refusal


@pytest.fixture(scope="module")
def foretold(known: DataFrame, model: ValueModel) -> DataFrame:
    return to_values(known, model, days=cdnow.HELD_OUT, share=0.8).cache()


@pytest.fixture(scope="module")
def judgement(known: DataFrame, foretold: DataFrame) -> Judgement:
    return judged(foretold.withColumn(LIVING, F.col("customer_id")), known, with_value=True)


def test_the_known_figures_of_the_days_held_out_come_out_beside_the_plain_rate_and_nothing(judgement):
    m = {name.removeprefix("orders/"): value for name, value in judgement.measures.items()}
    assert (round(m["foretold"]), m["came"], round(m["rate_foretold"])) == (1_653, 1_882, 2_930)
    assert [round(m[n], 3) for n in ("mae", "rate_mae", "zero_mae")] == [0.785, 1.024, 0.798]
    assert [round(m[n], 3) for n in ("rmse", "rate_rmse", "zero_rmse")] == [1.608, 2.212, 2.206]
    assert (m["gini"], m["rate_gini"]) == pytest.approx((0.6625, 0.6657), abs=5e-4)  # customers of equal predictions share; no gain in rank here
    assert 0.8 < m["between_bounds"] < 0.95
    ranks = (judgement.measures["value/gini"], judgement.measures["value/rate_gini"])
    assert ranks == pytest.approx((0.6379, 0.6717), abs=5e-4)  # spent so far ranks better here; the gain is in sizes
    assert judgement.measures["value/mae"] < judgement.measures["value/rate_mae"]


def test_tenths_of_the_customers_rise_and_sum_to_the_totals(judgement):
    tenths = judgement.deciles["orders"]
    assert [f for f, _ in tenths] == sorted(f for f, _ in tenths)
    assert sum(c for _, c in tenths) * 235.7 == pytest.approx(1_882)
    assert tenths[-1][1] == pytest.approx(tenths[-1][0], rel=0.2)


def test_values_do_not_depend_on_partitions_and_hold_together(known, model, foretold):
    rows = sorted(foretold.collect())
    assert sorted(to_values(known.repartition(7), model, days=cdnow.HELD_OUT, share=0.8).collect()) == rows
    for row in rows[::50]:
        assert row.low <= row.high
        assert 0 <= row.p_alive <= 1
        assert row.expected_value == pytest.approx(row.expected_orders * row.order_value, abs=1e-4)


def test_customers_who_became_one_are_judged_as_one(known, foretold):
    as_one = judged(foretold.withColumn(LIVING, F.when(F.col("customer_id") < "c00100", F.lit("c00000")).otherwise(F.col("customer_id"))), known, with_value=False)
    assert as_one.measures["orders/customers"] == 2_357 - 99
    assert round(as_one.measures["orders/foretold"]) == 1_653
    assert set(as_one.deciles) == {"orders"}


def test_without_a_model_of_values_orders_are_foretold_alone(known, model):
    orders_only = fit_values(order_groups(known, 5_000)[0][DAY], spend_groups(known, 5_000)[DAY], SETTINGS, currencies=2)
    assert "several currencies" in orders_only.spend_refusal
    row = to_values(known.limit(1), orders_only, days=30, share=0.8).collect()[0]
    assert (row.expected_value, row.low, row.high, row.order_value) == (None, None, None, None)
    assert row.expected_orders > 0
