"""The jobs of this room on a real lake: run twice, run on late rows, and count who is left out."""

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.customers import IdentityHistory
from crosschannel.contracts.gold import ActivityTiles, CustomerLabels, FeatureStatistics, LabelAudit, LabelLeaks
from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.errors import QualityError
from crosschannel.io.lake import Lake
from crosschannel.jobs import build_features, build_labels
from crosschannel.runtime.context import JobContext, LastSuccess
from crosschannel.settings.features import FeaturesSettings, Snapshots, features_contract
from crosschannel.settings.labels import BuildLabelsSettings, LabelsSettings
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
    {
        "audit": {"min_outcomes": 2},
        "labels": [{"name": "purchase", "outcome": {"any_of": {"verb": "purchase"}}, "horizon_days": 28, "population": {"active_within_days": 84}}],
    },
    LabelsSettings,
    Path("labels.yaml"),
)
BOTH = BuildLabelsSettings(features=FEATURES, labels=LABELS)
ONE_DATE = Snapshots(count=1)
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
    event(7, GUEST, "view", "2026-03-12 09:00"),
    event(8, GUEST, "view", "2026-04-11 09:00"),
]


@dataclass(frozen=True)
class Built:
    """A lake with the features of two dates, and what building them said and showed."""

    lake: Lake
    said: list[str]
    pages: dict[str, str]


