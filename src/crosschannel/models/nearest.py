"""The nearest centre of many rows at once: as quick as a matrix product, as exact as row by row.

A product of matrices says for nearly every row which centre is nearest. Its last bits depend on how rows
are batched and on the library; rows whose two nearest centres it cannot tell apart by more than
that are decided by :func:`squared_distances`. So a row's centre and distance are its own, whatever its neighbours.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from crosschannel.models.sample import Matrix

Labels = npt.NDArray[np.int64]
DOUBT = 1e-14  # a hundred times the rounding of a double


def squared_distances(coordinates: Matrix, centres: Matrix) -> Matrix:
    """Return rows x centres; added axis by axis, so that a row's result is its own."""
    total = np.zeros((len(coordinates), len(centres)))
    for i in range(centres.shape[1]):
        total += (coordinates[:, i : i + 1] - centres[:, i]) ** 2
    return total


def nearest_centres(by_axis: Matrix, centres: Matrix) -> tuple[Labels, Matrix]:
    """Return each row's nearest centre, the first of equals, and the squared distance to it; ``by_axis`` is axes x rows."""
    rough = (centres**2).sum(axis=1)[:, None] - 2.0 * (centres @ by_axis)
    least, second = rough[0].copy(), np.full(by_axis.shape[1], np.inf)
    labels = np.zeros(by_axis.shape[1], dtype=np.int64)
    for c in range(1, len(centres)):
        np.minimum(second, np.maximum(least, rough[c]), out=second)
        labels[rough[c] < least] = c
        np.minimum(least, rough[c], out=least)
    reach = np.abs(by_axis).max(initial=0.0) + np.abs(centres).max()
    doubtful = ~(second - least > DOUBT * (len(by_axis) * reach) ** 2)
    if doubtful.any():
        labels[doubtful] = squared_distances(by_axis[:, doubtful].T, centres).argmin(axis=1)
    return labels, _distances_to(by_axis, centres, labels)


def _distances_to(by_axis: Matrix, centres: Matrix, labels: Labels) -> Matrix:
    total = np.zeros(by_axis.shape[1])
    for values, of_centres in zip(by_axis, centres.T, strict=True):
        total += (values - of_centres[labels]) ** 2
    return total
