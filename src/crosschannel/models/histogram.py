"""All a judge needs of a score: how many rows have which margin and outcome.

Margins are counted on a grid of 1e-3, so the driver sees counts, never customers, whatever the
size of the data; counts are integers, so no order of rows can change a measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame, functions as F

from crosschannel.models.sample import Matrix

GRID = 1_000
MAX_MARGIN = 20.0
MARGIN, OUTCOME, COUNT = "margin", "outcome", "rows"


@dataclass(frozen=True)
class Histogram:
    """Distinct margins, ascending, with the rows of either outcome at each."""

    margins: Matrix
    positives: Matrix
    negatives: Matrix

    @property
    def rows(self) -> Matrix:
        """Rows at each margin."""
        return self.positives + self.negatives

    @property
    def is_two_sided(self) -> bool:
        """Tell whether both outcomes occur."""
        return bool(self.positives.sum() > 0 and self.negatives.sum() > 0)

    def only(self, some: Matrix) -> Histogram:
        """Keep some of the margins."""
        return Histogram(self.margins[some], self.positives[some], self.negatives[some])


def pooled(parts: Sequence[Histogram]) -> Histogram:
    """Return the counts of several histograms together."""
    margins, place = np.unique(np.concatenate([part.margins for part in parts]), return_inverse=True)
    positives, negatives = np.concatenate([part.positives for part in parts]), np.concatenate([part.negatives for part in parts])
    return Histogram(margins, np.bincount(place, positives, len(margins)).astype(float), np.bincount(place, negatives, len(margins)).astype(float))


def to_histograms(margins: DataFrame, by: str) -> dict[str, Histogram]:
    """Count rows per margin and outcome within each value of a column.

    Parameters
    ----------
    margins
        Columns ``margin`` (double), ``outcome`` (int) and ``by``.
    """
    on_grid = F.rint(F.greatest(F.least(F.col(MARGIN), F.lit(MAX_MARGIN)), F.lit(-MAX_MARGIN)) * GRID).cast("bigint")
    counted = margins.groupBy(F.col(by), on_grid.alias(MARGIN), F.col(OUTCOME)).agg(F.count(F.lit(1)).alias(COUNT)).collect()
    found: dict[str, dict[int, list[int]]] = {}
    for row in counted:
        found.setdefault(row[by], {}).setdefault(row[MARGIN], [0, 0])[row[OUTCOME]] += row[COUNT]
    return {name: _histogram(counts) for name, counts in found.items()}


def _histogram(counts: dict[int, list[int]]) -> Histogram:
    margins = sorted(counts)
    both = np.array([counts[m] for m in margins], dtype=np.float64).reshape(-1, 2)
    return Histogram(np.array(margins, dtype=np.float64) / GRID, both[:, 1], both[:, 0])
