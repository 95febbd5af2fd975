"""What a task of K-Means does to the batches it is handed: sums are exact, however rows are batched."""

import numpy as np
import pyarrow as pa
import pytest

from crosschannel.models.density import OUTLIER, _counting, fitted_density, groups_of
from crosschannel.models.geometry import GRID, Axis, Geometry
from crosschannel.models.lloyd import ClusterSums, _packing, _passing, _profiling, _totals
from crosschannel.settings.segments import Density

ROWS, WIDTH = 1_500, 4
NAMES = [f"x{i}" for i in range(WIDTH)]
SPACE = Geometry(tuple(Axis(name, "all", "none", 0.0, 1.0, -1e9, 1e9, 0.0, 1.0) for name in NAMES))


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    draw = np.random.default_rng(0)
    return draw.normal(size=(ROWS, WIDTH)) + np.eye(WIDTH)[draw.integers(0, 3, ROWS)] * 8


@pytest.fixture(scope="module")
def centres(rows: np.ndarray) -> np.ndarray:
    return np.round(rows[:3], 6)


def batches(rows: np.ndarray, size: int) -> list[pa.RecordBatch]:
    parts = [rows[first : first + size] for first in range(0, len(rows), size)]
    return [pa.RecordBatch.from_arrays([pa.array(part[:, i]) for i in range(part.shape[1])], names=[f"x{i}" for i in range(part.shape[1])]) for part in parts]


def summed(tasks: list[list[pa.RecordBatch]], centres: np.ndarray) -> ClusterSums:
    return _totals(pa.Table.from_batches([batch for task in tasks for batch in _passing(centres)(_packing(SPACE)(task))]), centres, 0)


def test_a_pass_adds_up_every_row_to_its_nearest_centre(rows, centres):
    found, on_grid = summed([batches(rows, 400)], centres), np.rint(rows * GRID) / GRID
    nearest = ((on_grid[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert found.rows.tolist() == np.bincount(nearest).tolist()
    assert found.sums == pytest.approx(np.array([on_grid[nearest == c].sum(axis=0) for c in range(3)]), abs=1e-9)
    assert found.cost == pytest.approx(((on_grid - centres[nearest]) ** 2).sum(), rel=1e-6)


def test_other_batches_tasks_and_orders_give_the_same_bits_and_a_task_may_be_empty(rows, centres):
    one, other = summed([batches(rows, 400)], centres), summed([batches(rows[::-1][:700], 93), [], batches(rows[::-1][700:], 1_000)], centres)
    assert (one.cost, one.rows.tolist(), one.sums.tolist()) == (other.cost, other.rows.tolist(), other.sums.tolist())


def test_a_profile_adds_raw_features_beside_the_same_sums(rows, centres):
    with_raw = np.column_stack([rows, np.full(ROWS, 2.5), np.full(ROWS, np.nan)])
    found = _totals(pa.Table.from_batches(list(_profiling(SPACE, centres, 2)(batches(with_raw, 300)))), centres, 2)
    assert found.sums.tolist() == summed([batches(rows, 400)], centres).sums.tolist()
    assert found.raw_sums.sum(axis=0).tolist() == [2.5 * ROWS, 0.0]


def test_everybody_within_window_once_by_group_and_segment(rows, centres):
    found = fitted_density(rows, Density(rows=1_000))
    parts = [batch for task in (batches(rows[:900], 250), batches(rows[900:], 400), []) for batch in _counting(found, centres)(_packing(SPACE)(task))]
    groups = groups_of(pa.Table.from_batches(parts), ("s01", "s02", "s03"))
    assert sum(groups.sizes.values()) == ROWS
    assert [g for g in groups.sizes if g != OUTLIER] == [0, 1, 2]
    assert groups.outlier_share < 0.05
