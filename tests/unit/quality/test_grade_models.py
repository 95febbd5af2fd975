"""Measures of segments and scores agree with their plain definitions."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from crosschannel.quality.grade_models import adjusted_rand, auc, expected_calibration_error
from tests.support import oracles


@pytest.mark.parametrize("seed", range(10))
def test_auc_over_bins_is_the_share_of_right_orders(seed: int) -> None:
    random = np.random.default_rng(seed)
    scored = [(round(float(s), 1), int(random.random() < s)) for s in random.random(200)]
    bins = [(s, n, sum(y for t, y in scored if t == s)) for s, n in Counter(s for s, _ in scored).items()]
    assert auc(bins) == pytest.approx(oracles.auc(scored), abs=1e-12)


def test_auc_without_both_outcomes_is_a_coin() -> None:
    assert auc([(0.2, 5, 0)]) == 0.5


@pytest.mark.parametrize("seed", range(10))
def test_the_rand_index_over_a_table_is_the_one_over_pairs(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 4, 80).tolist()
    labels = [t if random.random() < 0.7 else int(random.integers(0, 5)) for t in truth]
    assert adjusted_rand(Counter(zip(labels, truth, strict=True))) == pytest.approx(oracles.adjusted_rand(labels, truth), abs=1e-12)


def test_renamed_segments_are_a_perfect_match() -> None:
    assert adjusted_rand({("a", "x"): 30, ("b", "y"): 12}) == 1.0


def test_a_calibrated_score_has_no_error_and_a_shifted_one_has_its_shift() -> None:
    bins = [(k / 10, 100, 10 * k) for k in range(1, 10)]
    assert expected_calibration_error(bins) == pytest.approx(0.0, abs=1e-12)
    assert expected_calibration_error([(s - 0.05, n, h) for s, n, h in bins]) == pytest.approx(0.05)


def test_bins_of_equal_size_do_not_let_errors_cancel_within_the_whole() -> None:
    assert expected_calibration_error([(0.2, 100, 40), (0.8, 100, 60)]) == pytest.approx(0.2)
