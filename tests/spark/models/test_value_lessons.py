"""Lessons of the trees on customer value, and how much better they foretell."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession, functions as F

from crosschannel.models.order_model import OrderModel
from crosschannel.models.value_judgement import LIVING
from crosschannel.models.value_lessons import counts_of, deviance_gap, fitted_boost, to_lessons, with_outcome
from crosschannel.models.value_model import PLAIN_ORDERS
from crosschannel.settings.values import BoostSettings
from tests.support.histories import histories

MODEL = OrderModel(0.8, 40.0, 0.8, 4.0)
THEN, NOW = dt.date(2026, 3, 1), dt.date(2026, 4, 1)
SETTINGS = BoostSettings(max_rounds=10, learning_rate=0.5, min_child_weight=1.0)


def told(spark: SparkSession, day: dt.date, late: list[int]) -> DataFrame:
    figures = [(3 + n % 4, 60, 90, 5_000, orders, 100 * orders) for n, orders in enumerate(late)]
    return histories(spark, day, figures).withColumn(LIVING, F.col("customer_id"))


@pytest.fixture(scope="module")
def lessons(spark: SparkSession) -> DataFrame:
    before = [n % 3 for n in range(400)]
    then = told(spark, THEN, before).transform(to_lessons, MODEL, days=30).withColumn(LIVING, F.col("customer_id"))
    return then.transform(with_outcome, told(spark, NOW, [2 * n for n in before])).cache()


def test_lessons_start_from_what_is_expected_and_end_with_what_came(lessons):
    rows = {r.customer_id: r for r in lessons.collect()}
    assert len(rows) == 400
    assert pytest.approx(np.log(rows["c00002"].expected_orders), abs=1e-5) == rows["c00002"].BASE
    assert (rows["c00002"].recent, rows["c00002"].CAME) == (2.0, 4.0)
    assert counts_of(lessons) == (400, 266)


def test_who_became_one_since_teaches_nothing_and_who_never_came_again_teaches_zero(spark):
    then = told(spark, THEN, [1, 1, 1]).transform(to_lessons, MODEL, days=30)
    living = then.withColumn(LIVING, F.when(F.col("customer_id") == "c00002", F.lit("c00001")).otherwise(F.col("customer_id")))
    known = living.transform(with_outcome, told(spark, NOW, [5, 7]).where(F.col(LIVING) == "c00001"))
    assert [(r.customer_id, r.CAME) for r in known.collect()] == [("c00000", 0.0)]


@pytest.mark.long
def test_the_same_lessons_in_other_partitions_give_the_same_bytes(lessons):
    first = fitted_boost(lessons, SETTINGS, (400, 266), days=30, seed=7)
    again = fitted_boost(lessons.repartition(5, "BASE"), SETTINGS, (400, 266), days=30, seed=7)
    assert again.content == first.content
    assert next(iter(first.gains)) in {"recent", "recent_share", "recent_value"}


def test_the_gap_is_the_difference_of_poisson_deviances_whoever_has_become_one(spark):
    came = told(spark, NOW, [0, 3, 1])
    rows = [("c00000", 0.2, 0.5), ("c00001", 2.0, 1.0), ("c00002", 0.5, 0.5), ("c00002", 0.7, 0.3)]
    foretold = spark.createDataFrame(rows, f"{LIVING} string, expected_orders double, {PLAIN_ORDERS} double")
    ours, plain, y = np.array([0.2, 2.0, 1.2]), np.array([0.5, 1.0, 0.8]), np.array([0, 3, 1])
    gaps = 2 * (ours - plain - y * np.log(ours / plain))
    found = deviance_gap(foretold, came)
    assert found.value == pytest.approx(gaps.mean(), abs=1e-5)
    assert found.high - found.value == pytest.approx(1.96 * gaps.std() / np.sqrt(3), abs=1e-4)
