"""One small lake for all tests of the whole chain: generated once a session, run once."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.io.lake import Lake
from crosschannel.runtime.run import Outcome, Place, Runner
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf

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
        return small_project(self.folder)

    def opened(self, spark: SparkSession) -> Lake:
        return Lake(spark, self.lake)


def small_project(folder: Path) -> Project:
    """The demo project, asking for as many outcomes as so few people have."""
    conf = folder / "conf"
    if not conf.exists():
        shutil.copytree(shipped_conf("demo"), conf)
        scores = conf / "scores.yaml"
        scores.write_text(scores.read_text().replace("min_positives: 30", "min_positives: 1"))
    return Project(conf)


def run_chain(spark: SparkSession, folder: Path, lake: str) -> tuple[Outcome, ...]:
    """Run every job of the demo project in order."""
    from crosschannel.jobs.chain import JOBS, ORDER

    active = Runner(Place(small_project(folder), lake, str(folder / "raw"), seed=SEED), spark, lambda _: None)
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
