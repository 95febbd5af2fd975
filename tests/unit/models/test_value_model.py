"""Why customers are not valued, or only their orders foretold; figures of a judgement; the card."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from crosschannel.contracts.values import FITTED, REFUSED, ValueModels
from crosschannel.models.order_model import Histories
from crosschannel.models.spend_model import Spenders
from crosschannel.models.value_judgement import Cells, Judgement
from crosschannel.models.value_model import ValueModel, fit_values
from crosschannel.models.value_report import Valued, deciles_figure, model_rows, value_evidence
from crosschannel.settings.values import ValuesSettings
from tests.support import cdnow

SETTINGS = ValuesSettings()
MEASURES = {
    f"{what}/{name}": 1.0 for what in ("orders", "value")
    for name in ("foretold", "total_ratio", "gini", "mae", "rmse", "rate_foretold", "rate_total_ratio", "rate_gini", "rate_mae", "rate_rmse",
                 "zero_mae", "zero_rmse", "came", "between_bounds")
}  # fmt: skip
TENTHS = [(float(i), float(i)) for i in range(10)]


@pytest.fixture(scope="module")
def fitted() -> ValueModel:
    return fit_values(cdnow.histories(), cdnow.published_spenders(), SETTINGS, currencies=1)


def cells(guess: list[float], came: list[float]) -> Cells:
    n, zero = np.ones(len(guess)), np.zeros(len(guess))
    return Cells(n, np.array(guess), np.array(came), zero, zero, zero)


def valued(model: ValueModel, rehearsal: ValueModel, measures: dict[str, float] | None = None) -> Valued:
    judgement = Judgement(MEASURES | (measures or {}), {"orders": TENTHS, "value": TENTHS})
    return Valued(dt.date(1998, 6, 30), dt.date(1997, 9, 30), SETTINGS, model, rehearsal, None if rehearsal.refusal else judgement)


def test_what_fits_is_not_refused(fitted):
    assert (fitted.refusal, fitted.spend_refusal, fitted.customers, fitted.repeaters) == ("", "", 2_357, 946)
    assert valued(fitted, fitted).verdict == FITTED


@pytest.mark.parametrize(
    ("spenders", "currencies", "reason"),
    [
        (cdnow.published_spenders(), 2, "several currencies, or some name none; name one in values.yaml"),
        (None, 1, "known of nobody who ordered again, or values make more than 500,000 groups"),
        (Spenders(np.ones(9), np.ones(9), np.ones(9)), 1, "known of only 9 customers who ordered again, 100 are needed"),
        (Spenders(np.arange(1.0, 300.0), np.arange(1.0, 300.0), np.ones(299)), 1, r"go together: correlation \+1.00"),
    ],
)
def test_orders_are_foretold_though_their_value_is_refused(spenders, currencies, reason):
    few = Histories(*(column[::3] for column in vars(cdnow.histories()).values()))
    model = fit_values(few, spenders, SETTINGS, currencies=currencies)
    assert (model.refusal, model.spend) == ("", None)
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(model.spend_refusal)


def test_few_who_came_again_are_refused_before_any_fit():
    model = fit_values(cdnow.histories(), cdnow.published_spenders(), ValuesSettings(min_repeaters=1_000), currencies=1)
    assert model.refusal == "only 946 of 2,357 customers ordered again, 1,000 are needed (values.yaml, min_repeaters)"
    assert model.orders is None


def test_a_refused_rehearsal_and_a_missed_total_refuse_the_model(fitted):
    refused = ValueModel(10, 0, refusal="only 0 of 10 customers ordered again")
    assert valued(fitted, refused).refusal == "as of 1997-09-30, before the days held out: only 0 of 10 customers ordered again"
    missed = valued(fitted, fitted, {"orders/foretold": 700.0, "orders/came": 1_000.0})
    assert (missed.verdict, missed.refusal.split(", further")[0]) == (REFUSED, "700 orders were foretold for the days held out and 1,000 came")


def test_the_row_names_its_content_and_the_same_fit_has_the_same_version(fitted):
    (one,), (again,) = model_rows(valued(fitted, fitted)), model_rows(valued(fitted, fitted))
    assert one == again
    assert json.loads(one[ValueModels.content])["model"]["orders"]["r"] == pytest.approx(0.2426, abs=1e-4)
    (other,) = model_rows(valued(fitted, fitted, {"orders/gini": 0.5}))
    assert other[ValueModels.model_version] != one[ValueModels.model_version]


def test_the_card_shows_parameters_and_the_model_beside_the_plain_rate_and_nothing(fitted):
    evidence = value_evidence(valued(fitted, fitted))
    for said in ("**Verdict: fitted.**", "| alpha |", "orders: own rate so far", "value: nothing", "normalised Gini"):
        assert said in evidence.card
    assert set(evidence.figures) == {"orders_by_decile.png", "value_by_decile.png"}
    assert {"parameter/r", "parameter/v", "log_likelihood/orders", "orders/gini"} <= {name for name, _, _ in evidence.metrics}


def test_a_refused_model_has_a_card_with_the_reason_and_no_picture():
    refused = ValueModel(10, 0, refusal="only 0 of 10 customers ordered again")
    evidence = value_evidence(valued(refused, refused))
    assert "**Verdict: refused.** as of 1997-09-30" in evidence.card
    assert evidence.figures == {}


def test_gini_is_full_for_the_best_order_nothing_for_one_guess_and_negative_for_the_worst():
    came = [0.0, 0.0, 1.0, 3.0]
    best = cells([0, 0, 1, 3], came).gini()
    assert best == pytest.approx(0.625)
    assert cells([3, 2, 1, 0], came[::-1]).gini() == pytest.approx(-best)
    together = Cells(np.array([4.0]), np.array([4.0]), np.array([4.0]), *[np.zeros(1)] * 3)
    assert together.gini() == pytest.approx(0)
    assert np.isnan(cells([0, 1], [0, 0]).gini())


def test_tenths_divide_a_cell_of_equal_predictions():
    tenths = Cells(np.array([15.0, 5.0]), np.array([15.0, 50.0]), np.array([30.0, 40.0]), *[np.zeros(2)] * 3).deciles()
    assert len(tenths) == 10
    assert tenths[0] == pytest.approx((1.0, 2.0))
    assert tenths[7] == pytest.approx((5.5, 5.0))
    assert tenths[9] == pytest.approx((10.0, 8.0))


def test_the_picture_names_its_unit():
    figure = deciles_figure("orders", TENTHS)
    assert figure.axes[0].get_ylabel() == "mean days with an order"
