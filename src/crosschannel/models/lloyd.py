"""K-Means over all customers: distributed passes whose result does not depend on partitioning.

Coordinates are multiples of 2**-24 and their sums whole numbers of these, so the order of additions cannot
matter; the driver sees one row of sums per partition and cluster. Lloyd, S. (1982), Least squares
quantization in PCM. Safe up to 10**10 rows at coordinates below 50.

Coordinates are computed once and kept as blocks of numbers: a pass reads bytes and multiplies matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, functions as F

from crosschannel.models.geometry import GRID, Geometry
from crosschannel.models.nearest import Labels, nearest_centres
from crosschannel.models.sample import Matrix
from crosschannel.models.threads import one_thread

COST_GRID = 2.0**16
CENTRE_DIGITS = 6
BLOCK = "block"  # axes x rows, as the bytes of doubles
CLUSTER, ROWS, COST, SUMS, RAW_SUMS = "cluster", "rows", "cost", "sums", "raw_sums"
PARTIAL_TYPE = f"{CLUSTER} int, {ROWS} bigint, {COST} bigint, {SUMS} array<bigint>, {RAW_SUMS} array<bigint>"
PARTIAL_SCHEMA = pa.schema(
    [(CLUSTER, pa.int32()), (ROWS, pa.int64()), (COST, pa.int64()), (SUMS, pa.list_(pa.int64())), (RAW_SUMS, pa.list_(pa.int64()))]
)
RAW_GRID = 10_000.0  # raw feature values are added with four decimals
Batches = Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]


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


def to_blocks(features: DataFrame, geometry: Geometry) -> DataFrame:
    """Return the coordinates of all customers, a few thousand customers a row."""
    inputs = [F.col(c).cast("double").alias(f"x{i}") for i, c in enumerate(geometry.features)]
    # Whole columns are transformed in NumPy, by the code that places a customer later.
    return features.select(*inputs).mapInArrow(_packing(geometry), f"{BLOCK} binary")


def refined(blocks: DataFrame, centres: Matrix, *, max_passes: int, min_movement: float) -> Passes:
    """Move centres to the means of their customers until they rest.

    Parameters
    ----------
    blocks
        What :func:`to_blocks` gave; read once a pass, so better kept.
    """
    centres = np.round(centres, CENTRE_DIGITS)
    costs: list[float] = []
    for _ in range(max_passes):
        totals = _totals(_collected(blocks, _passing(centres)), centres, 0)
        moved: Matrix = np.where(totals.rows[:, None] > 0, totals.sums / np.maximum(totals.rows, 1.0)[:, None], centres)
        moved = np.round(moved, CENTRE_DIGITS)
        movement = float(np.abs(moved - centres).max())
        centres = moved
        costs.append(totals.cost)
        if movement < min_movement:
            break
    return Passes(centres, totals, tuple(costs))


def settled(blocks: DataFrame, centres: Matrix) -> Passes:
    """Return centres that came from elsewhere with the totals of one pass."""
    centres = np.round(centres, CENTRE_DIGITS)
    totals = _totals(_collected(blocks, _passing(centres)), centres, 0)
    return Passes(centres, totals, (totals.cost,))


def cluster_sums(features: DataFrame, geometry: Geometry, centres: Matrix, raw_features: Mapping[str, float]) -> ClusterSums:
    """Add up, per cluster, rows, cost, coordinates and raw features, given with what stands in for null."""
    inputs = [F.col(c).cast("double") for c in geometry.features]
    inputs += [F.coalesce(F.col(c).cast("double"), F.lit(fill)) for c, fill in raw_features.items()]
    columns = features.select(*[value.alias(f"x{i}") for i, value in enumerate(inputs)])
    return _totals(_collected(columns, _profiling(geometry, centres, len(raw_features))), centres, len(raw_features))


def blocks_of(batches: Iterable[pa.RecordBatch], width: int) -> Iterator[Matrix]:
    """Yield the blocks of :func:`to_blocks` as axes x rows."""
    for batch in batches:
        for block in batch.column(0):
            yield np.frombuffer(block.as_buffer(), dtype=np.float64).reshape(width, -1)


def batch_matrix(batch: pa.RecordBatch, first: int, count: int, dtype: type[Any] = np.float64) -> Any:
    """Return neighbouring columns of an Arrow batch as rows of numbers, null as NaN."""
    matrix = np.empty((batch.num_rows, count), dtype)
    for i in range(count):
        matrix[:, i] = batch.column(first + i).to_numpy(zero_copy_only=False)
    return matrix


@dataclass
class _Sums:
    """Totals of one partition: of whole numbers, or of multiples of the grid that doubles hold exactly."""

    centres: Matrix
    raw_count: int

    def __post_init__(self) -> None:
        k, width = self.centres.shape
        self.rows, self.cost = np.zeros(k, dtype=np.int64), np.zeros(k, dtype=np.int64)
        self.sums, self.raw_sums = np.zeros((k, width), dtype=np.int64), np.zeros((k, self.raw_count), dtype=np.int64)

    def add(self, by_axis: Matrix) -> Labels:
        """Add a batch of rows to their clusters and return these; exact while rows times coordinate stay below 2**29."""
        k = len(self.centres)
        labels, squared = nearest_centres(by_axis, self.centres)
        belongs = (labels == np.arange(k)[:, None]).astype(np.float64)
        self.rows += np.bincount(labels, minlength=k)
        self.cost += np.bincount(labels, weights=np.rint(squared * COST_GRID), minlength=k).astype(np.int64)
        self.sums += np.rint(belongs @ by_axis.T * GRID).astype(np.int64)
        return labels

    def add_raw(self, labels: Labels, raw: Matrix) -> None:
        """Add raw features of the same rows: too large for doubles, so cluster by cluster."""
        whole = np.rint(np.nan_to_num(raw) * RAW_GRID).astype(np.int64)
        for c in range(len(self.centres)):
            self.raw_sums[c] += whole[labels == c].sum(axis=0)

    @property
    def batch(self) -> pa.RecordBatch:
        """One row per cluster."""
        columns = [np.arange(len(self.centres), dtype=np.int32), self.rows, self.cost, self.sums.tolist(), self.raw_sums.tolist()]
        return pa.RecordBatch.from_arrays([pa.array(c, f.type) for c, f in zip(columns, PARTIAL_SCHEMA, strict=True)], schema=PARTIAL_SCHEMA)


def _packing(geometry: Geometry) -> Batches:
    def pack(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            coordinates = geometry.coordinates(batch_matrix(batch, 0, len(geometry.axes)))
            yield pa.RecordBatch.from_arrays([pa.array([coordinates.T.tobytes()], pa.binary())], names=[BLOCK])

    return pack


def _passing(centres: Matrix) -> Batches:
    def add_up(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        sums = _Sums(centres, 0)
        with one_thread():  # the other cores have tasks of their own
            for by_axis in blocks_of(batches, centres.shape[1]):
                sums.add(by_axis)
        yield sums.batch

    return add_up


def _profiling(geometry: Geometry, centres: Matrix, raw_count: int) -> Batches:
    axes = len(geometry.axes)

    def add_up(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        sums = _Sums(centres, raw_count)
        with one_thread():  # the other cores have tasks of their own
            for batch in batches:
                labels = sums.add(np.ascontiguousarray(geometry.coordinates(batch_matrix(batch, 0, axes)).T))
                sums.add_raw(labels, batch_matrix(batch, axes, raw_count))
        yield sums.batch

    return add_up


def _collected(rows: DataFrame, adding_up: Batches) -> pa.Table:
    """Add up on the workers: vectorised blocks of numbers in, k rows per partition out."""
    return rows.mapInArrow(adding_up, PARTIAL_TYPE).toArrow()


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
