"""Tracking on a real SQLite store in a temporary folder; no Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosschannel.errors import UsageError
from crosschannel.io.tracking import TRACKING_URI_ENV, Tracker, open_tracker
from crosschannel.models.evidence import CARD, Evidence


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lake")


def runs(tracker: Tracker) -> list:
    experiment = tracker.client.get_experiment_by_name(tracker.experiment)
    return list(tracker.client.search_runs([experiment.experiment_id]))


def test_stages_of_one_pipeline_share_a_parent_even_from_separate_processes(lake):
    for job in ("ingest_events", "train_scores"):
        with open_tracker(str(lake), "a", "p1").stage(job) as stage:
            stage.log_metrics({"rows": 3})
    found = runs(open_tracker(str(lake), "a", "p1"))
    parents = [r for r in found if r.data.tags["role"] == "pipeline"]
    stages = [r for r in found if r.data.tags["role"] == "stage"]
    assert len(parents) == 1
    assert {r.data.tags["mlflow.parentRunId"] for r in stages} == {parents[0].info.run_id}
    assert {r.info.status for r in found} == {"FINISHED"}


def test_a_stage_names_the_table_versions_it_read(lake):
    tracker = open_tracker(str(lake), "lineage", "p1")
    with tracker.stage("train_scores", {"settings_hash": "abc"}) as stage:
        stage.log_inputs("/lake", {"gold.customer_labels": 4, "gold.customer_features": 12, "ml.segment_models": -1}, "training")
    run = next(r for r in runs(tracker) if r.data.tags["role"] == "stage")
    named = {d.dataset.name: (d.dataset.digest, d.dataset.source, d.tags[0].value) for d in run.inputs.dataset_inputs}
    assert named == {
        "gold.customer_features": ("v12", '{"path": "/lake/gold/customer_features", "delta_table_version": 12}', "training"),
        "gold.customer_labels": ("v4", '{"path": "/lake/gold/customer_labels", "delta_table_version": 4}', "training"),
    }
    assert run.data.tags["delta_inputs"] == "gold.customer_features@12, gold.customer_labels@4"
    assert run.data.tags["settings_hash"] == "abc"


def test_a_stage_that_fails_is_shown_as_failed_with_what_it_logged(lake):
    tracker = open_tracker(str(lake), "b", "p1")
    with pytest.raises(RuntimeError), tracker.stage("train_scores"):  # noqa: PT012 - the stage itself is what is tested
        tracker.log_metrics({"auc": 0.5})
        raise RuntimeError
    stage = next(r for r in runs(tracker) if r.data.tags["role"] == "stage")
    assert stage.info.status == "FAILED"
    assert stage.data.metrics == {"auc": 0.5}


def test_a_run_in_which_nothing_had_changed_is_shown_as_finished_and_a_failed_one_stays_failed(lake):
    quiet = open_tracker(str(lake), "quiet", "p1")
    quiet.log_pipeline({"seed": 7}, {"seconds/all": 1.0}, {"train_scores": "unchanged"})
    assert [r.info.status for r in runs(quiet)] == ["FINISHED"]
    failed = open_tracker(str(lake), "failed", "p1")
    with pytest.raises(RuntimeError), failed.stage("train_scores"):
        raise RuntimeError
    failed.log_pipeline({}, {}, {"train_scores": "failed"})
    assert {r.info.status for r in runs(failed)} == {"FAILED"}


def test_a_content_is_registered_once_and_aliases_move_with_verdicts(lake):
    tracker = open_tracker(str(lake), "c", "p1")
    assert tracker.champion("segments") is None
    with tracker.stage("train_segments"):
        numbers = [tracker.register("segments", v, {"segments.json": "{}"}, {"verdict": "x"}) for v in ("v1", "v1", "v2", "v3")]
        tracker.settle("segments", "v1", is_accepted=True)
        tracker.settle("segments", "v2", is_accepted=False)
        assert tracker.champion("segments") == "v1"
        tracker.settle("segments", "v3", is_accepted=True)
    assert numbers == ["1", "1", "2", "3"]
    assert tracker.champion("segments") == "v3"
    aliases = tracker.client.get_registered_model("crosschannel-c-segments").aliases
    assert {k: str(v) for k, v in aliases.items()} == {"champion": "3", "challenger": "2", "previous": "1"}
    again = open_tracker(str(lake), "c", "p2")
    again.settle("segments", "v3", is_accepted=True)
    assert str(again.client.get_registered_model("crosschannel-c-segments").aliases["previous"]) == "1"


def test_the_pages_of_a_run_and_of_its_model_say_what_the_model_is(lake):
    tracker = open_tracker(str(lake), "cards", "p1")
    with tracker.stage("train_scores"):
        for name in ("purchase", "churn"):
            evidence = Evidence(texts={CARD: f"# {name}"}).under(name)
            tracker.log(evidence)
            tracker.register(name, "v1", {f"{name}.json": "{}"}, {}, evidence.card)
    stage = next(r for r in runs(tracker) if r.data.tags["role"] == "stage")
    assert stage.data.tags["mlflow.note.content"] == "# purchase\n\n# churn"
    assert tracker.client.get_model_version("crosschannel-cards-churn", "1").description == "# churn"


def test_logging_outside_a_stage_is_refused(lake):
    with pytest.raises(UsageError, match="no stage is open"):
        open_tracker(str(lake), "d", "p1").log_text("x", "x.txt")


def test_the_environment_says_where_a_lake_without_a_folder_keeps_its_models(monkeypatch):
    with pytest.raises(UsageError, match=TRACKING_URI_ENV):
        open_tracker("hdfs://lake", "a", "p1")
    monkeypatch.setenv(TRACKING_URI_ENV, "http://tracking:5000")
    assert open_tracker("hdfs://lake", "a", "p1").uri == "http://tracking:5000"


def test_tracking_lies_beside_a_local_lake(monkeypatch, tmp_path):
    monkeypatch.delenv(TRACKING_URI_ENV, raising=False)
    tracker = open_tracker(str(tmp_path), "a", "p1")
    assert tracker.uri == f"sqlite:///{tmp_path}/mlflow/mlflow.db"
    assert tracker.artifact_root == f"{tmp_path}/mlflow/artifacts"
