"""How far two distributions lie apart, and how far they would by chance alone."""

from __future__ import annotations

import numpy as np

from crosschannel.models.sample import Matrix

SMOOTHING = 0.5
DIGITS = 6
CONFIDENCE = 0.95


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
