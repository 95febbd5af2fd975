"""The jobs of this room on a real lake: run twice, run on late rows, and count who is left out."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.gold import CustomerLabels
from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.io.lake import Lake
from crosschannel.jobs import build_features, build_labels
from crosschannel.runtime.context import JobContext
from crosschannel.settings.features import FeaturesSettings, features_contract
from crosschannel.settings.labels import LabelsSettings
from crosschannel.settings.load import validated
from tests.support.rows import assert_rows, at, row, rows

AS_OF, BEFORE = dt.date(2026, 4, 12), dt.date(2026, 3, 15)
FEATURES = validated(
    {
        "snapshots": {"count": 2, "step_days": 28, "min_history_days": 28},
        "population": {"active_within_days": 84},
        "behaviour": [{"channel": ["web"], "verb": ["view"], "stats": ["count"], "window_days": [28]}],
        "purchase": [{"stats": ["order_count"], "window_days": [28]}],
    },
    FeaturesSettings,
    Path("features.yaml"),
)
LABELS = validated(
    {"labels": [{"name": "purchase", "outcome": {"any_of": {"verb": "purchase"}}, "horizon_days": 28, "population": {"active_within_days": 84}}]},
    LabelsSettings,
    Path("labels.yaml"),
)
ANN, BOB, GUEST = 1, 2, 3
FOR_EVER = {"valid_from": at("2026-01-01 00:00"), "valid_to": dt.datetime(9999, 12, 31)}


def event(n: int, node: int | None, verb: str, moment: str) -> dict[str, Any]:
    return row(event_id=f"e{n}", channel="web", verb=verb, event_ts=at(moment), event_date=at(moment).date(), node_key=node, order_id=f"o{n}")


EVENTS = [
    event(1, ANN, "view", "2026-02-01 09:00"),
    event(2, ANN, "view", "2026-03-10 09:00"),
    event(3, ANN, "purchase", "2026-04-12 23:59"),
    event(4, BOB, "view", "2026-04-01 09:00"),
    event(5, GUEST, "view", "2026-04-01 09:00"),
    event(6, None, "spend", "2026-04-01 09:00"),
]


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    lake = Lake(spark, str(tmp_path / "lake"))
    known = [row(node_key=n, customer_id=c, is_identified=n != GUEST, kind="device" if n == GUEST else "person", namespace=c, **FOR_EVER) for n, c in ((ANN, "ann"), (BOB, "bob"), (GUEST, "guest"))]
    lake.write(IdentityMap.contract, rows(spark, IdentityMap, *known))
    lake.write(Events.contract, rows(spark, Events, *EVENTS))
    return lake


def run(lake: Lake, module: Any, settings: Any, said: list[str]) -> None:
    ctx = JobContext(module.JOB.name, lake, "", 7, dt.datetime(2026, 5, 1), lambda: None, said.append, AS_OF)  # type: ignore[arg-type,return-value]
    module.JOB.run(ctx, settings)


def test_features_and_labels_of_all_dates_are_built_once_however_often_the_jobs_run(lake: Lake) -> None:
    said: list[str] = []
    for _ in range(2):
        run(lake, build_features, FEATURES, said)
        run(lake, build_labels, LABELS, said)
    assert_rows(
        lake.read(features_contract(FEATURES)),
        row(customer_id="ann", as_of_date=AS_OF, own_action_recency_days=0.0, web_view_count_28d=0.0, order_count_28d=1.0),
        row(customer_id="ann", as_of_date=BEFORE, own_action_recency_days=5.0, web_view_count_28d=1.0, order_count_28d=0.0),
        row(customer_id="bob", as_of_date=AS_OF, own_action_recency_days=11.0, web_view_count_28d=1.0, order_count_28d=0.0),
    )
    assert_rows(lake.read(CustomerLabels.contract), row(customer_id="ann", as_of_date=BEFORE, label_name="purchase", label_value=1, horizon_days=28))
    assert "left out as of 2026-04-12: not_identified customers=1" in said
    assert "purchase: horizon of 28 days dates=1 dates_waiting=1" in said


def test_a_late_event_enters_the_dates_that_may_know_it_on_the_next_run(lake: Lake, spark: SparkSession) -> None:
    run(lake, build_features, FEATURES, [])
    lake.write(Events.contract, rows(spark, Events, event(7, BOB, "view", "2026-04-02 09:00"), event(8, BOB, "view", "2026-04-13 09:00")))
    run(lake, build_features, FEATURES, [])
    bob = lake.read(features_contract(FEATURES)).where("customer_id = 'bob'")
    assert_rows(bob, row(as_of_date=AS_OF, web_view_count_28d=2.0, own_action_recency_days=10.0))
