"""Three small steps of a chain, any of which may be killed, fail, or meet another writer; and runs of them as the command line does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.io.tracking import Tracker
from crosschannel.runtime import lock
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.runtime.lock import lake_lock
from crosschannel.runtime.progress import Progress, run_steps
from crosschannel.runtime.run import Place, Runner, running
from crosschannel.settings.project import Project
from crosschannel.settings.strict import Settings
from crosschannel.shipped import shipped_conf
from tests.support.rows import row, rows
from tests.support.tables import Daily, Stock, Visits

DAY = dt.date(2026, 1, 5)


class Killed(BaseException):
    """A kill: nothing catches it, and nothing is written after it."""


class NoSettings(Settings):
    """Nothing to set."""


class Steps:
    """Three steps, any of which may be killed, fail, or meet another writer."""

    def __init__(self) -> None:
        self.trouble: dict[str, list[BaseException]] = {}
        self.ran: list[str] = []
        tables = {"make_visits": Visits, "make_stock": Stock, "make_daily": Daily}
        self.jobs = {name: Job(name, self.step(table), lambda _: NoSettings(), tracked=name == "make_stock") for name, table in tables.items()}

    def step(self, table):
        def run(ctx: JobContext, settings: NoSettings) -> None:
            """Write one row."""
            self.ran.append(ctx.job)
            if self.trouble.get(ctx.job):
                raise self.trouble[ctx.job].pop()
            ctx.write(table, rows(ctx.spark, table, row(pages=1) if table is Visits else row()), slices=[DAY] if table is Daily else None)
            ctx.check("written", observed=1, expected=1)

        return run


def place(folder: Path) -> Place:
    return Place(Project(shipped_conf("demo")), str(folder / "lake"), str(folder / "raw"))


@contextmanager
def held(spark: SparkSession, where: Place, name: str = "p1") -> Iterator[Runner]:
    """What ``crosschannel run`` does, in the session of the tests."""
    with lake_lock(spark, where.lake, where.request("run", name)) as holder, running(where, spark, lambda _: None, holder) as active:
        yield active


def chain(spark: SparkSession, folder: Path, steps: Steps, name: str = "p1", **different: object) -> list[str]:
    with held(spark, replace(place(folder), as_of=DAY, **different), name) as active:
        return [o.state for o in run_steps(active, list(steps.jobs.values()), Quiet())]


class Quiet(Progress):
    """Says nothing."""

    def __init__(self) -> None:
        pass

    def start(self, step: str) -> None:
        pass

    def end(self, outcome: object) -> None:
        pass


def kill(*_: object) -> None:
    raise Killed


def killed(spark: SparkSession, folder: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch, at: str = "make_stock") -> None:
    """Run the steps until one is killed; a killed process closes nothing, neither its ledger nor MLflow."""
    steps.trouble = {at: [Killed()]}
    with monkeypatch.context() as patch:
        patch.setattr(lock, "_close", lambda *_: None)
        patch.setattr(Tracker, "_flush", kill)
        with pytest.raises(Killed):
            chain(spark, folder, steps)
