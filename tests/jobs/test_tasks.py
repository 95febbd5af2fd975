"""A response and a lead score, added by YAML alone, run through the real jobs to published columns, reasons and a list."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.acting import ActionLists, ScoreReasons
from crosschannel.contracts.gold import CustomerLabels
from crosschannel.contracts.ml import ModelMetrics
from crosschannel.contracts.serving import PublishedSegments
from crosschannel.io.releases import current_release, read_release
from crosschannel.jobs.chain import JOBS
from crosschannel.runtime.run import Place, Runner
from crosschannel.settings.project import Project
from tests.jobs.conftest import SEED, Small
from tests.support.told_tasks import with_told_tasks

pytestmark = pytest.mark.whole_chain
NEW = ("email_response", "lead")


def test_tasks_told_in_yaml_are_learned_scored_explained_listed_and_published(spark: SparkSession, small_lake: Small, tmp_path: Path) -> None:
    project = Project(with_told_tasks(small_lake.project.folder, tmp_path))
    shutil.copytree(small_lake.lake, tmp_path / "lake", ignore=shutil.ignore_patterns("mlflow"))
    active = Runner(Place(project, str(tmp_path / "lake"), small_lake.raw, seed=SEED, fresh=True), spark, lambda _: None)
    for name in ("build_labels", "train_segments", "train_scores", "score_customers", "publish_segments"):
        assert active.run(JOBS[name]).state == "succeeded"
    lake = active.lake
    labels = {r[0]: r[1] for r in lake.read(CustomerLabels.contract).groupBy(CustomerLabels.label_name).agg(F.avg(CustomerLabels.label_value)).collect()}
    assert all(0 < labels[name] < 1 for name in NEW)
    measured = {(r.model_name, r.metric): r.value for r in lake.read(ModelMetrics.contract).collect() if r.slice == "all"}
    assert all(measured[name, "auc"] > 0.5 for name in NEW)
    release = current_release(lake)
    published = read_release(lake, PublishedSegments, release)
    scored = published.agg(*[F.count(f"{name}_score") for name in NEW]).first()
    assert all(n > 100 for n in scored)
    assert lake.read(ScoreReasons.contract).where(F.col(ScoreReasons.score_name).isin(*NEW)).count() == sum(scored)
    calls = read_release(lake, ActionLists, release).where(F.col(ActionLists.list_name) == "sales_calls").collect()
    assert sorted(r.place for r in calls) == list(range(1, 21))
    assert all(r.drivers or r.cautions for r in calls)
