"""How far two distributions lie apart, and how far they would by chance alone."""

from __future__ import annotations

import numpy as np

from crosschannel.models.calibration import Calibration
from crosschannel.models.histogram import Histogram
from crosschannel.models.measures import CALIBRATION_BINS, ranked_bins
from crosschannel.models.sample import Matrix

SMOOTHING = 0.5
DIGITS = 6
CONFIDENCE = 0.95
BEYOND_CHANCE = 3.29  # standard errors that chance exceeds in one case of a thousand
ECE_DRAWS = 1_000


def psi(before: Matrix, now: Matrix) -> float:
    """Return the population stability index of counts in the same bins, each smoothed by half a row.

    Examples
    --------
    >>> psi(np.array([50.0, 50.0]), np.array([50.0, 50.0]))
    0.0
    """
    old, new = ((counts + SMOOTHING) / (counts + SMOOTHING).sum() for counts in (before, now))
    return round(float(((new - old) * np.log(new / old)).sum()), DIGITS)


def chance_psi(before: Matrix, now: Matrix) -> float:
    """Return the index that two samples of one population exceed in one case of twenty.

    The index of two samples is distributed as ``(1/n + 1/m)`` times chi-squared with one degree of
    freedom less than there are bins in use. Yurdakul (2018), Statistical properties of PSI.
    """
    from scipy.stats import chi2

    n, m = before.sum(), now.sum()
    used = int(((before + now) > 0).sum())
    if not n or not m or used < 2:
        return 0.0
    return round(float((1 / n + 1 / m) * chi2.ppf(CONFIDENCE, used - 1)), DIGITS)


def auc_error(auc: float, positives: float, negatives: float) -> float:
    """Return the standard error of an AUC. Hanley and McNeil (1982)."""
    both, lone = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (positives - 1) * (both - auc**2) + (negatives - 1) * (lone - auc**2)
    return float(np.sqrt(max(variance, 0.0) / max(positives * negatives, 1.0)))


def mean_probability(counts: Histogram, calibration: Calibration) -> float:
    """Return what was foretold on average."""
    return float((calibration.probabilities(counts.margins) * counts.rows).sum() / counts.rows.sum())


def rate_error(counts: Histogram, calibration: Calibration) -> float:
    """Return the standard error of the outcome rate if every probability were true."""
    p = calibration.probabilities(counts.margins)
    return float(np.sqrt((p * (1 - p) * counts.rows).sum()) / counts.rows.sum())


def chance_ece(counts: Histogram, calibration: Calibration, *, seed: int) -> float:
    """Return the calibration error that true probabilities exceed in one case of a thousand, on as many rows."""
    bins = ranked_bins(counts, calibration, CALIBRATION_BINS)
    rows, expected = np.array([b.rows for b in bins]), np.array([b.expected for b in bins])
    hits = np.random.default_rng(seed).binomial(rows.astype(np.int64), np.clip(expected, 0, 1), (ECE_DRAWS, len(bins)))
    errors = np.abs(hits - rows * expected).sum(axis=1) / rows.sum()
    return round(float(np.quantile(errors, 0.999)), DIGITS)
