"""Make probabilities of margins: a logistic curve, bent where enough outcomes say so.

The curve is Platt's (1999). Where groups of customers with neighbouring margins turn out otherwise than it foretells,
by more than luck explains, it is drawn towards what they did; how far is for the groups together to say (empirical
Bayes, DerSimonian and Laird 1986). So a few hundred rows leave the curve as it is, and many thousands bend it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from crosschannel.models.histogram import Histogram, pooled
from crosschannel.models.sample import Matrix

DIGITS = 6
MIN_SLOPE = 1e-3  # a calibration that turned the ranking round would be worse than none
GROUPS, GROUP_ROWS = 30, 100  # at most so many groups, of at least so many rows
MIN_RISE = 0.05  # of the bent curve beside the straight one, so that no two customers who rank apart become alike
MAX_GAP = 2.0  # log-odds


class Calibration(NamedTuple):
    """Log-odds = slope * margin + offset, then moved as ``bends`` say; probability = 1 / (1 + exp(-log-odds)).

    ``bends`` are log-odds before and after, both rising; between two of them the line is straight, beyond them parallel.
    """

    slope: float
    offset: float
    bends: tuple[tuple[float, float], ...] = ()

    def log_odds(self, margins: Matrix) -> Matrix:
        """Return calibrated log-odds."""
        straight = np.asarray(self.slope * margins + self.offset)
        if not self.bends:
            return straight
        before, after = np.array(self.bends).T
        beyond = straight - np.clip(straight, before[0], before[-1])
        return np.asarray(np.interp(straight, before, after) + beyond)

    def probabilities(self, margins: Matrix) -> Matrix:
        """Return calibrated probabilities."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.log_odds(margins))))

    def as_dict(self) -> dict[str, Any]:
        """Return plain values; without bends, those models had before there were any."""
        straight = {"slope": self.slope, "offset": self.offset}
        return {**straight, "bends": [list(bend) for bend in self.bends]} if self.bends else straight

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> Calibration:
        """Read what :meth:`as_dict` gave."""
        return Calibration(plain["slope"], plain["offset"], tuple((before, after) for before, after in plain.get("bends", ())))


def fitted_calibration(parts: Sequence[Histogram], *, overlap: float = 1.0) -> Calibration:
    """Fit the curve to all parts, bend it, and move it to the level of the last part as far as levels differ beyond luck.

    Parameters
    ----------
    parts
        Counts of the calibrating rows by date, latest last.
    overlap
        How many rows tell as much as one of a customer of their own: above 1 where dates share days of their horizons.
    """
    counts = pooled(parts)
    curve = _platt(counts)
    curve = curve._replace(bends=_bends(counts, curve, overlap))
    shift = _shrunk(*np.array([_gap(part, curve.probabilities(part.margins), overlap) for part in parts]).T)[-1]
    if shift == 0.0:
        return curve
    if not curve.bends:
        return curve._replace(offset=round(curve.offset + shift, DIGITS))
    return curve._replace(bends=tuple((before, round(after + shift, DIGITS)) for before, after in curve.bends))


def _bends(counts: Histogram, curve: Calibration, overlap: float) -> tuple[tuple[float, float], ...]:
    from scipy.optimize import isotonic_regression

    straight, p = curve.log_odds(counts.margins), curve.probabilities(counts.margins)
    rows = counts.rows
    groups = int(min(GROUPS, rows.sum() // GROUP_ROWS))
    if groups < 2:
        return ()
    place = np.minimum(((np.cumsum(rows) - rows / 2) / rows.sum() * groups).astype(int), groups - 1)
    mine = [place == g for g in np.unique(place)]  # rows of one margin stay together
    information = rows * p * (1 - p)
    before = np.array([(straight * information)[m].sum() / information[m].sum() for m in mine])
    gaps, errors = np.array([_gap(counts.only(m), p[m], overlap) for m in mine]).T
    moved = _shrunk(gaps, errors)
    if not moved.any():
        return ()
    rising = isotonic_regression((1 - MIN_RISE) * before + moved, weights=1 / errors).x
    return tuple((round(float(x), DIGITS), round(float(y), DIGITS)) for x, y in zip(before, rising + MIN_RISE * before, strict=True))


def _gap(counts: Histogram, p: Matrix, overlap: float) -> tuple[float, float]:
    """Return by how much log-odds are off for some rows together, and the variance of that."""
    information = float((counts.rows * p * (1 - p)).sum())
    off = float(counts.positives.sum() - (counts.rows * p).sum())
    return float(np.clip(off / information, -MAX_GAP, MAX_GAP)), overlap / information


def _shrunk(gaps: Matrix, errors: Matrix) -> Matrix:
    """Draw gaps towards none, the more the less they differ beyond their errors."""
    weights = 1 / errors
    between = max(0.0, float(((gaps**2 * weights).sum() - len(gaps)) / weights.sum()))
    return np.asarray(gaps * between / (between + errors))


def _platt(counts: Histogram) -> Calibration:
    """Fit slope and offset by Newton's method, with Platt's smoothed targets.

    Where all margins are alike, or a low margin means a likely outcome, only the offset is fitted: the
    mean probability is true, and nobody is ranked the other way round.
    """
    positives, negatives = counts.positives.sum(), counts.negatives.sum()
    high, low = (positives + 1) / (positives + 2), 1 / (negatives + 2)
    design = np.column_stack([counts.margins, np.ones_like(counts.margins)])
    target = counts.positives * high + counts.negatives * low
    start = np.array([1.0, np.log((negatives + 1) / (positives + 1)) * -1.0])
    start[1] -= float((counts.margins * counts.rows).sum() / counts.rows.sum())
    weights = _newton(design, counts.rows, target, start)
    slope = 1.0 if len(counts.margins) == 1 else max(round(float(weights[0]), DIGITS), MIN_SLOPE)
    is_free = len(counts.margins) > 1 and weights[0] >= MIN_SLOPE
    return Calibration(slope, round(float(weights[1]) if is_free else _offset(counts, float(target.sum()), slope), DIGITS))


def _newton(design: Matrix, rows: Matrix, target: Matrix, weights: Matrix) -> Matrix:
    """Minimise the log loss; a step that would raise it is halved until it does not."""

    def loss(at: Matrix) -> float:
        margin = design @ at
        return float((rows * np.logaddexp(0.0, margin) - target * margin).sum())

    for _ in range(100):
        p = 1.0 / (1.0 + np.exp(-(design @ weights)))
        gradient = design.T @ (target - rows * p)
        curvature = (design * (rows * p * (1 - p))[:, None]).T @ design + np.eye(2) * 1e-9
        step = np.linalg.solve(curvature, gradient)
        step *= min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        before = loss(weights)
        while float(np.abs(step).max()) >= 1e-10 and loss(weights + step) > before + 1e-9:
            step /= 2
        weights = weights + step
        if float(np.abs(step).max()) < 1e-10:
            break
    return weights


def _offset(counts: Histogram, expected: float, slope: float) -> float:
    """Return the offset at which the probabilities of a given slope add up to what is expected, by bisection."""
    low, high = (bound - slope * float(m) for bound, m in ((-40.0, counts.margins.max()), (40.0, counts.margins.min())))
    for _ in range(100):
        middle = (low + high) / 2
        is_below = float((counts.rows * Calibration(slope, middle).probabilities(counts.margins)).sum()) < expected
        low, high = (middle, high) if is_below else (low, middle)
    return (low + high) / 2
