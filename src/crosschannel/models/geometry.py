"""The space customers are grouped in: from raw features to scaled coordinates, and how it is fitted.

Per feature: fill null, transform, cut the extremes, standardise, weight; then, if asked, rotate to
the main axes. A row's coordinates are computed element by element in a fixed order, never by a
matrix product, so they do not depend on how rows are batched; they are kept on a grid of 2**-24.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from crosschannel.models.sample import Matrix

GRID = 2.0**24  # coordinates per unit; sums of them are exact in 64-bit integers
DIGITS = 9  # parameters are stored rounded, so that a model read back is the model that was fitted


@dataclass(frozen=True)
class Axis:
    """One feature of the space; bounds, mean and scale hold after the transform."""

    feature: str
    group: str
    transform: Literal["none", "log", "sqrt"]
    missing: float
    weight: float
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    scale: float = 0.0


@dataclass(frozen=True)
class Geometry:
    """Axes in order, and optional rotation (one row per coordinate, one column per axis)."""

    axes: tuple[Axis, ...]
    rotation: tuple[tuple[float, ...], ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(a.feature for a in self.axes)

    def coordinates(self, raw: Matrix) -> Matrix:
        """Return the coordinates of raw feature rows, on the grid."""
        scaled = np.empty(raw.shape, dtype=np.float64)
        for i, axis in enumerate(self.axes):
            scaled[:, i] = (np.clip(transformed(raw[:, i], axis), axis.low, axis.high) - axis.mean) * axis.scale
        if not self.rotation:
            return np.rint(scaled * GRID) / GRID
        rotated = np.zeros((len(raw), len(self.rotation)))
        for i in range(len(self.axes)):  # a fixed order of additions for every row
            rotated += scaled[:, i : i + 1] * np.array([row[i] for row in self.rotation])
        return np.rint(rotated * GRID) / GRID

    def as_dict(self) -> dict[str, Any]:
        """Return the geometry as plain values for JSON."""
        return {"axes": [asdict(a) for a in self.axes], "rotation": [list(r) for r in self.rotation]}

    @staticmethod
    def from_dict(content: dict[str, Any]) -> Geometry:
        """Read what :meth:`as_dict` wrote."""
        return Geometry(tuple(Axis(**a) for a in content["axes"]), tuple(tuple(r) for r in content["rotation"]))


def transformed(values: Matrix, axis: Axis) -> Matrix:
    """Fill nulls and transform one feature."""
    filled = np.where(np.isnan(values), axis.missing, values)
    if axis.transform == "log":
        return np.log1p(np.maximum(filled, 0.0))
    return np.sqrt(np.maximum(filled, 0.0)) if axis.transform == "sqrt" else filled


def fitted_geometry(raw: Matrix, axes: Sequence[Axis], *, winsorise: float, pca_share: float | None) -> Geometry:
    """Fit bounds, means, scales and rotation on sample rows; features that never vary are left out."""
    fitted, kept = [], []
    for i, axis in enumerate(axes):
        values = transformed(raw[:, i], axis)
        low, high = (float(np.quantile(values, q)) for q in (winsorise, 1 - winsorise))
        cut = np.clip(values, low, high)
        if (deviation := float(cut.std())) > 1e-9:
            fitted.append((axis, low, high, float(cut.mean()), deviation))
            kept.append(i)
    sizes = {a.group: sum(b.group == a.group for b, *_ in fitted) for a, *_ in fitted}
    scaled = Geometry(tuple(_scaled_axis(*f, group_size=sizes[f[0].group]) for f in fitted))
    return scaled if pca_share is None else Geometry(scaled.axes, _main_axes(scaled.coordinates(raw[:, kept]), pca_share))


def _scaled_axis(axis: Axis, low: float, high: float, mean: float, deviation: float, *, group_size: int) -> Axis:
    scale = axis.weight / (deviation * np.sqrt(group_size))
    low, high, mean, scale = (round(float(v), DIGITS) for v in (low, high, mean, scale))
    return Axis(axis.feature, axis.group, axis.transform, axis.missing, axis.weight, low, high, mean, scale)


def _main_axes(scaled: Matrix, share: float) -> tuple[tuple[float, ...], ...]:
    variances, vectors = np.linalg.eigh(np.cov(scaled, rowvar=False))
    variances, vectors = variances[::-1], vectors[:, ::-1]
    count = int(np.searchsorted(np.cumsum(variances) / variances.sum(), share)) + 1
    main = vectors[:, :count].T
    main *= np.sign(main[np.arange(len(main)), np.abs(main).argmax(axis=1)])[:, None]  # the sign of an axis is arbitrary: fix it
    return tuple(tuple(round(float(v), DIGITS) for v in row) for row in main)
