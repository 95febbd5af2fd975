"""What each segment is like: size, means of its features, and what sets it apart from everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crosschannel.models.sample import Matrix
from crosschannel.settings.segments import Naming

DIGITS = 6
MULTI_CHANNEL = "multi-channel"


@dataclass(frozen=True)
class Effect:
    """How far a segment's mean lies from the population's, in population standard deviations."""

    feature: str
    effect: float
    segment_mean: float
    population_mean: float


@dataclass(frozen=True)
class Profile:
    """One segment: size, figures for its name, and effects, strongest first."""

    customers: int
    share: float
    value_ratio: float
    recency_days: float
    channel: str
    effects: tuple[Effect, ...]

    def effect_of(self, feature: str) -> float:
        """Return the effect of a feature; 0 if the feature is not profiled."""
        return next((e.effect for e in self.effects if e.feature == feature), 0.0)


def to_profiles(features: Sequence[str], rows: Matrix, sums: Matrix, deviations: Matrix, naming: Naming) -> tuple[Profile, ...]:
    """Build profiles from exact totals per segment.

    Parameters
    ----------
    features
        Profiled features, in the order of the columns of ``sums``.
    rows, sums
        Customers per segment, and feature totals per segment and feature.
    deviations
        Population standard deviation per feature; 0 where unknown.
    """
    means = sums / np.maximum(rows, 1)[:, None]
    population = sums.sum(axis=0) / max(rows.sum(), 1)
    effects = np.divide(means - population, deviations, out=np.zeros_like(means), where=deviations > 0)
    place = {f: i for i, f in enumerate(features)}
    profiles = []
    for c in range(len(rows)):
        named = {f: float(means[c, i]) for f, i in place.items()}
        overall = {f: float(population[i]) for f, i in place.items()}
        ratio = named[naming.value] / overall[naming.value] if overall[naming.value] else 1.0
        rows_of = [Effect(f, *(round(float(v), DIGITS) for v in (effects[c, i], means[c, i], population[i]))) for f, i in place.items()]
        rows_of.sort(key=lambda e: (-abs(e.effect), e.feature))
        size = int(rows[c])
        channel = _channel(named, overall, naming)
        profiles.append(Profile(size, round(size / max(float(rows.sum()), 1.0), DIGITS), round(ratio, DIGITS), round(named[naming.recency], DIGITS), channel, tuple(rows_of)))
    return tuple(profiles)


def _channel(means: dict[str, float], population: dict[str, float], naming: Naming) -> str:
    over_index = {
        channel: means[feature] / population[feature]
        for channel, feature in naming.channels.items()
        if population[feature] > 0 and means[feature] >= naming.min_channel_share
    }
    leading = max(sorted(over_index), key=lambda channel: over_index[channel], default=None)
    return leading if leading is not None and over_index[leading] >= naming.min_over_index else MULTI_CHANNEL