@pytest.fixture(scope="module")
def built(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Built:
    lake = Lake(spark, str(tmp_path_factory.mktemp("features") / "lake"))
    known = [
        row(node_key=n, customer_id=c, is_identified=n != GUEST, kind="device" if n == GUEST else "person", namespace=c, **FOR_EVER)
        for n, c in ((ANN, "ann"), (BOB, "bob"), (GUEST, "guest"))
    ]
    lake.write(IdentityMap.contract, rows(spark, IdentityMap, *known))
    lake.write(Events.contract, rows(spark, Events, *EVENTS))
    said: list[str] = []
    return Built(lake, said, run(lake, build_features, FEATURES, said))


@pytest.fixture
def lake(spark: SparkSession, built: Built, tmp_path: Path) -> Lake:
    """A lake of the test's own, with the features built."""
    return Lake(spark, shutil.copytree(built.lake.root, str(tmp_path / "lake")))


def run(lake: Lake, module: Any, settings: Any, said: list[str], before: LastSuccess | None = None, as_of: dt.date = AS_OF) -> dict[str, str]:
    pages: dict[str, str] = {}
    tracker = SimpleNamespace(log_text=lambda text, name: pages.update({name: text}))
    now = dt.datetime(2026, 5, 1)
    module.JOB.run(JobContext(module.JOB.name, lake, "", 7, now, lambda: tracker, said.append, as_of, before), settings)  # type: ignore[arg-type,return-value]
    return pages


def so_far(lake: Lake) -> LastSuccess:
    """What a run that succeeded just now has seen."""
    return LastSuccess({Events.contract.name: lake.data_version(Events.contract)}, {}, same_rules=True)


def stored(lake: Lake, as_of: dt.date) -> list[Any]:
    return sorted(lake.read(features_contract(FEATURES)).where(F.col("as_of_date") == F.lit(as_of)).collect())


@pytest.mark.long
def test_features_and_labels_of_all_dates_are_built_once_however_often_the_jobs_run(lake: Lake, built: Built) -> None:
    said, pages = list(built.said), built.pages
    run(lake, build_labels, BOTH, said)
    run(lake, build_features, FEATURES, said)
    run(lake, build_labels, BOTH, said)
    assert_rows(
        lake.read(features_contract(FEATURES)),
        row(customer_id="ann", as_of_date=AS_OF, own_action_recency_days=0.0, web_view_count_28d=0.0, order_count_28d=1.0),
        row(customer_id="ann", as_of_date=BEFORE, own_action_recency_days=5.0, web_view_count_28d=1.0, order_count_28d=0.0),
        row(customer_id="bob", as_of_date=AS_OF, own_action_recency_days=11.0, web_view_count_28d=1.0, order_count_28d=0.0),
    )
    assert_rows(
        lake.read(CustomerLabels.contract),
        row(customer_id="ann", as_of_date=BEFORE, label_name="purchase", label_value=1, horizon_days=28, after_days=28),
    )
    assert_rows(lake.read(LabelAudit.contract), row(as_of_date=BEFORE, label_name="purchase", population=1, labelled=1, positives=1, coverage=1.0))
    assert "left out as of 2026-04-12: not_identified customers=1" in said
    assert "purchase: horizon of 28 days dates=1 dates_waiting=1" in said
    assert "events added up events=7 without_identifier=1" in said
    assert_rows(
        lake.read(FeatureStatistics.contract),
        row(feature_name="own_action_recency_days", customers=2, coverage=1.0, nonzero=0.5, middle=5.5, compared_date=BEFORE),
        row(feature_name="web_view_count_28d", customers=2, coverage=1.0, nonzero=0.5, middle=0.5, compared_date=BEFORE),
        row(feature_name="order_count_28d", customers=2, coverage=1.0, nonzero=0.5, middle=0.5, compared_date=BEFORE),
    )
    assert "2 customers as of 2026-04-12" in pages["feature_catalogue.html"]


@pytest.mark.long
def test_late_events_repair_their_days_and_the_dates_that_may_know_them_and_nothing_else(lake: Lake, spark: SparkSession) -> None:
    known, said = so_far(lake), []
    earlier = stored(lake, BEFORE)
    lake.write(Events.contract, rows(spark, Events, event(9, BOB, "view", "2026-04-02 09:00"), event(10, BOB, "view", "2026-04-13 09:00")))
    run(lake, build_features, FEATURES, said, known)
    assert "tiles repaired days=2" in said
    assert "as-of dates wanted=2 built=1 features=3" in said
    assert stored(lake, BEFORE) == earlier
    assert_rows(
        lake.read(features_contract(FEATURES)).where("customer_id = 'bob'"),
        row(as_of_date=AS_OF, web_view_count_28d=2.0, own_action_recency_days=10.0),
    )
    again: list[str] = []
    run(lake, build_features, FEATURES, again, so_far(lake))
    assert again == ["tiles are up to date", "as-of dates wanted=2 built=0 features=3"]
    repaired = lake.read(ActivityTiles.contract)
    run(lake, build_features, FEATURES, [])
    assert sorted(repaired.collect()) == sorted(lake.read(ActivityTiles.contract).collect())


def test_a_link_found_after_a_date_moves_no_row_of_it(lake: Lake, spark: SparkSession) -> None:
    linked = row(
        node_key=GUEST, customer_id="ann", is_identified=True, kind="device", namespace="cookie", **FOR_EVER | {"valid_from": at("2026-04-05 10:00")}
    )
    earlier, known = stored(lake, BEFORE), lake.read(IdentityMap.contract).where(F.col("node_key") != GUEST)
    lake.write(IdentityMap.contract, known.unionByName(rows(spark, IdentityMap, linked)).localCheckpoint())
    ended = row(node_key=GUEST, customer_id="guest", namespace="cookie", valid_from=FOR_EVER["valid_from"], valid_to=linked["valid_from"])
    lake.write(IdentityHistory.contract, rows(spark, IdentityHistory, ended))
    said: list[str] = []
    run(lake, build_features, FEATURES, said, so_far(lake))
    assert "as-of dates wanted=2 built=1 features=3" in said
    assert stored(lake, BEFORE) == earlier
    assert_rows(
        lake.read(features_contract(FEATURES)).where("customer_id = 'ann'"),
        row(as_of_date=AS_OF, web_view_count_28d=2.0),
        row(as_of_date=BEFORE, web_view_count_28d=1.0),
    )


def test_without_or_with_another_future_every_byte_of_a_date_is_the_same(lake: Lake, spark: SparkSession, tmp_path: Path) -> None:
    past = [e for e in EVENTS if e["event_date"] <= BEFORE]
    future = [e | {"node_key": BOB if e["node_key"] == ANN else ANN, "verb": "purchase"} for e in EVENTS if e["event_date"] > BEFORE]
    for name, given in (("deleted", past), ("shuffled", future[::-1] + past[::-1])):
        other = Lake(spark, str(tmp_path / name))
        other.write(IdentityMap.contract, lake.read(IdentityMap.contract))
        other.write(Events.contract, rows(spark, Events, *given))
        run(other, build_features, FEATURES.model_copy(update={"snapshots": ONE_DATE}), [], as_of=BEFORE)
        assert without_digest(stored(other, BEFORE)) == without_digest(stored(lake, BEFORE))


def test_a_planted_leak_is_an_alarm_and_no_label_is_written(lake: Lake, spark: SparkSession) -> None:
    buyers = [event(100 + n, 50 + n, "purchase", "2026-04-02 09:00") for n in range(4)]
    lake.write(Events.contract, rows(spark, Events, *buyers))
    people = [row(node_key=50 + n, customer_id=f"c{n}", is_identified=True, kind="person", namespace="x", **FOR_EVER) for n in range(8)]
    lake.write(IdentityMap.contract, rows(spark, IdentityMap, *people))
    knows = [
        row(customer_id=f"c{n}", as_of_date=BEFORE, own_action_recency_days=3.0, web_view_count_28d=float(n < 4), order_count_28d=float(n % 2))
        for n in range(8)
    ]
    lake.write(features_contract(FEATURES), rows(spark, features_contract(FEATURES), *knows), slices=[BEFORE])
    with pytest.raises(QualityError, match=r"label 'purchase' as of 2026-03-15 leaks: web_view_count_28d \(1.000\) tells it alone"):
        run(lake, build_labels, BOTH, [])
    assert lake.read(CustomerLabels.contract).count() == 0
    assert_rows(
        lake.read(LabelLeaks.contract),
        row(feature_name="web_view_count_28d", auc=1.0, sampled=8, positives=4, is_alarm=True),
        row(feature_name="order_count_28d", auc=0.5, sampled=8, positives=4, is_alarm=False),
        row(feature_name="own_action_recency_days", auc=0.5, sampled=8, positives=4, is_alarm=False),
    )


def without_digest(features: list[Any]) -> list[dict[str, Any]]:
    """The rows without what names the settings, which differ in the number of dates."""
    return [{k: v for k, v in one.asDict().items() if k != "inputs_digest"} for one in features]
