"""What a feature says of a day's customers, and how far it moved since an earlier day.

Coverage is counted over all customers. Medians and drift come from two bounded samples by customer
hash, in NumPy: quantiles found in pieces on workers would depend on how the rows lie.

The population stability index compares shares in ten bins of the earlier day's quantiles, and of
missing values; half a customer is added to each bin. If nothing changed, the index still exceeds the
chance level once in twenty times.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import Column, DataFrame, functions as F
from scipy.stats import chi2

from crosschannel.settings.recipes import FeatureColumn

BINS, DIGITS = 10, 6
CHANCE = 0.95
Counts = npt.NDArray[np.float64]


class Drift(NamedTuple):
    """A population stability index and the level that chance alone exceeds once in twenty times."""

    psi: float
    chance: float


def to_coverage(features: DataFrame, columns: Sequence[FeatureColumn]) -> DataFrame:
    """Return one row: the customers, and per feature how many have a value and one other than 0."""
    return features.agg(F.count(F.lit(1)), *[e for f in columns for e in (F.count(f.name), F.count_if(_is_something(f)))])


def drift_between(before: pa.ChunkedArray, now: pa.ChunkedArray) -> Drift:
    """Compare a feature's values in two samples; text by its levels."""
    counted = _level_counts if pa.types.is_string(now.type) or pa.types.is_large_string(now.type) else _bin_counts
    then_counts, now_counts = counted(before, now)
    bins = len(then_counts)
    then_share, now_share = (_shares(c) for c in (then_counts, now_counts))
    psi = float(((now_share - then_share) * np.log(now_share / then_share)).sum())
    sizes = (len(before), len(now))
    chance = sum(1.0 / size for size in sizes) * float(chi2.ppf(CHANCE, bins - 1)) if bins > 1 and min(sizes) else 0.0
    return Drift(round(max(psi, 0.0), DIGITS), round(chance, DIGITS))


def middle_of(values: pa.ChunkedArray) -> float | None:
    """Return the median of the numbers of a sample; ``None`` for text or if there is none."""
    if not pa.types.is_floating(values.type):
        return None
    numbers = _numbers(values)
    known = numbers[~np.isnan(numbers)]
    return round(float(np.median(known)), DIGITS) if len(known) else None


def _is_something(feature: FeatureColumn) -> Column:
    value = F.col(feature.name)
    return value.isNotNull() if feature.dtype == "string" else value != 0


def _bin_counts(before: pa.ChunkedArray, now: pa.ChunkedArray) -> tuple[Counts, Counts]:
    then, new = _numbers(before), _numbers(now)
    known = then[~np.isnan(then)]
    inner = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1], method="lower")) if len(known) else np.array([])
    return _counted(then, inner), _counted(new, inner)


def _counted(values: Counts, inner: Counts) -> Counts:
    missing = np.isnan(values)
    # a bin ends with its upper edge, so that a value many customers share has a bin of its own
    bins = np.searchsorted(inner, values[~missing], side="left")
    return np.append(np.bincount(bins, minlength=len(inner) + 1), missing.sum()).astype(np.float64)


def _level_counts(before: pa.ChunkedArray, now: pa.ChunkedArray) -> tuple[Counts, Counts]:
    texts = [[f"={level}" if level is not None else "" for level in values.to_pylist()] for values in (before, now)]
    levels, place = np.unique(np.array(texts[0] + texts[1], dtype=object).astype(str), return_inverse=True)
    split = len(texts[0])
    first, second = (np.bincount(p, minlength=len(levels)).astype(np.float64) for p in (place[:split], place[split:]))
    return first, second


def _shares(counts: Counts) -> Counts:
    smoothed = counts + 0.5
    return np.asarray(smoothed / smoothed.sum())


def _numbers(values: pa.ChunkedArray) -> Counts:
    return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False))
