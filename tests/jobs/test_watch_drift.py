"""The drift watch on a real lake and a real registry: references, verdicts, reruns."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.gold import CustomerLabels
from crosschannel.contracts.ml import DriftReferences, DriftReport, DriftVerdicts
from crosschannel.jobs import train_scores, train_segments, watch_drift
from crosschannel.settings.features import features_contract
from crosschannel.settings.scores import TrainSegmentsSettings
from tests.support import planted
from tests.support.training import Trained, artifacts, job_context, opened

PEOPLE = 600
CONTRACT = features_contract(planted.FEATURES)
LATER = dt.date(2026, 4, 25)
DAYS = (planted.EARLIER, planted.LATEST, planted.TODAY, LATER)


def run(place: Trained, job, settings, day: dt.date) -> list[str]:
    said: list[str] = []
    with place.tracker.stage(job.JOB.name):
        job.JOB.run(job_context(place, job.JOB.name, day, said), settings)
    return said


@pytest.fixture(scope="module")
def place(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    made = opened(spark, tmp_path_factory.mktemp("drift"))
    made.lake.write(CONTRACT, planted.planted_features(spark, PEOPLE, *DAYS), slices=DAYS)
    made.lake.write(CustomerLabels.contract, planted.planted_labels(spark, PEOPLE, *DAYS[:3]), slices=DAYS[:3])
    run(made, train_segments, TrainSegmentsSettings(features=planted.FEATURES, segments=planted.SEGMENTS), planted.TODAY)
    run(made, train_scores, planted.TRAINING, planted.TODAY)
    run(made, watch_drift, planted.TRAINING, LATER)
    return made


def verdicts(place: Trained, day: dt.date) -> dict[str, str]:
    rows = place.lake.read(DriftVerdicts.contract).where(F.col("as_of_date") == F.lit(day)).collect()
    return {r.model_name: f"{r.verdict}: {r.rests_on}" for r in rows}


def test_a_quiet_day_keeps_every_model_with_outcomes_that_came_in_since_training(place):
    found = verdicts(place, LATER)
    assert set(found) == {"segments", "purchase", "omnichannel"}
    assert all(said.startswith("keep: none of") and "no outcomes" not in said for said in found.values())
    report = place.lake.read(DriftReport.contract).collect()
    assert {r.measure for r in report if r.model_name == "purchase"} == {"feature", "score", "ranking", "rate", "calibration", "age"}
    assert {r.measure for r in report if r.model_name == "segments"} == {"segment_share", "radius", "age"}
    assert {r.subject for r in report if r.model_name == "purchase" and r.measure == "feature"} >= {"region", "own_action_recency_days"}
    assert all(r.chance is not None for r in report if r.measure == "feature")


def test_the_reference_is_the_latest_day_the_model_learned_from(place):
    found = {r.model_name: r.reference_date for r in place.lake.read(DriftReferences.contract).collect()}
    assert found == {"purchase": planted.LATEST, "omnichannel": planted.LATEST, "segments": planted.TODAY}


def test_a_run_shows_the_card_and_the_features_that_moved_most(place):
    assert {"purchase/drift_card.md", "figures/purchase/feature_drift.png", "segments/drift_card.md"} <= artifacts(place.tracker, "watch_drift")


def test_watching_again_changes_no_row_and_references_stay_though_their_day_is_repaired(place):
    tables = (DriftReferences, DriftReport, DriftVerdicts)
    before = {t: sorted(map(str, place.lake.read(t.contract).collect())) for t in tables}
    repaired = place.lake.read(CONTRACT).where(F.col("as_of_date") == F.lit(planted.LATEST)).withColumn("order_amount_sum_28d", F.lit(1.0))
    place.lake.write(CONTRACT, repaired, slices=[planted.LATEST])
    run(place, watch_drift, planted.TRAINING, LATER)
    assert {t: sorted(map(str, place.lake.read(t.contract).collect())) for t in tables} == before


def test_customers_who_changed_since_training_are_a_reason_to_retrain(place):
    busier = [F.col(f"{c}_view_count_28d") * 3 + 5 for c in ("web", "app")]
    changed = place.lake.read(CONTRACT).where(F.col("as_of_date") == F.lit(LATER))
    changed = changed.withColumns({"web_view_count_28d": busier[0], "app_view_count_28d": busier[1], "web_share_28d": F.lit(0.05)})
    place.lake.write(CONTRACT, changed, slices=[LATER])
    said = run(place, watch_drift, planted.TRAINING, LATER)
    found = verdicts(place, LATER)
    assert {name: what.split(":")[0] for name, what in found.items()} == dict.fromkeys(found, "retrain")
    assert "feature web_view_count_28d" in found["purchase"]
    assert "feature app_view_count_28d" in found["purchase"]
    assert "segment_share all segments" in found["segments"]
    assert sum("retrain" in line for line in said) == 3
