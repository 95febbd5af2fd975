import numpy as np
import pytest

from crosschannel.models.geometry import GRID, Axis, Geometry, fitted_geometry

AXES = (Axis("views", "counts", "log", 0.0, 1.0), Axis("clicks", "counts", "log", 0.0, 1.0), Axis("share", "mix", "sqrt", 0.0, 2.0))


def raw(rows: int = 500) -> np.ndarray:
    draw = np.random.default_rng(1)
    return np.column_stack([draw.poisson(5, rows), draw.poisson(2, rows), draw.random(rows)]).astype(float)


def test_a_groups_weight_is_shared_by_its_features():
    spread = fitted_geometry(raw(), AXES, winsorise=0.0, pca_share=None).coordinates(raw()).var(axis=0)
    assert spread[:2].sum() == pytest.approx(1.0, rel=1e-3)
    assert spread[2] == pytest.approx(4.0, rel=1e-3)


def test_a_rows_coordinates_do_not_depend_on_its_neighbours():
    rows = raw()
    for pca_share in (None, 0.9):
        geometry = fitted_geometry(rows, AXES, winsorise=0.01, pca_share=pca_share)
        alone = np.vstack([geometry.coordinates(rows[i : i + 1]) for i in range(len(rows))])
        assert np.array_equal(alone, geometry.coordinates(rows))


def test_coordinates_lie_on_the_grid_so_that_their_sums_are_exact():
    on_grid = fitted_geometry(raw(), AXES, winsorise=0.01, pca_share=None).coordinates(raw()) * GRID
    assert np.array_equal(on_grid, np.rint(on_grid))


def test_null_becomes_the_declared_value_and_extremes_are_cut():
    geometry = fitted_geometry(raw(), AXES, winsorise=0.05, pca_share=None)
    rows = np.array([[np.nan, 0.0, 0.0], [0.0, 0.0, 0.0], [1e9, 0.0, 0.0], [1e6, 0.0, 0.0]])
    null, zero, huge, large = geometry.coordinates(rows)[:, 0]
    assert null == zero
    assert huge == large


def test_a_feature_that_never_varies_is_left_out():
    rows = raw()
    rows[:, 1] = 3.0
    assert fitted_geometry(rows, AXES, winsorise=0.0, pca_share=None).features == ("views", "share")


def test_a_geometry_survives_being_stored():
    geometry = fitted_geometry(raw(), AXES, winsorise=0.01, pca_share=0.9)
    assert Geometry.from_dict(geometry.as_dict()) == geometry
