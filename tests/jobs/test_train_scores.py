"""Training and applying scores on a real lake and a real registry."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.gold import CustomerLabels
from crosschannel.contracts.ml import CustomerScores, CustomerSegments, ModelMetrics, Models
from crosschannel.errors import UsageError
from crosschannel.jobs import score_customers, train_scores, train_segments
from crosschannel.settings.features import features_contract
from crosschannel.settings.scores import TrainSegmentsSettings
from tests.support import planted
from tests.support.training import Trained, artifacts, job_context, opened

DAYS = (planted.EARLIER, planted.LATEST, planted.TODAY)
CONTRACT = features_contract(planted.FEATURES)
SEGMENTS = TrainSegmentsSettings(features=planted.FEATURES, segments=planted.SEGMENTS)


def run(place: Trained, job, settings, day: dt.date = planted.TODAY, seed: int = 7) -> list[str]:
    said: list[str] = []
    with place.tracker.stage(job.JOB.name):
        job.JOB.run(job_context(place, job.JOB.name, day, said, seed), settings)
    return said


@pytest.fixture(scope="module")
def place(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    made = opened(spark, tmp_path_factory.mktemp("scores"))
    made.lake.write(CONTRACT, planted.planted_features(spark, 600, *DAYS), slices=DAYS)
    made.lake.write(CustomerLabels.contract, planted.planted_labels(spark, 600, *DAYS[:2]), slices=DAYS[:2])
    with pytest.raises(UsageError, match="run train_segments and train_scores first"):
        run(made, score_customers, planted.TRAINING)
    run(made, train_segments, SEGMENTS)
    run(made, train_scores, planted.TRAINING)
    run(made, score_customers, planted.TRAINING)
    return made


def test_every_score_has_a_stored_model_that_is_champion(place):
    stored = {r.model_name: r.model_version for r in place.lake.read(Models.contract).collect()}
    assert set(stored) == {"purchase", "omnichannel"}
    assert {name: place.tracker.champion(name) for name in stored} == stored


def test_every_metric_is_a_row(place):
    metrics = place.lake.read(ModelMetrics.contract).collect()
    assert {m.metric for m in metrics if m.model_name == "purchase"} >= {"auc", "pr_auc", "log_loss", "ece", "lift_10"}
    assert {m.slice for m in metrics} == {"all"}


def test_a_run_holds_what_a_reviewer_decides_by(place):
    found = artifacts(place.tracker, "train_scores")
    wanted = {"calibration.png", "lift_by_decile.png", "roc.png", "feature_gains.png"}
    assert {f"figures/purchase/{name}" for name in wanted} <= found
    assert {"purchase/model_card.md", "omnichannel/model_card.md", "figures/omnichannel/weights.png"} <= found


def test_everybody_has_a_segment_and_the_active_have_scores(place):
    segments = place.lake.read(CustomerSegments.contract).collect()
    scores = place.lake.read(CustomerScores.contract).collect()
    assert len(segments) == 600
    assert {s.as_of_date for s in scores} == {planted.TODAY}
    per_score = [sum(s.score_name == name for s in scores) for name in ("purchase", "omnichannel")]
    assert per_score[0] == per_score[1] < 600
    assert {s.decile for s in scores} == set(range(1, 11))


def test_scoring_and_training_again_change_no_row(place):
    tables = (CustomerSegments, CustomerScores, Models, ModelMetrics)
    before = {t: sorted(map(str, place.lake.read(t.contract).collect())) for t in tables}
    run(place, train_scores, planted.TRAINING)
    run(place, score_customers, planted.TRAINING)
    assert {t: sorted(map(str, place.lake.read(t.contract).collect())) for t in tables} == before


def test_a_worse_challenger_waits_and_the_champion_goes_on_scoring(place):
    champion = place.tracker.champion("purchase")
    weak = planted.SCORES.scores[0].model_copy(update={"max_rounds": 1, "learning_rate": 0.01})
    scores = planted.SCORES.model_copy(update={"scores": (weak,)})
    said = run(place, train_scores, planted.TRAINING.model_copy(update={"scores": scores}))
    assert any("purchase" in line and "kept as challenger" in line for line in said)
    assert place.tracker.champion("purchase") == champion
