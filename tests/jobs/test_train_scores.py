"""Training and applying scores on a real lake and a real registry."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.acting import ModelStudies, ScoreReasons
from crosschannel.contracts.gold import CustomerLabels
from crosschannel.contracts.ml import CustomerScores, CustomerSegments, ModelMetrics, Models
from crosschannel.contracts.ops import ModelActions
from crosschannel.errors import QualityError, UsageError
from crosschannel.jobs import score_customers, train_scores, train_segments
from crosschannel.jobs.manage_models import Decision, Place, promote, roll_back
from crosschannel.settings.features import features_contract
from crosschannel.settings.scores import TrainSegmentsSettings
from tests.support import planted
from tests.support.training import Trained, artifacts, job_context, opened

DAYS = (planted.EARLIER, planted.LATEST, planted.TODAY)
CONTRACT = features_contract(planted.FEATURES)
NOW = dt.datetime(2026, 4, 2)
WITH_ONE_MORE = planted.SCORES.model_copy(update={"scores": (*planted.SCORES.scores, planted.SCORES.scores[0].model_copy(update={"name": "upsell"}))})
SEGMENTS = TrainSegmentsSettings(features=planted.FEATURES, segments=planted.SEGMENTS)


def managed(place: Trained) -> Place:
    return Place(place.lake, place.tracker, planted.TRAINING, planted.SEGMENTS, planted.TODAY)


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
    said = run(made, score_customers, planted.TRAINING.model_copy(update={"scores": WITH_ONE_MORE}))
    assert any(line.startswith("upsell left out: no champion") for line in said)  # the others are scored all the same
    return made


def test_every_score_has_a_stored_model_that_is_champion(place):
    stored = {r.model_name: r.model_version for r in place.lake.read(Models.contract).collect()}
    assert set(stored) == {"purchase", "omnichannel"}
    assert {name: place.tracker.champion(name) for name in stored} == stored


def test_every_metric_is_a_row(place):
    metrics = place.lake.read(ModelMetrics.contract).collect()
    assert {m.metric for m in metrics if m.model_name == "purchase"} >= {"auc", "pr_auc", "log_loss", "ece", "lift_10"}
    slices = {m.slice for m in metrics if m.model_name == "purchase"}
    assert slices >= {"all", "channel=web", "segment=s01", "region=north", "region=unknown"}
    rows = {m.slice: m.value for m in metrics if m.model_name == "purchase" and m.metric == "rows"}
    assert sum(n for name, n in rows.items() if name.startswith("segment=")) == rows["all"]
    assert sum(n for name, n in rows.items() if name.startswith("region=")) == rows["all"]


def test_a_run_holds_what_a_reviewer_decides_by(place):
    found = artifacts(place.tracker, "train_scores")
    wanted = {"calibration.png", "lift_by_decile.png", "roc.png", "feature_gains.png", "slices.png", "slice_calibration.png"}
    assert {f"figures/purchase/{name}" for name in wanted} <= found
    assert {"purchase/model_card.md", "omnichannel/model_card.md", "figures/omnichannel/weights.png", "purchase/gate.json", "purchase/slices.json"} <= found


def test_the_weight_table_shows_every_act_with_its_interval(place):
    rows = [m for m in place.lake.read(ModelMetrics.contract).collect() if m.slice.startswith("act=")]
    by_act = {act: {m.metric: m.value for m in rows if m.slice == act} for act in {m.slice for m in rows}}
    assert {act for act in by_act if act.startswith("act=web")} == {"act=web view", "act=web purchase"}
    assert all(0 < w["weight_lo"] <= w["weight_hi"] for w in by_act.values())
    assert all(by_act["act=web purchase"][end] > by_act["act=web view"][end] for end in ("weight", "weight_lo", "weight_hi"))
    assert "omnichannel/weight_table.json" in artifacts(place.tracker, "train_scores")


def test_a_first_model_is_held_beside_a_regression_and_the_studied_one_beside_each_channel(place):
    studies = {(s.study, s.variant_name, s.metric): s for s in place.lake.read(ModelStudies.contract).collect()}
    assert {(s.study, s.variant_name) for s in studies.values()} == {
        ("baseline", "logistic"), *(("channel", c) for c in ("all", "web", "app", "store")),
        *(("without_family", f) for f in ("behaviour", "purchase", "demographics", "cross_channel")),
    }  # fmt: skip
    assert {s.model_version for s in studies.values()} == {place.tracker.champion("purchase")}
    (judged,) = {s.customers for s in studies.values()}
    assert judged > 100
    every, web = studies["channel", "all", "auc"], studies["channel", "web", "auc"]
    assert (every.features, web.features) == (12, 3)  # two counts of the web, and the region
    assert web.whole_minus_variant == pytest.approx(every.variant_auc - web.variant_auc, abs=1e-5)
    assert web.low <= web.whole_minus_variant <= web.high
    assert {"figures/purchase/channels.png", "figures/purchase/without_family.png", "purchase/studies.json"} <= artifacts(place.tracker, "train_scores")
    assert "logistic regression" in place.tracker.registry.find("purchase", "champion").tags["verdict_reason"]


def test_everybody_has_a_segment_and_the_active_have_scores(place):
    segments = place.lake.read(CustomerSegments.contract).collect()
    scores = place.lake.read(CustomerScores.contract).collect()
    assert len(segments) == 600
    assert {s.as_of_date for s in scores} == {planted.TODAY}
    per_score = [sum(s.score_name == name for s in scores) for name in ("purchase", "omnichannel")]
    assert per_score[0] == per_score[1] < 600
    assert {s.decile for s in scores} == set(range(1, 11))


def test_every_score_has_reasons_that_add_up_exactly_for_the_highest_decile_and_for_lists(place):
    scores = {(s.customer_id, s.score_name): s for s in place.lake.read(CustomerScores.contract).collect()}
    reasons = {(r.customer_id, r.score_name): r for r in place.lake.read(ScoreReasons.contract).collect()}
    assert set(reasons) == set(scores)
    for key, r in reasons.items():
        assert r.bias + sum(r.contributions.values()) == pytest.approx(r.margin, abs=1e-6)
        assert r.model_version == scores[key].model_version
        sizes = [abs(x.contribution) for x in r.reasons]
        assert sizes == sorted(sizes, reverse=True)
        assert len(sizes) <= 3
        assert all((x.sign > 0) == (x.contribution > 0) == (x.phrase == "they buy" or x.phrase.endswith("speak for it")) for x in r.reasons)
        assert "withheld" not in {x.family for x in r.reasons}
    worth = {s.customer_id: s.probability * s.outcome_value for s in scores.values() if s.score_name == "purchase"}
    last = sorted(worth.values())[-planted.SCORES.lists[0].capacity]
    exact = {key for key, r in reasons.items() if r.method == "exact"}
    assert exact >= {key for key, s in scores.items() if s.decile == 1 or s.score_name == "omnichannel"} | {(c, "purchase") for c, value in worth.items() if value > last + 1e-6}
    assert 0.1 < sum(name == "purchase" for _, name in exact) / sum(name == "purchase" for _, name in scores) < 0.25
    assert {f for r in reasons.values() if r.score_name == "purchase" for f in r.contributions} == {"orders", "behaviour", "withheld", "cross_channel"}
    assert sum(abs(r.contributions.get("withheld", 0)) for r in reasons.values()) > 0


@pytest.mark.long
def test_scoring_and_training_again_change_no_row(place):
    tables = (CustomerSegments, CustomerScores, ScoreReasons, Models, ModelMetrics, ModelStudies)
    before = {t: sorted(map(str, place.lake.read(t.contract).collect())) for t in tables}
    run(place, train_scores, planted.TRAINING)
    run(place, score_customers, planted.TRAINING)
    assert {t: sorted(map(str, place.lake.read(t.contract).collect())) for t in tables} == before


@pytest.mark.long
def test_a_worse_challenger_waits_and_people_cannot_promote_it_either(place):
    champion = place.tracker.champion("purchase")
    weak = planted.SCORES.scores[0].model_copy(update={"max_rounds": 1, "learning_rate": 0.01})
    scores = planted.SCORES.model_copy(update={"scores": (weak,)})
    said = run(place, train_scores, planted.TRAINING.model_copy(update={"scores": scores}))
    assert any("purchase" in line and "kept as challenger: not as good as the champion on the same customers" in line for line in said)
    assert place.tracker.champion("purchase") == champion
    assert "figures/purchase/against_champion.png" in artifacts(place.tracker, "train_scores")
    with pytest.raises(QualityError, match="purchase .* is not promoted: not as good as the champion"):
        promote(managed(place), "purchase", "challenger", Decision("promote", "ann", "ticket 5", NOW))
    assert place.tracker.champion("purchase") == champion
    assert place.lake.version(ModelActions.contract) == -1


@pytest.mark.long
def test_people_go_back_and_training_leaves_it_so_until_they_promote_again(place):
    champion = place.tracker.champion("purchase")
    entry = place.tracker.registry.find("purchase", "challenger")
    place.tracker.registry.promote("purchase", entry)  # as if an earlier gate had been wrong
    used, taken_back = roll_back(managed(place), "purchase", Decision("rollback", "ann", "ticket 6: too few mails", NOW))
    assert (used.model_version, taken_back.model_version) == (champion, entry.model_version)
    (row,) = place.lake.read(ModelActions.contract).collect()
    assert (row.action, row.acted_by, row.reason) == ("rollback", "ann", "ticket 6: too few mails")
    assert (row.model_version, row.version_before) == (champion, entry.model_version)
    weak = planted.SCORES.scores[0].model_copy(update={"max_rounds": 1, "learning_rate": 0.01})
    said = run(place, train_scores, planted.TRAINING.model_copy(update={"scores": planted.SCORES.model_copy(update={"scores": (weak,)})}))
    assert any("was rolled back: ticket 6: too few mails (ann, 2026-04-02)" in line for line in said)
    assert place.tracker.champion("purchase") == champion
