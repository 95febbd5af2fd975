"""Gamma-Gamma against published figures, and on data that does not bear it."""

from __future__ import annotations

import numpy as np
import pytest

from crosschannel.models.spend_model import Spenders, SpendModel, correlation, fit_spend
from tests.support import cdnow


def test_the_published_parameters_of_cdnow_come_out_to_the_last_digit():
    model, fit = fit_spend(cdnow.published_spenders(), 0.2)
    assert fit.refusal == ""
    assert len(cdnow.published_spenders().x) == 946
    assert [round(p, 4) for p in (model.p, model.q, model.v)] == [6.2488, 3.7446, 15.4477]


def test_few_orders_are_drawn_towards_everybody():
    model = SpendModel(p=6.25, q=3.74, v=15.4)
    nobody, few, many = model.order_value(np.array([0.0, 1.0, 50.0]), np.array([0.0, 200.0, 200.0]))
    assert nobody == pytest.approx(6.25 * 15.4 / 2.74)
    assert nobody < few < many < 200


def test_spend_that_goes_with_the_number_of_orders_is_refused_with_the_correlation():
    x = np.arange(1.0, 60.0)
    fit = fit_spend(Spenders(x, 10 + x, np.ones_like(x)), 0.2)[1]
    assert "correlation +1.00, 0.2 at most" in fit.refusal


def test_a_mean_without_expectation_is_refused():
    rng = np.random.default_rng(3)
    mean = np.exp(rng.normal(0, 4, 2_000)) + 0.01  # so far spread that the tail has no mean
    fit = fit_spend(Spenders(rng.integers(1, 5, 2_000).astype(float), mean, np.ones(2_000)), 1.0)[1]
    assert fit.refusal


def test_correlation_of_what_does_not_vary_is_zero():
    assert correlation(Spenders(np.ones(5), np.arange(1.0, 6.0), np.ones(5))) == 0.0
