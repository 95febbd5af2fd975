"""Weeks of a business as plain numbers: what customers did, what a model foretold, what happened; quiet, or with planted drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crosschannel.models.calibration import Calibration
from crosschannel.models.drift import ScoreToday, verdict_on_score_drift, verdict_on_segment_drift
from crosschannel.models.drift_counts import rebinned, weighted_quantiles
from crosschannel.models.histogram import Histogram
from crosschannel.models.measures import measured
from crosschannel.settings.drift import Drift

CUSTOMERS = 3_000
FEATURES = tuple(f"feature_{i:02d}" for i in range(14))
TOP = FEATURES[:10]
WEIGHTS = np.array([0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.2, 0.15, 0.15, 0.0, 0.0, 0.0, 0.0])
AS_IS = Calibration(1.0, 0.0)
SHARES = np.array([0.4, 0.3, 0.2, 0.1])


@dataclass(frozen=True)
class Week:
    """What one week is like; the defaults are a quiet one."""

    busier: float = 1.0  # how much more of the first three features
    more_outcomes: float = 0.0  # added to the log-odds of what happens
    link: float = 1.0  # how far the outcome still depends on what the model knows
    shares: tuple[float, ...] = tuple(SHARES)
    spread: float = 1.0  # of customers around the centre of their segment


def features_of(week: Week, draw: np.random.Generator) -> np.ndarray:
    rates = np.linspace(0.6, 6.0, len(FEATURES)) * np.where(np.arange(len(FEATURES)) < 3, week.busier, 1.0)
    return draw.poisson(draw.gamma(2.0, 0.5, (CUSTOMERS, 1)) * rates).astype(float)


def cells(values: np.ndarray, grid: int) -> tuple[np.ndarray, np.ndarray]:
    found, rows = np.unique(np.rint(values * grid), return_counts=True)
    return found / grid, rows.astype(float)


def outcomes_of(week: Week, seed: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features, the model's log-odds and outcomes of a week."""
    draw = np.random.default_rng(seed)
    seen = features_of(week, draw)
    foretold = np.log1p(seen) @ WEIGHTS - 4.0
    happens = week.link * foretold + (1 - week.link) * foretold.mean() + week.more_outcomes
    return seen, foretold, (draw.random(CUSTOMERS) < 1 / (1 + np.exp(-happens))).astype(int)


def histogram(margins: np.ndarray, outcomes: np.ndarray) -> Histogram:
    found, place = np.unique(np.rint(margins * 1000) / 1000, return_inverse=True)
    positives = np.bincount(place, outcomes, len(found))
    return Histogram(found, positives, np.bincount(place, minlength=len(found)) - positives)


def score_verdict(week: Week, number: int, seed: int, *, matured: bool = True):
    """Judge a model trained on a quiet week 0 in some later week."""
    seen_before, foretold_before, outcomes_before = outcomes_of(Week(), [seed, 0])
    seen, foretold, outcomes = outcomes_of(week, [seed, number])
    ends = [weighted_quantiles(*cells(seen_before[:, i], 1), np.arange(1, 10) / 10) for i in range(len(FEATURES))]
    before, now = ({f: rebinned(*cells(s[:, i], 1), ends[i]) for i, f in enumerate(FEATURES)} for s in (seen_before, seen))
    p_before, p_now = (cells(1 / (1 + np.exp(-m)), 10_000) for m in (foretold_before, foretold))
    trained = measured(histogram(foretold_before, outcomes_before), AS_IS)
    today = ScoreToday(now, p_now, TOP, histogram(foretold, outcomes) if matured else None, AS_IS, trained, 7 * number)
    return verdict_on_score_drift(before, p_before, today, Drift(), seed=7)


def segments_of(week: Week, seed: list[int]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    draw = np.random.default_rng(seed)
    sizes = draw.multinomial(CUSTOMERS, week.shares)
    distances = [np.linalg.norm(draw.normal(0, week.spread, (n, 5)), axis=1) for n in sizes]
    return {f"s{i:02d}": cells(d, 100) for i, d in enumerate(distances, 1)}


def segment_verdict(week: Week, number: int, seed: int):
    """Judge a segmentation of a quiet week 0 in some later week."""
    return verdict_on_segment_drift(segments_of(Week(), [seed, 0]), segments_of(week, [seed, number]), 7 * number, Drift())
