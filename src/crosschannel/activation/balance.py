"""Balance: whether the arms of a holdout were alike before anything was sent.

A draw by hash is fair unless something went wrong afterwards: one system dropped customers of one
arm, or ids were lost. Sizes that chance does not explain show it, and so do features whose means differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import sqrt
from operator import add
from typing import Any

from pyspark.sql import Column, DataFrame, Row, functions as F
from scipy import stats

from crosschannel.contracts.activation import CONTROL, TREATMENT, ArmTotals, Holdouts
from crosschannel.contracts.gold import CustomerFeatures

EXACT = "decimal(38,6)"  # sums of decimals do not depend on the order of rows
LARGEST = 1e9  # values beyond it are cut, so that the sum of squares fits
MAX_SMD = 0.05  # of a standardised mean difference, where chance allows less than that
CHANCE = 0.001  # of an alarm on a fair draw, over all features together


@dataclass(frozen=True)
class Imbalance:
    """A feature: its mean in either arm, and how many standard deviations they are apart."""

    feature: str
    treatment_mean: float
    control_mean: float
    smd: float
    bound: float

    @property
    def is_alike(self) -> bool:
        """Whether the arms are no further apart than the bound."""
        return abs(self.smd) <= self.bound


@dataclass(frozen=True)
class Balance:
    """What was found of one holdout."""

    customers: dict[str, int]
    control_share: float
    expected_share: float
    share_z: float
    share_bound: float
    features: tuple[Imbalance, ...]

    @property
    def is_balanced(self) -> bool:
        """Whether sizes and all features are alike."""
        return abs(self.share_z) <= self.share_bound and all(f.is_alike for f in self.features)

    @property
    def worst(self) -> tuple[Imbalance, ...]:
        """Features, furthest apart first."""
        return tuple(sorted(self.features, key=lambda f: (-abs(f.smd) / f.bound, f.feature)))


def to_feature_totals(features: DataFrame, arms: DataFrame, names: Sequence[str]) -> DataFrame:
    """Return one row per arm: known values, sum and sum of squares of each numeric feature.

    Parameters
    ----------
    arms
        Rows of ``serving.holdouts`` of one holdout.
    """
    joined = features.join(arms.select(Holdouts.customer_id, Holdouts.arm), on=CustomerFeatures.customer_id, how="inner")
    sums = reduce(add, ([*_sums(name)] for name in names), [F.count(F.lit(1)).alias(ArmTotals.customers)])
    return joined.groupBy(Holdouts.arm).agg(*sums)


def balance_of(rows: Iterable[Row], names: Sequence[str], expected_share: float) -> Balance:
    """Judge the rows of :func:`to_feature_totals`."""
    by_arm: dict[str, dict[str, Any]] = {row[Holdouts.arm]: row.asDict() for row in rows}
    sizes = {arm: int(by_arm.get(arm, {}).get(ArmTotals.customers, 0)) for arm in (TREATMENT, CONTROL)}
    everyone = sum(sizes.values())
    z = (sizes[CONTROL] - everyone * expected_share) / sqrt(max(everyone, 1) * expected_share * (1 - expected_share))
    bound = float(stats.norm.isf(CHANCE / 2 / max(len(names), 1)))
    known = [name for name in names if min(_known(by_arm.get(arm, {}), name) for arm in sizes) > 1]
    found = tuple(_imbalance(by_arm, name, bound) for name in known)
    return Balance(sizes, sizes[CONTROL] / max(everyone, 1), expected_share, z, float(stats.norm.isf(CHANCE / 2)), found)


def _sums(name: str) -> tuple[Column, ...]:
    value = F.greatest(F.least(F.col(name).cast("double"), F.lit(LARGEST)), F.lit(-LARGEST))
    known = F.when(~F.isnan(value), value)
    return (
        F.count(known).alias(f"{name} N"),
        F.sum(known.cast(EXACT)).alias(f"{name} SUM"),
        F.sum((known * known).cast(EXACT)).alias(f"{name} SQUARES"),
    )


def _known(arm: dict[str, Any], name: str) -> int:
    return int(arm.get(f"{name} N") or 0)


def _moments(arm: dict[str, Any], name: str) -> tuple[int, float, float]:
    n, total, squares = _known(arm, name), float(arm[f"{name} SUM"]), float(arm[f"{name} SQUARES"])
    return n, total / n, max(squares - total**2 / n, 0.0) / (n - 1)


def _imbalance(by_arm: dict[str, dict[str, Any]], name: str, z: float) -> Imbalance:
    (n_t, mean_t, var_t), (n_c, mean_c, var_c) = (_moments(by_arm[arm], name) for arm in (TREATMENT, CONTROL))
    spread = sqrt((var_t + var_c) / 2)
    smd = (mean_t - mean_c) / spread if spread > 0 else (0.0 if mean_t == mean_c else float("inf"))
    return Imbalance(name, mean_t, mean_c, smd, max(MAX_SMD, z * sqrt(1 / n_t + 1 / n_c)))
