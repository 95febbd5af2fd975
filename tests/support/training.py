"""A lake and a registry side by side, as training jobs find them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

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
    found: set[str] = set()
    for run in client.search_runs([experiment.experiment_id], f"tags.stage = '{stage}'"):
        folders = [""]
        while folders:
            for entry in client.list_artifacts(run.info.run_id, folders.pop() or None):
                if entry.is_dir:
                    folders.append(entry.path)
                else:
                    found.add(entry.path)
    return found
