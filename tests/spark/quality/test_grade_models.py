"""Published segments and scores are graded over customers whose person is known."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.serving import PublishedScores, PublishedSegments
from crosschannel.contracts.truth import MatchedIdentifiers, TruePeople, TruePropensities
from crosschannel.quality.grade_models import score_grades, segment_grades
from tests.support.rows import row, rows

PERSONS = f"{MatchedIdentifiers.customer_id} string, {MatchedIdentifiers.person_id} string"


def persons(spark: SparkSession, names: str) -> DataFrame:
    return spark.createDataFrame([(f"c_{n}", n) for n in names], PERSONS)


def test_segments_named_otherwise_match_fully_and_unknown_customers_are_left_out(spark: SparkSession) -> None:
    published = rows(spark, PublishedSegments, *[row(customer_id=f"c_{n}", segment_id="s1" if n in "ab" else "s2") for n in "abcdz"])
    people = spark.createDataFrame([(n, "x" if n in "ab" else "y") for n in "abcd"], f"{TruePeople.person_id} string, {TruePeople.segment} string")
    assert segment_grades(published, persons(spark, "abcd"), people) == {"ari": 1.0, "k": 2.0, "true_k": 2.0, "customers": 4.0}


def test_a_score_is_graded_beside_the_true_propensity_on_the_same_customers(spark: SparkSession) -> None:
    ours = {"a": 0.9, "b": 0.2, "c": 0.6, "d": 0.1}
    published = rows(spark, PublishedScores, *[row(customer_id=f"c_{n}", probability=p) for n, p in ours.items()])
    truth = spark.createDataFrame(
        [("a", 0.8, 1), ("b", 0.7, 1), ("c", 0.3, 0), ("d", 0.1, 0), ("e", 0.9, 0)],
        f"{TruePropensities.person_id} string, {TruePropensities.propensity} double, {TruePropensities.outcome} int",
    )
    grades = score_grades(published, persons(spark, "abcd"), truth)
    assert (grades["auc"], grades["best_auc"], grades["customers"], grades["base_rate"]) == (0.75, 1.0, 4.0, 0.5)
    assert grades["ece"] == pytest.approx((0.1 + 0.8 + 0.6 + 0.1) / 4)
    assert grades["best_ece"] == pytest.approx((0.2 + 0.3 + 0.3 + 0.1) / 4)
    assert grades["true_gap"] == pytest.approx((0.1 + 0.5 + 0.3 + 0.0) / 4)
