"""A training, and a decision about models, ended before each call to MLflow: on a real SQLite store, without Spark."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from crosschannel.io.model_registry import TAKEN_BACK_TAG
from crosschannel.io.tracking import Tracker, open_tracker
from crosschannel.models.evidence import CARD, Evidence
from tests.faults.points import DECIDED, FAILPOINTS, MLFLOW, MODELS, Killed, Trace, laid

pytestmark = [pytest.mark.long, pytest.mark.fault(20)]
DATABASE = "mlflow/mlflow.db"
NAMES = {test: {p.name for p in FAILPOINTS if test in p.tests and p.place.startswith(MLFLOW)} for test in (MODELS, DECIDED)}


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake whose registry has a champion of two models."""
    lake = tmp_path / "lake"
    train(lake, "p0", purchase="v1", churn="w1")
    return lake


def train(lake: Path, pipeline: str, **models: str) -> None:
    """What a training does with MLflow, after closing what a killed one left open; every model is accepted but one called worse."""
    open_tracker(str(lake), "kills", pipeline).close_left_open()
    tracker = open_tracker(str(lake), "kills", pipeline)
    with tracker.stage("train_scores", {"settings_hash": "s"}):
        tracker.log_inputs(str(lake), {"gold.customer_features": 3}, "training")
        evidence = Evidence(params={"depth": 3}, tags={"verdict": "better"}, texts={CARD: "# purchase"}, dicts={"facts.json": {"a": 1}})
        evidence.metrics.append(("auc", 0.7, 0))
        evidence.figures["curve.png"] = Figure()
        tracker.log(evidence)
        for name, version in models.items():
            tracker.register(name, version, {"model.json": f'"{name} {version}"'}, {"kind": "json"}, "a card")
            tracker.settle(name, version, is_accepted=not version.endswith("worse"))
    report = lake / "report.html"
    report.write_text("<p>a report</p>", encoding="utf-8")
    tracker.log_pipeline({"seed": 7}, {"seconds/all": 1.0}, {"state": "succeeded"})
    tracker.log_pipeline_file(report)


def known(lake: Path) -> dict[str, Any]:
    """What MLflow shows in the end: finished stages with all they hold, the registry, and what is open."""
    tracker = open_tracker(str(lake), "kills", "p1")
    experiment = tracker.client.get_experiment_by_name(tracker.experiment).experiment_id
    runs = tracker.client.search_runs([experiment])
    stages = [r for r in runs if r.data.tags["role"] == "stage" and r.info.status == "FINISHED"]
    return {
        "stages": sorted({(r.data.tags["pipeline_id"], *facts_of(tracker, r)) for r in stages}),  # one ended before its end was booked ran twice
        "open": [r.info.run_id for r in runs if r.info.status == "RUNNING"],
        "pending": [m.model_id for m in tracker.client.search_logged_models([experiment]) if str(m.status) == "PENDING"],
        "parents": sorted((r.data.tags["pipeline_id"], r.info.status, r.data.params, r.data.metrics) for r in runs if r.data.tags["role"] == "pipeline"),
        "registry": {name: [(e.number, e.model_version, e.aliases, TAKEN_BACK_TAG in e.tags, content(tracker, name, e.number)) for e in tracker.registry.entries(name)] for name in ("purchase", "churn")},
    }  # fmt: skip


def facts_of(tracker: Tracker, run: Any) -> tuple[Any, ...]:
    files = [f.path for folder in ("", "figures") for f in tracker.client.list_artifacts(run.info.run_id, folder or None)]
    return str(run.data.params), str(run.data.metrics), run.data.tags["verdict"], str(sorted(files)), len(run.inputs.dataset_inputs)


def content(tracker: Tracker, name: str, number: int) -> str:
    version = tracker.client.get_model_version(tracker.registry.full_name(name), str(number))
    return (Path(version.source.removeprefix("file://")) / "model.json").read_text(encoding="utf-8")


def ended_before_each(lake: Path, work: Callable[[], None], judge: Callable[[], None]) -> Trace:
    """Do the work again and again on MLflow's database as it is now, each time ended before the next durable step, and judge the state after a repeat."""
    kept = lake.with_name("kept.db")
    copied(lake / DATABASE, kept)
    with laid(Trace()) as whole:
        work()
    for number in range(1, len(whole.steps) + 1):
        copied(kept, lake / DATABASE)
        with laid(Trace(number)) as trace, pytest.raises(Killed):
            work()
        assert trace.steps == whole.steps[:number]
        work()
        judge()
    return whole


def copied(source: Path, target: Path) -> None:
    """Bring a database to the state of another one, in place: this process keeps it open."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def test_a_training_ended_before_every_call_to_mlflow_ends_as_an_undisturbed_one(lake: Path, tmp_path: Path) -> None:
    train(tmp_path / "steady", "p0", purchase="v1", churn="w1")
    train(tmp_path / "steady", "p1", purchase="v2", churn="w2worse")
    expected = known(tmp_path / "steady")
    assert (expected["open"], expected["pending"]) == ([], [])
    assert [e[:3] for e in expected["registry"]["purchase"]] == [(1, "v1", ("previous",)), (2, "v2", ("champion",))]

    def judge() -> None:
        assert known(lake) == expected

    whole = ended_before_each(lake, lambda: train(lake, "p1", purchase="v2", churn="w2worse"), judge)
    first = Trace()
    with laid(first):
        train(tmp_path / "first", "p0", purchase="v1")
    assert whole.points | first.points >= NAMES[MODELS]


def test_a_decision_ended_before_every_call_to_mlflow_holds_when_it_is_repeated(lake: Path) -> None:
    train(lake, "p1", purchase="v2", churn="w2worse")

    def rolled_back() -> None:
        open_tracker(str(lake), "kills").registry.roll_back("purchase", "ticket 1")

    def old_one_is_champion() -> None:
        assert [e[1:4] for e in known(lake)["registry"]["purchase"]] == [("v1", ("champion",), False), ("v2", ("challenger",), True)]

    back = ended_before_each(lake, rolled_back, old_one_is_champion)

    def promoted_again() -> None:
        registry = open_tracker(str(lake), "kills").registry
        registry.promote("purchase", registry.find("purchase", "v2"))

    def new_one_is_champion() -> None:
        assert [e[1:4] for e in known(lake)["registry"]["purchase"]] == [("v1", ("previous",), False), ("v2", ("champion",), False)]

    again = ended_before_each(lake, promoted_again, new_one_is_champion)
    assert back.points | again.points >= NAMES[DECIDED]
