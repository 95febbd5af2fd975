"""BG/NBD against published figures, against simulated customers, and on data that does not bear it."""

from __future__ import annotations

import numpy as np
import pytest

from crosschannel.models.order_model import Histories, OrderModel, fit_orders
from tests.support import cdnow

DAYS, HORIZON = 300, 90


def simulated(model: OrderModel, customers: int, seed: int = 1) -> tuple[Histories, np.ndarray]:
    """Draw customers who began in the first hundred days; return histories of ``DAYS`` and the orders of the ``HORIZON`` after."""
    rng = np.random.default_rng(seed)
    age = rng.integers(200, DAYS, customers).astype(float)
    rate, leave = rng.gamma(model.r, 1 / model.alpha, customers), rng.beta(model.a, model.b, customers)
    x, t_x, later = (np.zeros(customers) for _ in range(3))
    for i in range(customers):
        moment = 0.0
        while True:
            moment += rng.exponential(1 / rate[i])
            if moment > age[i] + HORIZON:
                break
            if moment <= age[i]:
                x[i], t_x[i] = x[i] + 1, moment
            else:
                later[i] += 1
            if rng.random() < leave[i]:
                break
    return Histories(x, t_x, age, np.ones(customers)), later


def test_the_published_parameters_of_cdnow_come_out_to_the_last_digit():
    model, fit = fit_orders(cdnow.published_histories())
    assert fit.refusal == ""
    assert [round(p, 4) for p in (model.r, model.alpha, model.a, model.b)] == [0.2426, 4.4135, 0.7929, 2.4258]
    assert round(fit.log_likelihood, 1) == -9582.4


def test_days_or_weeks_make_no_difference():
    days, weeks = fit_orders(cdnow.histories())[0], fit_orders(cdnow.histories(cdnow.DAYS_A_WEEK))[0]
    assert (days.r, days.alpha / 7, days.a, days.b) == pytest.approx((weeks.r, weeks.alpha, weeks.a, weeks.b), rel=1e-6)


def test_groups_of_equal_customers_give_the_fit_of_the_customers():
    one = cdnow.histories()
    keys, n = np.unique(np.column_stack([one.x, one.t_x, one.age]), axis=0, return_counts=True)
    grouped = Histories(*keys.T, n.astype(float))
    assert fit_orders(grouped)[0].r == pytest.approx(fit_orders(one)[0].r, rel=1e-7)


def test_the_published_expectation_of_a_customer():
    """Customer with two repeat orders, the last at week 30.43 of 38.86, in the 39 weeks to come (Fader, Hardie, Lee)."""
    model = OrderModel(r=0.2426, alpha=4.4135, a=0.7929, b=2.4258)
    assert model.expected(np.array([2.0]), np.array([30.43]), np.array([38.86]), 39)[0] == pytest.approx(1.226, abs=5e-4)


def test_closed_form_and_sum_over_all_numbers_of_orders_agree_and_large_numbers_overflow_neither():
    model, one = OrderModel(0.2426, 30.9, 0.7929, 2.4258), cdnow.histories()
    closed = model.expected(one.x, one.t_x, one.age, 273)
    summed = model.p_alive(one.x, one.t_x, one.age) * sum(model._at_least(one.x, one.age, 273))
    assert np.abs(closed - summed).max() < 1e-7
    near_one = OrderModel(0.2426, 30.9, 1.0, 2.4258).expected(one.x, one.t_x, one.age, 273)  # the closed form divides by zero
    beside = OrderModel(0.2426, 30.9, 1.01, 2.4258).expected(one.x, one.t_x, one.age, 273)
    assert near_one.sum() == pytest.approx(beside.sum(), rel=0.02)
    often = np.array([900.0])
    assert 200 < OrderModel(0.25, 10.0, 0.0126, 7.7).expected(often, np.array([899.0]), np.array([900.0]), 300)[0] < 300


def test_planted_parameters_totals_and_bounds_are_found_again():
    planted = OrderModel(r=0.8, alpha=40.0, a=0.6, b=2.5)
    known, later = simulated(planted, 6_000)
    model, fit = fit_orders(known)
    assert fit.refusal == ""
    for found, true, error in zip(fit.parameters, (planted.r, planted.alpha, planted.a, planted.b), fit.errors, strict=True):
        assert abs(np.log(found / true)) < 3.5 * error
    expected = model.expected(known.x, known.t_x, known.age, HORIZON)
    assert expected.sum() == pytest.approx(later.sum(), rel=0.03)
    low, high = model.between(known.x, known.t_x, known.age, HORIZON, 0.8)
    inside = ((later >= low) & (later <= high)).mean()
    assert 0.8 <= inside < 0.95  # orders are whole numbers, so bounds hold a little more than they must
    busy = known.x >= 15
    assert 0.76 < ((later >= low) & (later <= high))[busy].mean() < 0.92


def test_who_ordered_once_is_alive_and_who_stopped_long_ago_hardly():
    model = OrderModel(0.8, 40.0, 0.6, 2.5)
    alive = model.p_alive(np.array([0.0, 20.0, 20.0]), np.array([0.0, 299.0, 60.0]), np.array([300.0, 300.0, 300.0]))
    assert alive[0] == 1
    assert alive[1] > 0.9
    assert alive[2] < 0.01


def test_customers_who_never_leave_are_refused_because_the_optimum_lies_on_the_edge():
    rng = np.random.default_rng(2)
    age = np.full(3_000, 200.0)
    x = rng.poisson(0.05 * age).astype(float)  # one rate for all, and nobody ever leaves
    _, fit = fit_orders(Histories(x, np.where(x > 0, age - 1, 0), age, np.ones(3_000)))
    assert "edge" in fit.refusal
    assert fit.errors == ()


def test_customers_who_all_came_once_are_refused():
    age = np.linspace(10, 100, 500)
    assert fit_orders(Histories(np.zeros(500), np.zeros(500), age, np.ones(500)))[1].refusal
