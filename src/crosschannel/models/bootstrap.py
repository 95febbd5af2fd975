"""Intervals by drawing customers again: the same draw for both models, so that what they share cancels out.

Efron (1979). A customer enters a draw as often as a Poisson number with mean 1 says, so a cell of n
customers enters Poisson(n) times; that needs the counts of cells only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crosschannel.models.paired import Pairs
from crosschannel.models.sample import Matrix

CELLS_AT_ONCE = 4_000_000
LOW, HIGH = 0.025, 0.975
DIGITS = 6
TENTH = 0.1


@dataclass(frozen=True)
class Interval:
    """A value and the 95 % interval of its draws."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Say it as cards do."""
        return f"{self.value:+.4f} ({self.low:+.4f} to {self.high:+.4f})"


def interval_of(value: float, draws: Matrix) -> Interval:
    """Return a value with the middle 95 % of its draws."""
    low, high = np.quantile(draws, [LOW, HIGH])
    return Interval(*(round(float(v), DIGITS) for v in (value, low, high)))


def differences(pairs: Pairs, *, draws: int, seed: int) -> dict[str, Interval]:
    """Return ours minus theirs: log loss, AUC and lift in the highest tenth."""
    drawn = [_compared(pairs, weights) for weights in _draws(pairs.rows, draws, seed)]
    exact = _compared(pairs, pairs.rows[None, :])
    return {name: interval_of(float(exact[name][0]), np.concatenate([d[name] for d in drawn])) for name in exact}


def auc_interval(pairs: Pairs, *, draws: int, seed: int) -> Interval:
    """Return the AUC of our model alone."""
    drawn = [aucs(pairs.ours, pairs.outcomes, weights) for weights in _draws(pairs.rows, draws, seed)]
    return interval_of(float(aucs(pairs.ours, pairs.outcomes, pairs.rows[None, :])[0]), np.concatenate(drawn))


def aucs(scores: Matrix, outcomes: Matrix, weights: Matrix) -> Matrix:
    """Return one AUC per row of weights (draws x cells); ties count half, 0.5 where one outcome is missing."""
    positives, negatives = _by_score(scores, outcomes, weights)
    below = np.cumsum(negatives, axis=1) - negatives
    both = positives.sum(axis=1) * negatives.sum(axis=1)
    wins = (positives * (below + negatives / 2)).sum(axis=1)
    return np.asarray(np.divide(wins, both, out=np.full(len(weights), 0.5), where=both > 0))


def log_losses(log_odds: Matrix, outcomes: Matrix) -> Matrix:
    """Return the log loss of each cell."""
    return np.asarray(np.logaddexp(0.0, log_odds) - outcomes * log_odds)


def _compared(pairs: Pairs, weights: Matrix) -> dict[str, Matrix]:
    gap = log_losses(pairs.ours, pairs.outcomes) - log_losses(pairs.theirs, pairs.outcomes)
    return {
        "log_loss": (weights * gap).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0),
        "auc": aucs(pairs.ours, pairs.outcomes, weights) - aucs(pairs.theirs, pairs.outcomes, weights),
        "lift_10": _lifts(pairs.ours, pairs.outcomes, weights) - _lifts(pairs.theirs, pairs.outcomes, weights),
    }


def _lifts(scores: Matrix, outcomes: Matrix, weights: Matrix) -> Matrix:
    """Return how many times more often the outcome happens in the highest tenth; the score at the cut counts in part."""
    positives, negatives = (side[:, ::-1] for side in _by_score(scores, outcomes, weights))
    rows = positives + negatives
    wanted = TENTH * rows.sum(axis=1, keepdims=True)
    part = np.clip(np.divide(wanted - (np.cumsum(rows, axis=1) - rows), rows, out=np.zeros_like(rows), where=rows > 0), 0.0, 1.0)
    all_positives = np.maximum(positives.sum(axis=1), 1e-12)
    return np.asarray((positives * part).sum(axis=1) / all_positives / TENTH)


def _by_score(scores: Matrix, outcomes: Matrix, weights: Matrix) -> tuple[Matrix, Matrix]:
    """Return positives and negatives per draw and distinct score, lowest score first."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    placed = weights[:, order]
    positives = np.add.reduceat(placed * outcomes[order], starts, axis=1)
    return positives, np.add.reduceat(placed, starts, axis=1) - positives


def _draws(rows: Matrix, draws: int, seed: int) -> Iterator[Matrix]:
    draw = np.random.default_rng(seed)
    at_once = max(1, CELLS_AT_ONCE // max(len(rows), 1))
    for first in range(0, draws, at_once):
        yield draw.poisson(rows, (min(at_once, draws - first), len(rows))).astype(np.float64)
