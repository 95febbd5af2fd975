"""The quick way to the nearest centre gives what the slow one gives, to the last bit."""

import numpy as np
import pytest

from crosschannel.models.geometry import GRID
from crosschannel.models.nearest import nearest_centres, squared_distances


def on_grid(values: np.ndarray) -> np.ndarray:
    return np.rint(values * GRID) / GRID


@pytest.mark.parametrize(("rows", "axes", "k"), [(5_000, 30, 8), (700, 2, 12), (1, 3, 1)])
def test_labels_and_distances_are_those_found_row_by_row(rows, axes, k):
    draw = np.random.default_rng(axes)
    coordinates, centres = on_grid(draw.normal(size=(rows, axes))), np.round(draw.normal(size=(k, axes)), 6)
    labels, squared = nearest_centres(np.ascontiguousarray(coordinates.T), centres)
    slow = squared_distances(coordinates, centres)
    assert np.array_equal(labels, slow.argmin(axis=1))
    assert np.array_equal(squared, slow.min(axis=1))


def test_a_row_between_two_centres_is_decided_as_if_it_were_alone():
    draw = np.random.default_rng(4)
    centres = np.round(draw.normal(size=(6, 30)), 6)
    centres[5] = centres[2]  # equal centres: the first has it
    between = on_grid(np.vstack([(centres[0] + centres[1]) / 2, (centres[3] + centres[4]) / 2, centres[2]]))
    rows = np.vstack([between, on_grid(draw.normal(size=(3_000, 30)) * 9)])
    together = nearest_centres(np.ascontiguousarray(rows.T), centres)[0]
    alone = [int(nearest_centres(np.ascontiguousarray(row[:, None]), centres)[0][0]) for row in rows[:300]]
    assert together[:300].tolist() == alone
    assert np.array_equal(together, squared_distances(rows, centres).argmin(axis=1))
    assert 5 not in together
