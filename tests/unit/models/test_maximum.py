"""A fit is believed only if its search arrived, agreed with itself, stayed inside and found a peak."""

from __future__ import annotations

import numpy as np
import pytest

from crosschannel.models.maximum import maximised

STARTS = ((1.0, 1.0), (5.0, 0.2), (0.1, 9.0))
NAMES = ("one", "other")


def bowl(at):
    gap = at - np.log([2.0, 3.0])
    return float((gap**2).sum()), 2 * gap


def test_a_peak_is_found_with_its_errors():
    fit = maximised(bowl, STARTS, NAMES, 200)
    assert fit.parameters == pytest.approx((2.0, 3.0), rel=1e-9)
    assert fit.refusal == ""
    assert fit.errors == pytest.approx((0.05, 0.05), rel=1e-4)  # the curvature is 2 per customer


def test_a_valley_of_equal_fits_is_refused():
    fit = maximised(lambda at: (float((at.sum() - 1) ** 2), 2 * (at.sum() - 1) * np.ones(2)), STARTS, NAMES, 200)
    assert "Hessian is not positive definite" in fit.refusal


def test_two_peaks_that_starts_do_not_agree_on_are_refused():
    def two(at):
        x, y = at
        return float((x**2 - 1) ** 2 + y**2), np.array([4 * x * (x**2 - 1), 2 * y])

    assert "starts of the search ended apart" in maximised(two, STARTS, NAMES, 200).refusal


def test_an_optimum_on_the_edge_is_refused_by_name():
    fit = maximised(lambda at: (float(at[1] ** 2 - at[0]), np.array([-1.0, 2 * at[1]])), STARTS, NAMES, 200)
    assert "the best one lies on the edge" in fit.refusal


def test_a_search_that_did_not_arrive_is_refused():
    fit = maximised(lambda at: (float(np.abs(at).sum()), np.sign(at) + 0.5), STARTS, NAMES, 200)
    assert "did not converge" in fit.refusal
