"""A lake and a registry side by side, as training jobs find them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from mlflow.utils.file_utils import local_file_uri_to_path
from pyspark.sql import SparkSession

from crosschannel.io.lake import Lake
from crosschannel.io.tracking import Tracker, open_tracker
from crosschannel.runtime.context import JobContext


@dataclass(frozen=True)
class Trained:
    """Where a test trains."""

    lake: Lake
    tracker: Tracker


def opened(spark: SparkSession, folder: Path) -> Trained:
    """Return an empty lake with its own registry."""
    return Trained(Lake(spark, str(folder)), open_tracker(str(folder), "test", "p1"))


def job_context(place: Trained, job: str, day: dt.date, said: list[str], seed: int = 7) -> JobContext:
    """Return what a job is handed."""
    return JobContext(job, place.lake, "", seed, dt.datetime(2026, 4, 1), lambda: place.tracker, said.append, day)


def artifacts(tracker: Tracker, stage: str) -> set[str]:
    """Return the files of all runs of a stage."""
    client = tracker.client
    experiment = client.get_experiment_by_name(tracker.experiment)
    # Read from the folder itself: MLflow looks for models logged by a run in the default store, not the client's.
    roots = [local_file_uri_to_path(run.info.artifact_uri) for run in client.search_runs([experiment.experiment_id], f"tags.stage = '{stage}'")]
    return {str(path.relative_to(root)) for root in roots for path in Path(root).rglob("*") if path.is_file()}


def model_files(tracker: Tracker) -> set[str]:
    """Return the names of the files that registered models consist of."""
    return {path.name for path in Path(str(tracker.artifact_root), "models").glob("*/artifacts/*")}
