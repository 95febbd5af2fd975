"""The logs of a few people, and the lake that an undisturbed run makes of them; tests of faults only read both."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.io.lake import Lake
from crosschannel.jobs.chain import JOBS
from crosschannel.runtime.run import Place, Runner
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf
from tests.faults.processes import data_of, raw_logs

FIRST = ("ingest_events", "conform_events")


@pytest.fixture(scope="session")
def logs(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the raw logs."""
    return raw_logs(spark, tmp_path_factory.mktemp("logs"))


@pytest.fixture(scope="session")
def undisturbed(spark: SparkSession, logs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The rows of bronze and silver after the first two jobs."""
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    active = Runner(Place(Project(shipped_conf("demo")), str(lake), str(logs)), spark, lambda _: None)
    for name in FIRST:
        active.run(JOBS[name])
    return data_of(Lake(spark, str(lake)))
