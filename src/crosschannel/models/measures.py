"""How good a score is, from counts of margins and outcomes: ranking, probabilities, lift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crosschannel.models.calibration import Calibration
from crosschannel.models.histogram import Histogram
from crosschannel.models.sample import Matrix

DIGITS = 6
CALIBRATION_BINS = 15


@dataclass(frozen=True)
class Bin:
    """Neighbouring rows of a ranking: how many, what was expected, what happened."""

    rows: float
    expected: float
    observed: float


def measured(counts: Histogram, calibration: Calibration) -> dict[str, float]:
    """Return every measure by name; empty if only one outcome occurs."""
    if not counts.is_two_sided:
        return {}
    p = np.clip(calibration.probabilities(counts.margins), 1e-9, 1 - 1e-9)
    rows, positives = counts.rows.sum(), counts.positives.sum()
    values = {
        "rows": rows,
        "positive_rate": positives / rows,
        "auc": auc(counts),
        "pr_auc": average_precision(counts),
        "log_loss": -(counts.positives * np.log(p) + counts.negatives * np.log(1 - p)).sum() / rows,
        "brier": (counts.positives * (1 - p) ** 2 + counts.negatives * p**2).sum() / rows,
        "ece": sum(b.rows * abs(b.expected - b.observed) for b in ranked_bins(counts, calibration, CALIBRATION_BINS)) / rows,
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


def ranked_bins(counts: Histogram, calibration: Calibration, bins: int) -> list[Bin]:
    """Return bins of about equally many rows, lowest margins first; rows of one margin stay together."""
    p = calibration.probabilities(counts.margins)
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
