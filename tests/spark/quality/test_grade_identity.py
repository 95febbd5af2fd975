"""Identity grades agree with measures counted pair by pair."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.silver import IdentityMap
from crosschannel.contracts.truth import TrueIdentifiers
from crosschannel.quality.grade_identity import identity_grades, pairwise_grades, to_customer_persons, to_matched
from tests.support import oracles
from tests.support.rows import assert_rows, row, rows

TRUTH = f"{IdentityMap.node_key} bigint, {TrueIdentifiers.person_id} string, {TrueIdentifiers.evidence_group} string"


def given(spark: SparkSession, customer: dict[int, str]) -> DataFrame:
    return rows(spark, IdentityMap, *[row(node_key=key, customer_id=name) for key, name in customer.items()])


@pytest.mark.parametrize("seed", range(2))
def test_random_groupings_get_the_measures_of_the_plain_oracles(spark: SparkSession, seed: int) -> None:
    random = np.random.default_rng(seed)
    person = {key: f"p{random.integers(0, 12)}" for key in range(60)}
    customer = {key: p if random.random() < 0.8 else f"x{random.integers(0, 5)}" for key, p in person.items()}
    truth = spark.createDataFrame([(key, p, p) for key, p in person.items()], TRUTH)
    identity_map = given(spark, customer)
    grades = identity_grades(truth.transform(to_matched, identity_map), identity_map)
    pairwise, b_cubed = oracles.pairwise(customer, person), oracles.b_cubed(customer, person)
    assert [grades[f"pairwise_{m}"] for m in ("precision", "recall", "f1")] == pytest.approx(pairwise, abs=1e-12)
    assert list(pairwise_grades(truth.transform(to_matched, identity_map)).values()) == pytest.approx(pairwise, abs=1e-12)
    assert [grades[f"bcubed_{m}"] for m in ("precision", "recall", "f1")] == pytest.approx(b_cubed, abs=1e-12)
    mixed = [len({person[k] for k in customer if customer[k] == c}) > 1 for c in set(customer.values())]
    assert grades["over_merge_rate"] == pytest.approx(sum(mixed) / len(mixed))


def test_recall_is_over_pairs_the_logs_connect_and_recall_all_over_every_pair(spark: SparkSession) -> None:
    truth = spark.createDataFrame([(1, "p", "G1"), (2, "p", "G1"), (3, "p", "G2")], TRUTH)
    identity_map = given(spark, {1: "a", 2: "a", 3: "b"})
    grades = identity_grades(truth.transform(to_matched, identity_map), identity_map)
    assert (grades["pairwise_recall"], grades["pairwise_recall_all"]) == (1.0, pytest.approx(1 / 3))


def test_identifiers_of_nobody_or_several_are_left_out_and_unseen_ones_cost_recall(spark: SparkSession) -> None:
    truth = spark.createDataFrame([(1, "p", "G"), (2, "p", "G"), (3, "p", "G"), (4, None, "S")], TRUTH)
    identity_map = given(spark, {1: "a", 2: "a", 4: "a"})
    grades = identity_grades(truth.transform(to_matched, identity_map), identity_map)
    assert (grades["identifiers_graded"], grades["identifiers_unseen"]) == (3, 1)
    assert (grades["pairwise_precision"], grades["pairwise_recall"]) == (1.0, pytest.approx(1 / 3))


def test_a_customers_person_is_the_one_with_most_identifiers_and_the_smallest_id_wins_a_tie(spark: SparkSession) -> None:
    truth = spark.createDataFrame([(1, "p", "G"), (2, "q", "G"), (3, "q", "G"), (4, "s", "G"), (5, "r", "G")], TRUTH)
    matched = truth.transform(to_matched, given(spark, {1: "a", 2: "a", 3: "a", 4: "b", 5: "b"}))
    assert_rows(matched.transform(to_customer_persons), row(customer_id="a", person_id="q"), row(customer_id="b", person_id="r"))
