"""Customer value on a real lake: planted customers are valued, reruns change nothing, unfit data are refused with the reason."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pytest
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.privacy import WITHDRAWN, Consents
from crosschannel.contracts.values import CustomerValues, ValueModels
from crosschannel.io.lake import Lake
from crosschannel.jobs.value_customers import JOB
from crosschannel.runtime.run import Place, Runner
from crosschannel.settings.consent import ConsentSettings
from crosschannel.settings.project import Project
from crosschannel.settings.values import ValueCustomersSettings, ValuesSettings
from tests.support.orders import Order, write_orders
from tests.support.rows import row, rows
from tests.support.training import Trained, artifacts, job_context, opened

FIRST, TODAY = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
SETTINGS = ValuesSettings(horizon_days=60, holdout_days=60, min_repeaters=50, boost=None)
NO_PURPOSES = ConsentSettings()
OBJECTING = range(1, 41)  # identifiers of those who withdrew
PEOPLE = 700


def planted(seed: int = 5) -> list[Order]:
    """Draw orders of customers who begin, order at a rate of their own, and leave."""
    rng, orders = np.random.default_rng(seed), []
    for node in range(1, PEOPLE + 1):
        rate, leave, mean = rng.gamma(1.2, 1 / 30), rng.beta(0.8, 4.0), 40 / rng.gamma(4.0, 1 / 4)
        moment = float(rng.integers(0, 200))
        while moment <= (TODAY - FIRST).days:
            orders.append((node, FIRST + dt.timedelta(days=int(moment)), Decimal(round(rng.gamma(5.0, mean / 5), 2)).quantize(Decimal("0.01"))))
            if rng.random() < leave:
                break
            moment += rng.exponential(1 / rate)
    return orders


def run(place: Trained, settings: ValuesSettings = SETTINGS, day: dt.date = TODAY, consent: ConsentSettings = NO_PURPOSES) -> str:
    said: list[str] = []
    with place.tracker.stage(JOB.name):
        JOB.run(job_context(place, JOB.name, day, said), ValueCustomersSettings(values=settings, consent=consent))
    return "\n".join(said)


def stored(place: Trained, table) -> list[str]:
    return sorted(map(str, place.lake.read(table.contract).collect()))


@pytest.fixture(scope="module")
def place(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    made = opened(spark, tmp_path_factory.mktemp("value"))
    write_orders(made, planted(), PEOPLE)
    run(made)
    return made


def test_everybody_who_ordered_is_valued_between_bounds_and_in_the_right_order(place):
    values = {r.customer_id: r for r in place.lake.read(CustomerValues.contract).collect()}
    assert len(values) == PEOPLE
    assert {(r.as_of_date, r.horizon_days) for r in values.values()} == {(TODAY, 60)}
    assert all(r.low <= r.high and r.orders_low <= r.orders_high for r in values.values())
    last = {node: day for node, day, _ in planted()}
    gone, here = ([values[f"c_{n:04}"].p_alive for n, day in last.items() if since(day)] for since in (lambda d: d < dt.date(2025, 6, 1), lambda d: d > dt.date(2025, 12, 20)))
    assert np.mean(here) > np.mean(gone) + 0.3


def test_the_run_keeps_the_model_its_judgement_and_pictures(place):
    model = place.lake.read(ValueModels.contract).collect()[0]
    content = json.loads(model.content)
    assert (model.verdict, model.reason) == ("fitted", "")
    assert content["measures"]["orders/total_ratio"] == pytest.approx(1, abs=0.25)
    assert content["measures"]["orders/gini"] > 0.5
    assert content["rehearsal"]["as_of"] == "2025-11-01"
    assert {"model_card.md", "figures/orders_by_decile.png", "figures/value_by_decile.png", "deciles.json"} <= artifacts(place.tracker, JOB.name)


@pytest.mark.long
def test_a_rerun_on_shuffled_events_changes_no_row(place, spark, tmp_path):
    other = Trained(Lake(spark, str(tmp_path)), place.tracker)
    write_orders(other, planted()[::-1], PEOPLE)
    run(other)
    run(place)
    assert stored(other, CustomerValues) == stored(place, CustomerValues)
    assert stored(other, ValueModels) == stored(place, ValueModels)


def test_too_few_who_came_again_are_refused_with_the_reason_and_nobody_is_valued(place):
    said = run(place, ValuesSettings(holdout_days=330, min_repeaters=50))
    assert "customers are not valued: as of 2025-02-04, before the days held out: only" in said
    assert place.lake.read(CustomerValues.contract).where(F.col("as_of_date") == F.lit(TODAY)).count() == 0
    assert [r.verdict for r in place.lake.read(ValueModels.contract).where(F.col("reason") != "").collect()] == ["refused"]


def test_who_withdrew_is_neither_learned_from_nor_valued(place, spark):
    consent = ConsentSettings.model_validate(
        {"purposes": {"profiling": {"unknown": "allow", "basis": "legitimate_interest"}}, "uses": dict.fromkeys(("training", "scoring", "publishing"), "profiling")}
    )
    withdrawn = [
        row(statement_id=f"s{n}", node_key=n, purpose="profiling", channel="all", status=WITHDRAWN, event_ts=dt.datetime(2025, 6, 1)) for n in OBJECTING
    ]
    place.lake.write(Consents.contract, rows(spark, Consents, *withdrawn))
    said = run(place, consent=consent)
    assert f"customers={PEOPLE - len(OBJECTING)} " in said
    assert said.count(f"customers_left_out={len(OBJECTING)}") == 2
    of_day = place.lake.read(CustomerValues.contract).where(F.col("as_of_date") == F.lit(TODAY))
    assert {r[0] for r in of_day.select("customer_id").collect()} == {f"c_{n:04}" for n in range(1, PEOPLE + 1) if n not in OBJECTING}


def test_a_project_without_values_yaml_skips_the_job_and_says_so(spark, tmp_path):
    (tmp_path / "mine").mkdir()
    said: list[str] = []
    outcome = Runner(Place(Project(tmp_path / "mine"), str(tmp_path / "lake"), ""), spark, said.append).run(JOB)
    assert (outcome.state, outcome.rows, said) == ("skipped", 0, ["value_customers: skipped, for the project has no values.yaml"])
    assert not (tmp_path / "lake" / "ops" / "runs").exists()


def test_an_order_total_that_is_missed_is_refused(place):
    assert "further apart than max_total_gap allows" in run(place, SETTINGS.model_copy(update={"max_total_gap": 1e-4}))
