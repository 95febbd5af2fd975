"""Trees on top of customer value on a real lake: in use where habits are other than the closed form supposes, refused where they are not."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.values import CustomerValues, ValueModels
from crosschannel.jobs.value_customers import JOB
from crosschannel.settings.values import BoostSettings, ValueCustomersSettings, ValuesSettings
from tests.support.orders import Order, write_orders
from tests.support.training import Trained, artifacts, job_context, opened

pytestmark = pytest.mark.long

FIRST, TODAY = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
BOOST = BoostSettings(max_rounds=60, learning_rate=0.3, min_child_weight=5.0)
SETTINGS = ValuesSettings(horizon_days=50, holdout_days=50, min_repeaters=50, boost=BOOST)
PEOPLE = 900
PRICE = Decimal("20.00")


def clockwork(seed: int = 8) -> list[Order]:
    """Customers who order by the clock, each at a rhythm of their own, until they stop: a missed beat says that they are gone."""
    draw, orders = np.random.default_rng(seed), []
    for node in range(1, PEOPLE + 1):
        gap, moment = draw.uniform(8, 40), draw.uniform(0, 250)
        while moment <= (TODAY - FIRST).days:
            orders.append((node, FIRST + dt.timedelta(days=int(moment)), PRICE + node % 7))
            if draw.random() < 0.12:
                break
            moment += gap * draw.uniform(0.95, 1.05)
    return orders


@pytest.fixture(scope="module")
def place(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    made = opened(spark, tmp_path_factory.mktemp("boost"))
    write_orders(made, clockwork(), PEOPLE)
    return made


def run(place: Trained, settings: ValuesSettings) -> str:
    said: list[str] = []
    with place.tracker.stage(JOB.name):
        JOB.run(job_context(place, JOB.name, TODAY, said), ValueCustomersSettings(values=settings))
    return "\n".join(said)


def test_a_rhythm_the_closed_form_does_not_know_is_learned_and_used(place):
    said = run(place, SETTINGS)
    assert "trees on top: deviance a customer -" in said
    boosted = json.loads(place.lake.read(ValueModels.contract).collect()[0].content)["boosted"]
    assert boosted["refusal"] == ""
    assert boosted["deviance_gap"]["high"] < 0
    values = place.lake.read(CustomerValues.contract).collect()
    assert all(v.boost_factor > 0 and v.orders_low <= v.orders_high for v in values)
    last = {node: day for node, day, _ in clockwork()}
    silent = [v.boost_factor for v in values if (TODAY - last[int(v.customer_id[2:])]).days > 45]
    lately = [v.boost_factor for v in values if (TODAY - last[int(v.customer_id[2:])]).days < 8]
    assert np.mean(lately) > 1.2 * np.mean(silent)
    assert "figures/boosted_gains.png" in artifacts(place.tracker, JOB.name)


def test_too_short_a_past_is_said_and_the_closed_form_stands(place):
    said = run(place, SETTINGS.model_copy(update={"holdout_days": 170, "max_total_gap": 5.0}))
    assert "trees on top are not in use: as of 2025-01-25, from which they would learn: only" in said
    assert {v.boost_factor for v in place.lake.read(CustomerValues.contract).collect()} == {None}
