"""Groups of any shape, and customers who belong to none: found by density on a sample, counted over everybody.

K-Means cuts everybody into round groups. HDBSCAN (Campello, Moulavi, Sander 2013) finds where customers lie
close together, whatever the shape, and calls the rest outliers. Of each group some customers of the sample are
kept as cores; anybody belongs to the group of the nearest core, unless it is farther than nearly all of
the group's own customers have theirs. Shown beside the segments; never a published id.

Invariant: a customer's group depends on the sample and on their own row, never on partitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from crosschannel.models.geometry import GRID
from crosschannel.models.lloyd import Batches, blocks_of
from crosschannel.models.nearest import Labels, nearest_centres
from crosschannel.models.sample import Matrix
from crosschannel.models.threads import one_thread
from crosschannel.settings.segments import Density

OUTLIER, MOST_CORES, ROWS_AT_ONCE = -1, 2_000, 1_024
LEAST_SIZE = 10
GROUP, PLACE, CUSTOMERS = "group", "place", "customers"
COUNTED_SCHEMA = pa.schema([(GROUP, pa.int32()), (PLACE, pa.int32()), (CUSTOMERS, pa.int64())])
COUNTED_TYPE = f"`{GROUP}` int, {PLACE} int, {CUSTOMERS} bigint"
DIGITS = 6


@dataclass(frozen=True)
class DenseGroups:
    """Cores and the group of each, and how far a group reaches; ``rotation`` is axes x coordinates."""

    rotation: Matrix
    cores: Matrix
    group_of_core: Labels
    radii: Matrix

    def groups(self, by_axis: Matrix) -> Labels:
        """Return the group of each customer, -1 for an outlier; ``by_axis`` is coordinates x customers."""
        if not len(self.cores):
            return np.full(by_axis.shape[1], OUTLIER)
        rotated = _rotated(by_axis, self.rotation)
        found = np.empty(rotated.shape[1], dtype=np.int64)
        for first in range(0, len(found), ROWS_AT_ONCE):
            core, squared = nearest_centres(np.ascontiguousarray(rotated[:, first : first + ROWS_AT_ONCE]), self.cores)
            group = self.group_of_core[core]
            found[first : first + ROWS_AT_ONCE] = np.where(np.sqrt(squared) <= self.radii[group], group, OUTLIER)
        return found


@dataclass(frozen=True)
class Groups:
    """Customers by density group and segment id; ``-1`` are the outliers."""

    counts: Mapping[tuple[int, str], int]

    @property
    def sizes(self) -> dict[int, int]:
        """Customers by group, outliers last."""
        found = sorted({g for g, _ in self.counts}, key=lambda g: (g == OUTLIER, g))
        return {g: sum(n for (other, _), n in self.counts.items() if other == g) for g in found}

    @property
    def outlier_share(self) -> float:
        """Share of customers who belong to no group."""
        return round(self.sizes.get(OUTLIER, 0) / max(sum(self.sizes.values()), 1), DIGITS)

    @property
    def agreement(self) -> float:
        """Adjusted Rand index between groups and segments, over customers who belong to a group; 1 is the same cut."""
        segments = sorted({s for _, s in self.counts})
        table = np.array([[self.counts.get((g, s), 0) for s in segments] for g in self.sizes if g != OUTLIER], dtype=np.float64)
        pairs, by_group, by_segment = (float((n * (n - 1)).sum() / 2) for n in (table, table.sum(axis=-1), table.sum(axis=0))) if table.size else (0.0, 0.0, 0.0)
        everybody = table.sum() * (table.sum() - 1) / 2
        expected = by_group * by_segment / everybody if everybody else 0.0
        most = (by_group + by_segment) / 2
        return round(float((pairs - expected) / (most - expected)), DIGITS) if most > expected else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        cells = [{"group": g, "segment_id": s, "customers": n} for (g, s), n in sorted(self.counts.items())]
        return {"groups": len(set(self.sizes) - {OUTLIER}), "outlier_share": self.outlier_share, "agreement": self.agreement, "cells": cells}


def fitted_density(sample: Matrix, settings: Density) -> DenseGroups:
    """Find dense groups among sample rows, in the order of the sample."""
    from sklearn.cluster import HDBSCAN

    rows = sample[: settings.rows]
    with one_thread():  # sums differ by thread count
        rotation = _main_axes(rows, settings.axes)
        rotated = _rotated(np.ascontiguousarray(rows.T), rotation).T
        labels = HDBSCAN(min_cluster_size=max(LEAST_SIZE, int(settings.min_share * len(rows))), copy=True).fit(rotated).labels_
        groups = sorted(set(labels.tolist()) - {OUTLIER})
        cores, radii = [], []
        for group in groups:
            own = rotated[labels == group]
            cores.append(own[: min(MOST_CORES // len(groups), len(own) // 2)])  # the other half says how far the group reaches
            _, squared = nearest_centres(np.ascontiguousarray(own[len(cores[-1]) :].T), cores[-1])
            radii.append(float(np.quantile(np.sqrt(squared), settings.radius_share)))
    group_of_core = np.repeat(np.arange(len(groups)), [len(c) for c in cores])
    return DenseGroups(rotation, np.concatenate(cores) if cores else np.empty((0, len(rotation))), group_of_core, np.array(radii))


def to_group_counts(blocks: DataFrame, found: DenseGroups, centres: Matrix) -> DataFrame:
    """Return, per partition, how many customers belong to each group and have each centre nearest."""
    # The nearest of many cores to each row of a block: vectorised, a few rows per partition out.
    return blocks.mapInArrow(_counting(found, centres), COUNTED_TYPE)


def groups_of(counted: pa.Table, segment_ids: tuple[str, ...]) -> Groups:
    """Add up what partitions counted."""
    counts: dict[tuple[int, str], int] = {}
    for row in counted.to_pylist():
        cell = (row[GROUP], segment_ids[row[PLACE]])
        counts[cell] = counts.get(cell, 0) + row[CUSTOMERS]
    return Groups(counts)


def _counting(found: DenseGroups, centres: Matrix) -> Batches:
    k = len(centres)

    def count(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        cells = np.zeros((len(found.radii) + 1, k), dtype=np.int64)  # the last row are the outliers
        with one_thread():  # the other cores have tasks of their own
            for by_axis in blocks_of(batches, centres.shape[1]):
                group, (place, _) = found.groups(by_axis), nearest_centres(by_axis, centres)
                cells += np.bincount((group % len(cells)) * k + place, minlength=cells.size).reshape(cells.shape)
        group, place = np.nonzero(cells)
        columns = [np.where(group == len(found.radii), OUTLIER, group).astype(np.int32), place.astype(np.int32), cells[group, place]]
        yield pa.RecordBatch.from_arrays([pa.array(c) for c in columns], schema=COUNTED_SCHEMA)

    return count


def _rotated(by_axis: Matrix, rotation: Matrix) -> Matrix:
    """Return main coordinates on the grid; added axis by axis, so that a row's are its own."""
    total = np.zeros((len(rotation), by_axis.shape[1]))
    for i, values in enumerate(by_axis):
        total += rotation[:, i : i + 1] * values
    return np.asarray(np.rint(total * GRID) / GRID)


def _main_axes(rows: Matrix, count: int) -> Matrix:
    if rows.shape[1] <= count:
        return np.eye(rows.shape[1])
    _, vectors = np.linalg.eigh(np.cov(rows, rowvar=False))
    return np.round(vectors[:, ::-1][:, :count].T, DIGITS)
