"""K-Means over all customers: distributed passes whose result does not depend on partitioning.

Workers add coordinates as 64-bit integers (multiples of 2**-24), so the order of additions cannot
matter; the driver sees one row of sums per partition and cluster. Lloyd, S. (1982), Least squares
quantization in PCM. Safe up to 10**10 rows at coordinates below 50.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, functions as F

from crosschannel.models.geometry import GRID, Geometry
from crosschannel.models.sample import Matrix

COST_GRID = 2.0**16
CENTRE_DIGITS = 6
CLUSTER, ROWS, COST, SUMS, RAW_SUMS = "cluster", "rows", "cost", "sums", "raw_sums"
PARTIAL_TYPE = f"{CLUSTER} int, {ROWS} bigint, {COST} bigint, {SUMS} array<bigint>, {RAW_SUMS} array<bigint>"
PARTIAL_SCHEMA = pa.schema(
    [(CLUSTER, pa.int32()), (ROWS, pa.int64()), (COST, pa.int64()), (SUMS, pa.list_(pa.int64())), (RAW_SUMS, pa.list_(pa.int64()))]
)
RAW_GRID = 10_000.0  # raw feature values are added with four decimals


@dataclass(frozen=True)
class ClusterSums:
    """Exact totals per cluster; ``raw_sums`` are of untransformed features."""

    rows: Matrix
    cost: float
    sums: Matrix
    raw_sums: Matrix


@dataclass(frozen=True)
class Passes:
    """Where the centres ended, the totals of the last pass, and cost per pass."""

    centres: Matrix
    totals: ClusterSums
    costs: tuple[float, ...]


def refined(features: DataFrame, geometry: Geometry, centres: Matrix, *, max_passes: int, min_movement: float) -> Passes:
    """Move centres to the means of their customers until they rest."""
    centres = np.round(centres, CENTRE_DIGITS)
    costs: list[float] = []
    for _ in range(max_passes):
        totals = cluster_sums(features, geometry, centres, {})
        moved: Matrix = np.where(totals.rows[:, None] > 0, totals.sums / np.maximum(totals.rows, 1.0)[:, None], centres)
        moved = np.round(moved, CENTRE_DIGITS)
        movement = float(np.abs(moved - centres).max())
        centres = moved
        costs.append(totals.cost)
        if movement < min_movement:
            break
    return Passes(centres, totals, tuple(costs))


def cluster_sums(features: DataFrame, geometry: Geometry, centres: Matrix, raw_features: Mapping[str, float]) -> ClusterSums:
    """Add up, per cluster, rows, cost, coordinates and raw features, given with what stands in for null."""
    inputs = [F.col(c).cast("double") for c in geometry.features]
    inputs += [F.coalesce(F.col(c).cast("double"), F.lit(fill)) for c, fill in raw_features.items()]
    partials = (
        features.select(*[value.alias(f"x{i}") for i, value in enumerate(inputs)])
        # A distance to every centre per row: one vectorised block of numbers in, k rows per partition out.
        .mapInArrow(_summing(geometry, centres, len(raw_features)), PARTIAL_TYPE)
        .toArrow()
    )
    return _totals(partials, centres, len(raw_features))


def squared_distances(coordinates: Matrix, centres: Matrix) -> Matrix:
    """Return rows x centres; added axis by axis, so that a row's result is its own."""
    total = np.zeros((len(coordinates), len(centres)))
    for i in range(centres.shape[1]):
        total += (coordinates[:, i : i + 1] - centres[:, i]) ** 2
    return total


def batch_matrix(batch: pa.RecordBatch, first: int, count: int) -> Matrix:
    """Return neighbouring columns of an Arrow batch as float64, null as NaN."""
    if not count:
        return np.empty((batch.num_rows, 0))
    return np.column_stack([batch.column(first + i).to_numpy(zero_copy_only=False).astype(np.float64) for i in range(count)])


def _summing(geometry: Geometry, centres: Matrix, raw_count: int) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    axes, k = len(geometry.axes), len(centres)

    def sums(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows, cost = np.zeros(k, dtype=np.int64), np.zeros(k, dtype=np.int64)
        totals, raw_totals = np.zeros((k, centres.shape[1]), dtype=np.int64), np.zeros((k, raw_count), dtype=np.int64)
        for batch in batches:
            coordinates = geometry.coordinates(batch_matrix(batch, 0, axes))
            distances = squared_distances(coordinates, centres)
            nearest = distances.argmin(axis=1)
            on_grid = np.rint(coordinates * GRID).astype(np.int64)
            raw = np.rint(np.nan_to_num(batch_matrix(batch, axes, raw_count)) * RAW_GRID).astype(np.int64)
            own_cost = np.rint(distances.min(axis=1) * COST_GRID).astype(np.int64)
            for c in range(k):
                mine = nearest == c
                rows[c] += mine.sum()
                cost[c] += own_cost[mine].sum()
                totals[c] += on_grid[mine].sum(axis=0)
                raw_totals[c] += raw[mine].sum(axis=0)
        columns = [np.arange(k, dtype=np.int32), rows, cost, totals.tolist(), raw_totals.tolist()]
        yield pa.RecordBatch.from_arrays([pa.array(c, f.type) for c, f in zip(columns, PARTIAL_SCHEMA, strict=True)], schema=PARTIAL_SCHEMA)

    return sums


def _totals(partials: pa.Table, centres: Matrix, raw_count: int) -> ClusterSums:
    k, width = centres.shape
    rows, cost = [0] * k, 0
    sums = np.zeros((k, width), dtype=np.int64)
    raw_sums = np.zeros((k, raw_count), dtype=np.int64)
    for row in partials.to_pylist():
        c = row[CLUSTER]
        rows[c] += row[ROWS]
        cost += row[COST]
        sums[c] += np.array(row[SUMS], dtype=np.int64)
        raw_sums[c] += np.array(row[RAW_SUMS], dtype=np.int64)
    return ClusterSums(np.array(rows, dtype=np.float64), cost / COST_GRID, sums / GRID, raw_sums / RAW_GRID)
