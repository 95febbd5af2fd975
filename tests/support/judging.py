"""Pairs of models on planted customers, as counts: what the gate sees, without Spark."""

from __future__ import annotations

import numpy as np

from crosschannel.models.paired import GRID, Pairs


def planted_pairs(rows: int, noise: float, champion_noise: float, seed: int, *, spread: float = 1.2) -> Pairs:
    """Return customers whose true log-odds both models see through noise of their own, shrunk so that both are calibrated."""
    draw = np.random.default_rng(seed)
    truth = draw.normal(-1.0, spread, rows)
    outcomes = (draw.random(rows) < 1 / (1 + np.exp(-truth))).astype(float)
    ours, theirs = (seen(truth, size, spread, draw) for size in (noise, champion_noise))
    cells, counts = np.unique(np.column_stack([ours, theirs, outcomes]), axis=0, return_counts=True)
    return Pairs(cells[:, 0], cells[:, 1], cells[:, 2], counts.astype(float))


def seen(truth: np.ndarray, noise: float, spread: float, draw: np.random.Generator) -> np.ndarray:
    """Return calibrated log-odds, on the grid, of a model that sees the truth through noise."""
    signal = truth + draw.normal(0, noise, len(truth)) if noise else truth
    shrink = spread**2 / (spread**2 + noise**2)
    mean = -1.0 + shrink * (signal + 1.0)
    left = spread**2 * (1 - shrink)  # what is not known flattens the logistic curve
    return np.rint(mean / np.sqrt(1 + np.pi * left / 8) * GRID) / GRID
