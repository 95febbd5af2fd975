"""How good a score is, from counts of margins and outcomes: ranking, probabilities, lift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from crosschannel.models.histogram import Histogram
from crosschannel.models.sample import Matrix

DIGITS = 6
CALIBRATION_BINS = 15
MIN_SLOPE = 1e-3  # a calibration that turned the ranking round would be worse than none


class Platt(NamedTuple):
    """Probability = 1 / (1 + exp(-(slope * margin + offset))). Platt (1999)."""

    slope: float
    offset: float

    def probabilities(self, margins: Matrix) -> Matrix:
        """Return calibrated probabilities."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.slope * margins + self.offset))))


@dataclass(frozen=True)
class Bin:
    """Neighbouring rows of a ranking: how many, what was expected, what happened."""

    rows: float
    expected: float
    observed: float


def fitted_platt(counts: Histogram) -> Platt:
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
    return Platt(slope, round(float(weights[1]) if is_free else _offset(counts, float(target.sum()), slope), DIGITS))


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
        is_below = float((counts.rows * Platt(slope, middle).probabilities(counts.margins)).sum()) < expected
        low, high = (middle, high) if is_below else (low, middle)
    return (low + high) / 2


def measured(counts: Histogram, platt: Platt) -> dict[str, float]:
    """Return every measure by name; empty if only one outcome occurs."""
    if not counts.is_two_sided:
        return {}
    p = np.clip(platt.probabilities(counts.margins), 1e-9, 1 - 1e-9)
    rows, positives = counts.rows.sum(), counts.positives.sum()
    values = {
        "rows": rows,
        "positive_rate": positives / rows,
        "auc": auc(counts),
        "pr_auc": average_precision(counts),
        "log_loss": -(counts.positives * np.log(p) + counts.negatives * np.log(1 - p)).sum() / rows,
        "brier": (counts.positives * (1 - p) ** 2 + counts.negatives * p**2).sum() / rows,
        "ece": sum(b.rows * abs(b.expected - b.observed) for b in ranked_bins(counts, platt, CALIBRATION_BINS)) / rows,
    }
    for share in (0.05, 0.1, 0.2):
        caught = _caught(counts, share)
        values |= {f"lift_{share * 100:.0f}": caught / share, f"capture_{share * 100:.0f}": caught}
    return {name: round(float(value), DIGITS) for name, value in values.items()}


def auc(counts: Histogram) -> float:
    """Return the chance that a positive row ranks above a negative one; ties count half."""
    below = np.cumsum(counts.negatives) - counts.negatives
    return float((counts.positives * (below + counts.negatives / 2)).sum() / (counts.positives.sum() * counts.negatives.sum()))


def average_precision(counts: Histogram) -> float:
    """Return the area under precision over recall."""
    true = np.cumsum(counts.positives[::-1])
    precision = true / np.cumsum(counts.rows[::-1])
    return float((counts.positives[::-1] * precision).sum() / counts.positives.sum())


def roc(counts: Histogram) -> tuple[Matrix, Matrix]:
    """Return false-positive and true-positive shares from the highest margin down."""
    false, true = np.cumsum(counts.negatives[::-1]), np.cumsum(counts.positives[::-1])
    return np.concatenate([[0.0], false / false[-1]]), np.concatenate([[0.0], true / true[-1]])


def ranked_bins(counts: Histogram, platt: Platt, bins: int) -> list[Bin]:
    """Return bins of about equally many rows, lowest margins first; rows of one margin stay together."""
    p = platt.probabilities(counts.margins)
    middle = np.cumsum(counts.rows) - counts.rows / 2
    place = np.minimum((middle / counts.rows.sum() * bins).astype(int), bins - 1)
    found = []
    for b in np.unique(place):
        mine = place == b
        rows = counts.rows[mine].sum()
        found.append(Bin(float(rows), float((p * counts.rows)[mine].sum() / rows), float(counts.positives[mine].sum() / rows)))
    return found


def _caught(counts: Histogram, share: float) -> float:
    """Return the share of positives among the top rows; the margin at the cut counts in part."""
    wanted = share * counts.rows.sum()
    rows, positives = counts.rows[::-1], counts.positives[::-1]
    before = np.cumsum(rows) - rows
    part = np.clip((wanted - before) / rows, 0.0, 1.0)
    return float((positives * part).sum() / counts.positives.sum())
