"""A single feature's area under the curve, against pairs counted one by one; and what raises the alarm."""

import itertools
import random

import numpy as np
import pyarrow as pa
import pytest

from crosschannel.features.leaks import auc_of, judged_features, single_auc
from crosschannel.settings.labels import LabelAuditRules

PICK = random.Random(4)
OUTCOME = np.array([PICK.random() < 0.3 for _ in range(200)])
RULES = LabelAuditRules(min_outcomes=20)


def column(values) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values)])


def test_the_area_is_the_share_of_pairs_in_order_and_ties_count_half() -> None:
    values = np.array([PICK.randrange(6) for _ in OUTCOME], dtype=float)
    pairs = list(itertools.product(values[OUTCOME], values[~OUTCOME]))
    assert auc_of(values, OUTCOME) == pytest.approx(sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs))


def test_one_outcome_alone_tells_nothing() -> None:
    assert auc_of(np.arange(5.0), np.ones(5, dtype=bool)) == 0.5


def test_direction_does_not_matter_and_what_is_missing_may_tell() -> None:
    assert single_auc(column([-1.0 if met else 0.0 for met in OUTCOME]), OUTCOME) == 1.0
    assert single_auc(column([None if met else float(n) for n, met in enumerate(OUTCOME)]), OUTCOME) == 1.0


def test_a_text_tells_by_its_levels_but_not_by_levels_of_one_customer_each() -> None:
    assert single_auc(column(["yes" if met else None for met in OUTCOME]), OUTCOME) > 0.99
    assert single_auc(column([f"name {n}" for n in range(len(OUTCOME))]), OUTCOME) < 0.6


def test_a_planted_leak_is_an_alarm_and_noise_is_not() -> None:
    noise = [PICK.random() for _ in OUTCOME]
    leak = [float(met) + PICK.random() * 0.1 for met in OUTCOME]
    found = {one.feature: one for one in judged_features(pa.table({"noise": noise, "next_week": leak}), OUTCOME, RULES)}
    assert (found["next_week"].auc, found["next_week"].is_alarm) == (1.0, True)
    assert found["noise"].auc < 0.65
    assert not found["noise"].is_alarm
    assert found["noise"].positives == int(OUTCOME.sum())


@pytest.mark.parametrize("rules", [LabelAuditRules(min_outcomes=101), LabelAuditRules(min_outcomes=20, trusted=("next_week",))])
def test_too_few_outcomes_prove_nothing_and_a_trusted_feature_may_tell(rules: LabelAuditRules) -> None:
    (one,) = judged_features(pa.table({"next_week": OUTCOME.astype(float)}), OUTCOME, rules)
    assert one.auc == 1.0
    assert not one.is_alarm
