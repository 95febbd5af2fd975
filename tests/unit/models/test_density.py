"""Groups by density: shapes K-Means cannot find, planted outliers, and rows that do not depend on their neighbours."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from crosschannel.models.density import OUTLIER, DenseGroups, Groups, fitted_density
from crosschannel.settings.segments import Density


@pytest.fixture(scope="module")
def moons() -> tuple[np.ndarray, np.ndarray, DenseGroups]:
    rows, truth = make_moons(4_000, noise=0.06, random_state=1)
    return rows, truth, fitted_density(rows[:2_000], Density(rows=2_000))


def test_two_moons_are_told_apart_where_k_means_cuts_through_both(moons):
    rows, truth, found = moons
    unseen = rows[2_000:]
    groups = found.groups(np.ascontiguousarray(unseen.T))
    inside = groups != OUTLIER
    assert inside.mean() > 0.97
    assert adjusted_rand_score(truth[2_000:][inside], groups[inside]) > 0.95
    assert adjusted_rand_score(truth[2_000:], KMeans(2, n_init=3, random_state=1).fit_predict(unseen)) < 0.5


def test_planted_outliers_belong_to_no_group(moons):
    _, _, found = moons
    far = np.random.default_rng(3).uniform([-1.5, -1.2], [2.5, 1.7], (400, 2))
    rows, _ = make_moons(4_000, noise=0.0, random_state=2)
    alone = np.array([np.sqrt(((rows - one) ** 2).sum(axis=1)).min() for one in far]) > 0.35
    assert alone.sum() > 50
    assert (found.groups(np.ascontiguousarray(far[alone].T)) == OUTLIER).mean() > 0.95


def test_a_group_of_a_row_does_not_depend_on_its_neighbours(moons):
    rows, _, found = moons
    together = found.groups(np.ascontiguousarray(rows.T))
    alone = [int(found.groups(np.ascontiguousarray(row[:, None]))[0]) for row in rows[:200]]
    assert together[:200].tolist() == alone


def test_many_coordinates_are_seen_along_their_main_axes():
    draw = np.random.default_rng(5)
    centres = np.zeros((3, 14))
    centres[1, 0], centres[2, 5] = 8.0, 8.0
    rows = centres[np.arange(1_500) % 3] + draw.normal(size=(1_500, 14)) * np.where(np.isin(np.arange(14), (0, 5)), 1.0, 0.1)
    found = fitted_density(rows, Density(rows=1_500, axes=3))
    assert found.cores.shape[1] == 3
    groups = found.groups(np.ascontiguousarray(rows.T))
    assert adjusted_rand_score(np.arange(1_500)[groups != OUTLIER] % 3, groups[groups != OUTLIER]) > 0.98


def test_where_nobody_lies_close_everybody_is_an_outlier():
    rows = np.random.default_rng(1).uniform(size=(300, 5))
    found = fitted_density(rows, Density(rows=300, min_share=0.4))
    assert len(found.cores) == 0
    assert (found.groups(np.ascontiguousarray(rows.T)) == OUTLIER).all()


def test_agreement_with_the_segments_is_1_for_the_same_cut_and_about_0_for_chance():
    same = Groups({(0, "s01"): 50, (1, "s02"): 70, (OUTLIER, "s01"): 30})
    assert (same.agreement, same.outlier_share, list(same.sizes)) == (1.0, 0.2, [0, 1, OUTLIER])
    assert abs(Groups({(g, s): 100 for g in (0, 1) for s in ("s01", "s02")}).agreement) < 0.01
    assert Groups({(OUTLIER, "s01"): 9}).agreement == 0.0
