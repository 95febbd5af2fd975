import numpy as np
import pytest

from crosschannel.models.bootstrap import _draws, auc_interval, aucs, differences
from crosschannel.models.paired import Pairs
from tests.support.judging import planted_pairs


def test_the_auc_of_counts_is_the_share_of_pairs_in_right_order():
    scores, outcomes = np.array([0.1, 0.4, 0.4, 0.8, 0.9]), np.array([0, 0, 1, 1, 0])
    better = [(s > t) + (s == t) / 2 for s, y in zip(scores, outcomes, strict=True) if y for t, z in zip(scores, outcomes, strict=True) if not z]
    assert aucs(scores, outcomes, np.ones((1, 5)))[0] == np.mean(better)


def test_weights_count_customers():
    scores, outcomes = np.array([0.1, 0.4, 0.8]), np.array([0, 1, 0])
    spread = np.repeat([0, 1, 2], [3, 2, 5])
    assert aucs(scores, outcomes, np.array([[3.0, 2.0, 5.0]]))[0] == aucs(scores[spread], outcomes[spread], np.ones((1, 10)))[0]


def test_a_single_outcome_ranks_nobody():
    assert aucs(np.array([0.1, 0.2]), np.array([1, 1]), np.ones((1, 2)))[0] == 0.5


def test_two_equal_models_differ_by_nothing_in_every_draw():
    pairs = planted_pairs(500, 0.5, 0.5, 1)
    same = Pairs(pairs.ours, pairs.ours, pairs.outcomes, pairs.rows)
    assert {(d.value, d.low, d.high) for d in differences(same, draws=200, seed=7).values()} == {(0.0, 0.0, 0.0)}


@pytest.mark.simulation
def test_the_interval_of_the_log_loss_has_the_width_its_standard_error_says():
    pairs = planted_pairs(4_000, 0.3, 1.0, 3)
    gap = differences(pairs, draws=1_000, seed=7)["log_loss"]
    losses = np.logaddexp(0, pairs.ours) - pairs.outcomes * pairs.ours - np.logaddexp(0, pairs.theirs) + pairs.outcomes * pairs.theirs
    mean = (pairs.rows * losses).sum() / pairs.rows.sum()
    error = np.sqrt((pairs.rows * (losses - mean) ** 2).sum()) / pairs.rows.sum()
    assert abs(gap.value - mean) < 1e-6
    assert 0.9 < (gap.high - gap.low) / (2 * 1.96 * error) < 1.1


@pytest.mark.simulation
def test_the_interval_of_a_difference_covers_the_truth_in_about_95_of_100_cases():
    truth = differences(planted_pairs(400_000, 0.6, 0.9, 0), draws=200, seed=0)["auc"].value
    found = [differences(planted_pairs(800, 0.6, 0.9, seed), draws=200, seed=seed)["auc"] for seed in range(1, 101)]
    assert 89 <= sum(gap.low <= truth <= gap.high for gap in found) <= 100


def test_the_same_seed_draws_the_same_whatever_fits_into_memory(monkeypatch):
    pairs = planted_pairs(300, 0.5, 0.9, 1)
    whole = np.concatenate(list(_draws(pairs.rows, 250, 7)))
    monkeypatch.setattr("crosschannel.models.bootstrap.CELLS_AT_ONCE", 40 * len(pairs.rows))
    assert (np.concatenate(list(_draws(pairs.rows, 250, 7))) == whole).all()
    assert auc_interval(pairs, draws=250, seed=7).low < auc_interval(pairs, draws=250, seed=7).high
