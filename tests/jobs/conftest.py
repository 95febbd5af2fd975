"""One small lake for all tests of the whole chain: generated once a session, run once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from benchmarks.small_project import small_project
from crosschannel.io.lake import Lake
from crosschannel.runtime.run import Outcome, Place, Runner
from crosschannel.settings.project import Project

PEOPLE, DAYS, SEED = 600, 84, 7


@dataclass(frozen=True)
class Small:
    """A small run of the demo: where it lies and how its jobs ended."""

    folder: Path
    outcomes: tuple[Outcome, ...]

    @property
    def raw(self) -> str:
        return str(self.folder / "raw")

    @property
    def truth(self) -> str:
        return str(self.folder / "truth")

    @property
    def lake(self) -> str:
        return str(self.folder / "lake")

    @property
    def project(self) -> Project:
        return Project(small_project(self.folder))

    def opened(self, spark: SparkSession) -> Lake:
        return Lake(spark, self.lake)


def run_chain(spark: SparkSession, folder: Path, lake: str) -> tuple[Outcome, ...]:
    """Run every job of the demo project in order."""
    from crosschannel.jobs.chain import JOBS, ORDER

    active = Runner(Place(Project(small_project(folder)), lake, str(folder / "raw"), seed=SEED), spark, lambda _: None)
    return tuple(active.run(JOBS[name]) for name in ORDER)


@pytest.fixture(scope="session")
def small_raw(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``raw/`` and ``truth/`` of a small population."""
    from crosschannel.jobs.generate_logs import generate

    folder = tmp_path_factory.mktemp("small")
    generate(spark, out=str(folder), people=PEOPLE, days=DAYS, seed=SEED, difficulty="standard")
    return folder


@pytest.fixture(scope="session")
def small_lake(spark: SparkSession, small_raw: Path) -> Small:
    """The lake the whole chain made of the small population; tests only read it."""
    return Small(small_raw, run_chain(spark, small_raw, str(small_raw / "lake")))
