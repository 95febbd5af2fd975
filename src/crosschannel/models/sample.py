"""A bounded sample on the driver: the rows whose customer hash is smallest.

The same customers and seed give the same rows in the same order, however the frame is partitioned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures

Matrix = npt.NDArray[np.float64]
SAMPLE_ORDER = "sample_order"
BUCKETS = 1_000


@dataclass(frozen=True)
class Sample:
    """Rows by hash order; columns by name, null as NaN."""

    columns: tuple[str, ...]
    values: Matrix

    def of(self, columns: Sequence[str]) -> Matrix:
        """Return some of the columns, in the order asked for."""
        return self.values[:, [self.columns.index(c) for c in columns]]

    def filled(self, fills: Mapping[str, float]) -> Matrix:
        """Return the named columns with null replaced."""
        values = self.of(list(fills))
        return np.where(np.isnan(values), np.array(list(fills.values())), values)


def sampled(features: DataFrame, columns: Sequence[str], *, limit: int, seed: int) -> Sample:
    """Collect up to ``limit`` rows of the given numeric columns."""
    names = tuple(dict.fromkeys(str(c) for c in columns))
    rows = (
        features.withColumn(SAMPLE_ORDER, customer_hash_expr(seed))
        .orderBy(SAMPLE_ORDER, *_tie_breakers(features))
        .select(*[F.col(c).cast("double") for c in names])
        .limit(limit)
        .toArrow()
    )
    return Sample(names, np.column_stack([rows.column(i).to_numpy() for i in range(len(names))]).astype(np.float64))


def customer_hash_expr(seed: int) -> Column:
    """Return a 64-bit hash of customer and seed."""
    return F.xxhash64(F.lit(seed), F.col(CustomerFeatures.customer_id))


def bucket_expr(seed: int) -> Column:
    """Return a number in [0, 1) by which customers are split; equal for all rows of a customer."""
    return F.pmod(customer_hash_expr(seed), F.lit(BUCKETS)) / F.lit(BUCKETS)


def _tie_breakers(features: DataFrame) -> list[str]:
    return [c for c in (CustomerFeatures.customer_id, CustomerFeatures.as_of_date) if c in features.columns]
