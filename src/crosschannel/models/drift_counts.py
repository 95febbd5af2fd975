"""Features, scores and segments of one day, counted in bins that were fixed on another: all that drift is measured by.

Bins are tenths of the reference day, found on a sample by customer hash, and one bin for missing
values; the counts are of everybody. The driver sees counts, never customers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.ml import CustomerScores, CustomerSegments
from crosschannel.models.levels import LevelMap, encoded_expr, fitted_levels
from crosschannel.models.lloyd import batch_matrix
from crosschannel.models.sample import Matrix, sampled
from crosschannel.settings.recipes import FeatureColumn

TENTHS = np.arange(1, 10) / 10
DIGITS = 9
SAMPLE_ROWS = 20_000
PROBABILITY_GRID = 10_000
DISTANCE_GRID = 100
MAX_DISTANCE = 100.0
FEATURE, COUNTS, CELL, ROWS = "feature", "counts", "cell", "rows"
COUNTED_TYPE = f"{FEATURE} int, {COUNTS} array<bigint>"
COUNTED_SCHEMA = pa.schema([(FEATURE, pa.int32()), (COUNTS, pa.list_(pa.int64()))])
Counts = Mapping[str, Matrix]


@dataclass(frozen=True)
class Bins:
    """Upper ends of the bins of each feature; a text feature is binned by the code of its level."""

    edges: Mapping[str, tuple[float, ...]]
    levels: Mapping[str, LevelMap]

    def readable(self, columns: Sequence[str]) -> Bins:
        """Return the bins of the features that are still there."""
        return Bins({f: e for f, e in self.edges.items() if f in columns}, {f: m for f, m in self.levels.items() if f in columns})


def fitted_bins(rows: DataFrame, features: Sequence[FeatureColumn], *, seed: int) -> Bins:
    """Find the tenths of every feature on the reference rows."""
    texts = [f.name for f in features if f.dtype == "string"]
    numbers = [f.name for f in features if f.dtype != "string"]
    levels = fitted_levels(rows, texts, min_rows=1)
    sample = sampled(rows, numbers, limit=SAMPLE_ROWS, seed=seed)
    edges = {name: _tenths(sample.values[:, i]) for i, name in enumerate(numbers)}
    edges |= {name: tuple(code + 0.5 for code in range(len(levels[name]))) for name in texts}
    return Bins({f.name: edges[f.name] for f in features}, levels)


def bin_counts(rows: DataFrame, bins: Bins) -> Counts:
    """Count the rows of each bin of each feature; the last bin is of missing values."""
    names = list(bins.edges)
    inputs = [encoded_expr(name, bins.levels).cast("double").alias(f"x{i}") for i, name in enumerate(names)]
    # A search among bin ends per value: one vectorised block of numbers in, one short row per feature and partition out.
    partials = rows.select(*inputs).mapInArrow(_counting([np.array(bins.edges[n]) for n in names]), COUNTED_TYPE).toArrow()
    totals = {name: np.zeros(len(bins.edges[name]) + 2) for name in names}
    for row in partials.to_pylist():
        totals[names[row[FEATURE]]] += np.array(row[COUNTS], dtype=np.float64)
    return totals


def probability_counts(scored: DataFrame) -> dict[str, tuple[Matrix, Matrix]]:
    """Return, per score, the distinct probabilities on a grid of 1e-4, ascending, and the customers at each."""
    cell = F.rint(F.col(CustomerScores.probability) * PROBABILITY_GRID).cast("int").alias(CELL)
    counted = scored.groupBy(F.col(CustomerScores.score_name), cell).agg(F.count(F.lit(1)).alias(ROWS)).toArrow()
    return _by_name(counted, CustomerScores.score_name, PROBABILITY_GRID)


def distance_counts(assigned: DataFrame) -> dict[str, tuple[Matrix, Matrix]]:
    """Return, per segment, the distinct distances to the centre on a grid of 1e-2, ascending, and the customers at each."""
    distance = F.least(F.col(CustomerSegments.distance), F.lit(MAX_DISTANCE))
    cell = F.rint(distance * DISTANCE_GRID).cast("int").alias(CELL)
    counted = assigned.groupBy(F.col(CustomerSegments.segment_id), cell).agg(F.count(F.lit(1)).alias(ROWS)).toArrow()
    return _by_name(counted, CustomerSegments.segment_id, DISTANCE_GRID)


def weighted_quantiles(values: Matrix, counts: Matrix, shares: Matrix) -> tuple[float, ...]:
    """Return distinct values below which the given shares of all rows lie; ``values`` ascend."""
    place = np.searchsorted(np.cumsum(counts), shares * counts.sum(), side="left")
    return tuple(float(v) for v in np.unique(values[np.minimum(place, len(values) - 1)]))


def rebinned(values: Matrix, counts: Matrix, edges: Sequence[float]) -> Matrix:
    """Count rows in bins by their upper ends."""
    return np.bincount(np.searchsorted(np.array(edges), values, side="left"), counts, len(edges) + 1).astype(np.float64)


def _tenths(values: Matrix) -> tuple[float, ...]:
    known = values[~np.isnan(values)]
    # Trees read features as floats of 32 bits, and so does the encoding: bin ends are compared as such.
    return tuple(float(v) for v in np.unique(np.quantile(known, TENTHS, method="lower").astype(np.float32))) if len(known) else ()


def _counting(edges: Sequence[Matrix]) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    def count(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        totals = [np.zeros(len(ends) + 2, dtype=np.int64) for ends in edges]
        for batch in batches:
            values = batch_matrix(batch, 0, len(edges))
            for i, ends in enumerate(edges):
                missing = np.isnan(values[:, i])
                places = np.where(missing, len(ends) + 1, np.searchsorted(ends, values[:, i], side="left"))
                totals[i] += np.bincount(places, minlength=len(ends) + 2)
        columns = [pa.array(range(len(edges)), pa.int32()), pa.array([t.tolist() for t in totals], pa.list_(pa.int64()))]
        yield pa.RecordBatch.from_arrays(columns, schema=COUNTED_SCHEMA)

    return count


def _by_name(counted: pa.Table, name: str, grid: int) -> dict[str, tuple[Matrix, Matrix]]:
    found = counted.sort_by([(str(name), "ascending"), (CELL, "ascending")])
    names = np.array(found.column(str(name)).to_pylist(), dtype=object)
    cells, rows = (found.column(c).to_numpy().astype(np.float64) for c in (CELL, ROWS))
    return {str(n): (cells[names == n] / grid, rows[names == n]) for n in dict.fromkeys(names)}
