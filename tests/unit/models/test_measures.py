import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from crosschannel.models.histogram import Histogram
from crosschannel.models.measures import Platt, fitted_platt, measured, ranked_bins, roc

DRAW = np.random.default_rng(5)
MARGINS = np.round(DRAW.normal(-1.0, 1.5, 4_000), 1)
TRUE = 1 / (1 + np.exp(-(0.7 * MARGINS + 0.4)))
OUTCOMES = (DRAW.random(4_000) < TRUE).astype(int)


def counted(margins: np.ndarray, outcomes: np.ndarray) -> Histogram:
    distinct = np.unique(margins)
    positives = np.array([outcomes[margins == m].sum() for m in distinct], dtype=float)
    rows = np.array([(margins == m).sum() for m in distinct], dtype=float)
    return Histogram(distinct, positives, rows - positives)


def test_measures_from_counts_equal_measures_from_rows():
    platt = Platt(0.7, 0.4)
    ours, p = measured(counted(MARGINS, OUTCOMES), platt), platt.probabilities(MARGINS)
    assert ours["auc"] == pytest.approx(roc_auc_score(OUTCOMES, p), abs=1e-6)
    assert ours["pr_auc"] == pytest.approx(average_precision_score(OUTCOMES, p), abs=1e-6)
    assert ours["log_loss"] == pytest.approx(log_loss(OUTCOMES, p), abs=1e-6)
    assert ours["brier"] == pytest.approx(brier_score_loss(OUTCOMES, p), abs=1e-6)


def test_calibration_finds_the_slope_and_offset_the_outcomes_were_drawn_with():
    platt = fitted_platt(counted(MARGINS, OUTCOMES))
    assert platt.slope == pytest.approx(0.7, abs=0.08)
    assert platt.offset == pytest.approx(0.4, abs=0.12)
    assert measured(counted(MARGINS, OUTCOMES), platt)["ece"] < 0.02


def test_calibration_makes_probabilities_add_up_to_the_outcomes():
    counts = counted(MARGINS, OUTCOMES)
    expected = (fitted_platt(counts).probabilities(counts.margins) * counts.rows).sum()
    assert expected == pytest.approx(OUTCOMES.sum(), rel=0.01)


def test_calibration_never_turns_a_ranking_round():
    assert fitted_platt(counted(MARGINS, 1 - OUTCOMES)).slope > 0


def test_a_perfect_ranking_lifts_as_far_as_the_rate_allows():
    margins, outcomes = np.arange(100.0), np.r_[np.zeros(80), np.ones(20)].astype(int)
    values = measured(counted(margins, outcomes), Platt(1.0, -80.0))
    assert (values["auc"], values["lift_10"], values["capture_10"], values["capture_20"]) == (1.0, 5.0, 0.5, 1.0)


def test_the_cut_of_a_lift_takes_part_of_tied_rows():
    values = measured(counted(np.zeros(100), np.r_[np.ones(30), np.zeros(70)].astype(int)), Platt(1.0, 0.0))
    assert (values["auc"], values["lift_10"]) == (0.5, 1.0)


def test_one_outcome_alone_cannot_be_measured():
    assert measured(counted(MARGINS, np.zeros(4_000, dtype=int)), Platt(1.0, 0.0)) == {}


def test_bins_hold_all_rows_and_curves_end_at_one():
    counts = counted(MARGINS, OUTCOMES)
    assert sum(b.rows for b in ranked_bins(counts, Platt(1.0, 0.0), 10)) == 4_000
    assert [float(curve[-1]) for curve in roc(counts)] == [1.0, 1.0]


def test_margins_that_are_all_alike_or_the_wrong_way_round_still_give_the_true_rate():
    alike = Histogram(np.array([-1.7]), np.array([200.0]), np.array([800.0]))
    reverse = Histogram(np.array([-2.0, 0.0, 2.0]), np.array([90.0, 60.0, 30.0]), np.array([10.0, 40.0, 70.0]))
    for counts, rate in ((alike, 0.2), (reverse, 0.6)):
        platt = fitted_platt(counts)
        assert platt.slope > 0
        assert (platt.probabilities(counts.margins) * counts.rows).sum() / counts.rows.sum() == pytest.approx(rate, abs=0.005)
