import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from crosschannel.models.calibration import Calibration
from crosschannel.models.measures import measured, ranked_bins, roc
from tests.support.margins import counted

DRAW = np.random.default_rng(5)
MARGINS = np.round(DRAW.normal(-1.0, 1.5, 4_000), 1)
OUTCOMES = (DRAW.random(4_000) < 1 / (1 + np.exp(-(0.7 * MARGINS + 0.4)))).astype(int)


def test_measures_from_counts_equal_measures_from_rows():
    calibration = Calibration(0.7, 0.4)
    ours, p = measured(counted(MARGINS, OUTCOMES), calibration), calibration.probabilities(MARGINS)
    assert ours["auc"] == pytest.approx(roc_auc_score(OUTCOMES, p), abs=1e-6)
    assert ours["pr_auc"] == pytest.approx(average_precision_score(OUTCOMES, p), abs=1e-6)
    assert ours["log_loss"] == pytest.approx(log_loss(OUTCOMES, p), abs=1e-6)
    assert ours["brier"] == pytest.approx(brier_score_loss(OUTCOMES, p), abs=1e-6)


def test_a_perfect_ranking_lifts_as_far_as_the_rate_allows():
    margins, outcomes = np.arange(100.0), np.r_[np.zeros(80), np.ones(20)].astype(int)
    values = measured(counted(margins, outcomes), Calibration(1.0, -80.0))
    assert (values["auc"], values["lift_10"], values["capture_10"], values["capture_20"]) == (1.0, 5.0, 0.5, 1.0)


def test_the_cut_of_a_lift_takes_part_of_tied_rows():
    values = measured(counted(np.zeros(100), np.r_[np.ones(30), np.zeros(70)].astype(int)), Calibration(1.0, 0.0))
    assert (values["auc"], values["lift_10"]) == (0.5, 1.0)


def test_one_outcome_alone_cannot_be_measured():
    assert measured(counted(MARGINS, np.zeros(4_000, dtype=int)), Calibration(1.0, 0.0)) == {}


def test_bins_hold_all_rows_and_curves_end_at_one():
    counts = counted(MARGINS, OUTCOMES)
    assert sum(b.rows for b in ranked_bins(counts, Calibration(1.0, 0.0), 10)) == 4_000
    assert [float(curve[-1]) for curve in roc(counts)] == [1.0, 1.0]
