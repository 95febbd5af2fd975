"""How well a single feature tells an outcome; one that tells it too well knows what came after.

Pure NumPy over a bounded sample. A missing value stands below all others or above them, whichever
tells more; a level of a text feature counts as the share of outcomes it had among the other half of
the customers, so that rare levels tell nothing by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from crosschannel.settings.labels import LabelAuditRules

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
DIGITS = 6


@dataclass(frozen=True)
class Leak:
    """What one feature told of one outcome in a sample."""

    feature: str
    auc: float
    sampled: int
    positives: int
    is_alarm: bool


def judged_features(sample: pa.Table, outcome: Flags, rules: LabelAuditRules) -> list[Leak]:
    """Return every feature of a sample, by name.

    Parameters
    ----------
    sample
        One column per feature, numbers or text, rows in a fixed order.
    outcome
        Whether it happened, row by row.
    """
    positives = int(outcome.sum())
    is_proof = min(positives, len(outcome) - positives) >= rules.min_outcomes
    found = []
    for name in sorted(sample.column_names):
        auc = round(single_auc(sample.column(name), outcome), DIGITS)
        is_alarm = is_proof and auc > rules.max_feature_auc and name not in rules.trusted
        found.append(Leak(name, auc, len(outcome), positives, is_alarm))
    return found


def single_auc(values: pa.ChunkedArray, outcome: Flags) -> float:
    """Return the area under the ROC curve of a feature, in its better direction; 0.5 if only one outcome occurs."""
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return _better(auc_of(_shares_of_others(values.to_pylist(), outcome), outcome))
    numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    missing = np.isnan(numbers)
    sides = [np.where(missing, side, numbers) for side in (-np.inf, np.inf)] if missing.any() else [numbers]
    return max(_better(auc_of(side, outcome)) for side in sides)


def auc_of(values: Numbers, outcome: Flags) -> float:
    """Return the share of pairs of opposite outcomes that the values put in order; ties count half."""
    positives = int(outcome.sum())
    negatives = len(outcome) - positives
    if not positives or not negatives:
        return 0.5
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2.0
    return float((ranks[place][outcome].sum() - positives * (positives + 1) / 2.0) / (positives * negatives))


def _better(auc: float) -> float:
    return max(auc, 1.0 - auc)


def _shares_of_others(levels: Sequence[str | None], outcome: Flags) -> Numbers:
    """Return, per row, the share of outcomes among the rows of the other half with the same level."""
    names, place = np.unique([f"={level}" if level is not None else "" for level in levels], return_inverse=True)
    half = np.arange(len(outcome)) % 2
    shares = np.empty(len(outcome))
    for own in (0, 1):
        other = half != own
        rows = np.bincount(place[other], minlength=len(names))
        hits = np.bincount(place[other], weights=outcome[other].astype(np.float64), minlength=len(names))
        usual = float(outcome[other].mean()) if other.any() else 0.0
        shares[half == own] = ((hits + usual) / (rows + 1.0))[place[half == own]]
    return shares
