"""The whole chain: a second run does nothing, and a run killed at any commit ends as if it never was."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession, functions as F

from benchmarks.comparing import compared
from crosschannel.contracts.gold import CustomerLabels
from crosschannel.contracts.ml import Models, SegmentModels
from crosschannel.contracts.ops import Checks, Runs
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.serving import PublishedScores
from crosschannel.contracts.silver import Identifiers
from crosschannel.contracts.table import Contract, DataClass
from crosschannel.exprs.hashing import key_id
from crosschannel.io.lake import Lake
from crosschannel.io.releases import current_release, read_release
from crosschannel.io.tracking import open_tracker
from crosschannel.jobs.chain import JOBS, ORDER
from crosschannel.jobs.evaluate import evaluate
from crosschannel.quality.grade import grade_rows
from crosschannel.runtime.run import Place, Runner
from crosschannel.runtime.secrets import pseudonym_key
from tests.faults.clock import clock_moved
from tests.jobs.conftest import PEOPLE, SEED, Small, run_chain
from tests.support.canaries import planted, singing

pytestmark = pytest.mark.whole_chain
# Models take their time, so of the jobs that train only the last commit is killed; of the others every one.
TRAINING = {"build_features", "build_labels", "train_segments", "train_scores"}

LINEAGE = (
    ("publish_segments", "ml.customer_scores"), ("score_customers", "ml.models"), ("score_customers", "gold.customer_features"),
    ("train_scores", "gold.customer_features"), ("train_scores", "gold.customer_labels"), ("build_features", "silver.events"),
    ("conform_events", "bronze.events"),
)  # fmt: skip


class KilledError(BaseException):
    """Stands for a process that ends between two commits; nothing may catch it."""


def test_a_second_run_finds_nothing_to_do_and_adds_no_version(spark: SparkSession, small_lake: Small) -> None:
    lake = small_lake.opened(spark)
    before = {name: lake.version(contract) for name, contract in CONTRACTS.items()}
    outcomes = run_chain(spark, small_lake.folder, small_lake.lake)
    assert {o.state for o in outcomes} == {"unchanged"}
    assert {name: lake.version(contract) for name, contract in CONTRACTS.items()} == before


def test_the_run_of_a_training_names_the_versions_of_the_tables_it_read(spark: SparkSession, small_lake: Small) -> None:
    lake, tracker = small_lake.opened(spark), open_tracker(small_lake.lake, small_lake.project.name)
    experiment = tracker.client.get_experiment_by_name(tracker.experiment)
    (run,) = tracker.client.search_runs([experiment.experiment_id], "tags.stage = 'train_scores'")
    read = {c.name: lake.data_version(c) for c in (CustomerLabels.contract, SegmentModels.contract)}
    assert all(f"{name}@{version}" in run.data.tags["delta_inputs"] for name, version in read.items())
    assert {d.dataset.name for d in run.inputs.dataset_inputs} >= set(read)


def test_every_grade_that_does_not_depend_on_size_is_held(spark: SparkSession, small_lake: Small) -> None:
    grades = evaluate(spark, small_lake.opened(spark), small_lake.truth, small_lake.project)
    held = {(group, measure): passed for group, measure, _, _, passed in grade_rows(grades)}
    assert held["identity", "pairwise F1"]
    assert held["rows", "in = good + quarantined + duplicate"]
    assert grades["rows"]["in"] == grades["rows"]["planted_in"]


def test_a_published_score_leads_back_to_its_model_features_rows_code_settings_and_key(spark: SparkSession, small_lake: Small) -> None:
    lake, release = small_lake.opened(spark), current_release(small_lake.opened(spark))
    assert release is not None
    purchase = read_release(lake, PublishedScores, release).where(F.col(PublishedScores.score_name) == "purchase")
    score = purchase.orderBy(PublishedScores.customer_id).limit(1).collect()[0]
    (model,) = [m for m in lake.read(Models.contract).collect() if (m.model_name, m.model_version) == (score.model_name, score.model_version)]
    assert model.sha256 == hashlib.sha256(model.content).hexdigest()
    runs = {r.job: r for r in lake.read(Runs.contract).where(F.col(Runs.state) == "succeeded").collect()}
    for reader, table in LINEAGE:
        assert runs[reader].inputs[table] == runs[CONTRACTS[table].produced_by].outputs[table], (reader, table)
    assert {r.code_hash for r in runs.values()} == {release.code_hash}
    assert release.settings_hash == runs["publish_segments"].settings_hash
    keys = {r[0] for r in lake.read(Identifiers.contract).select(Identifiers.key_id).distinct().collect()}
    assert keys == {key_id(pseudonym_key(small_lake.project.identity.pseudonyms))}


@pytest.mark.fault(30)
def test_raw_personal_values_appear_nowhere_but_in_identifier_class_tables(small_lake: Small) -> None:
    """Tables, their logs and statistics, the model registry and its artifacts: every byte, and every value of every Parquet file."""
    canaries = planted(Path(small_lake.raw))
    assert len(canaries) > PEOPLE
    allowed = tuple(f"{c.layer}/{c.table}/" for c in CONTRACTS.values() if c.data_class is DataClass.IDENTIFIER)
    assert singing(Path(small_lake.lake), canaries, ()), "bronze keeps what came in, so they can be heard"
    assert singing(Path(small_lake.lake), canaries, allowed) == {}


@pytest.mark.fault(1, 2, 3, 4)
def test_killed_after_any_commit_and_run_again_the_published_rows_are_the_same(
    spark: SparkSession, small_lake: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survivor, kills = str(tmp_path / "lake"), 0
    place = Place(small_lake.project, survivor, small_lake.raw, seed=SEED)
    for name in ORDER:
        commits = 1
        while _dies_after(commits, spark, place, name, monkeypatch):
            kills, commits = kills + 1, commits + (len(CONTRACTS) if name in TRAINING else 1)
    assert kills >= len(ORDER) - 1
    differing = {c.table: c.differing for c in compared(small_lake.opened(spark), Lake(spark, survivor)) if not c.equal}
    assert differing == {}


@pytest.mark.fault(24)
def test_with_a_clock_a_day_ahead_and_then_a_day_behind_the_published_rows_are_the_same(
    spark: SparkSession, small_lake: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = str(tmp_path / "lake")
    with clock_moved(monkeypatch, days=1):
        run_chain(spark, small_lake.folder, moved)
    with clock_moved(monkeypatch, days=-1):
        assert {o.state for o in run_chain(spark, small_lake.folder, moved)} == {"unchanged"}
    assert {c.table: c.differing for c in compared(small_lake.opened(spark), Lake(spark, moved)) if not c.equal} == {}


def _dies_after(commits: int, spark: SparkSession, place: Place, name: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Run a job as a new process would, killed right after so many commits; tell whether it came to that."""
    original, left = Lake._commit, [commits]

    def commit(self: Lake, contract: Contract, df: DataFrame, slices: Any, *, is_new: bool) -> None:
        original(self, contract, df, slices, is_new=is_new)
        left[0] -= 1
        if left[0] == 0 and contract not in (Runs.contract, Checks.contract):
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "_commit", commit)
        try:
            Runner(place, spark, lambda _: None).run(JOBS[name])
        except KilledError:
            return True
    return False
