"""A project of one or two sources, followed on a lake of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.ops import Checks, Runs
from crosschannel.contracts.table import Contract
from crosschannel.io.lake import Lake
from crosschannel.io.topics import Topic
from crosschannel.jobs.follow import Pace, follow
from crosschannel.runtime.run import Place, Runner
from crosschannel.settings.project import Project

AT_ONCE = Pace(every=0.02, until_idle=0.0)


class KilledError(BaseException):
    """Stands for a process that ends between two commits; nothing may catch it."""


def project(folder: Path, *sources: dict[str, Any]) -> Project:
    """Write sources as a project's settings; JSON is YAML."""
    (folder / "conf/sources").mkdir(parents=True, exist_ok=True)
    for source in sources:
        (folder / "conf/sources" / f"{source['source']}.yaml").write_text(json.dumps(source), encoding="utf-8")
    return Project(folder / "conf")


def followed(spark: SparkSession, folder: Path, known: Project, topics: Mapping[str, Topic] | None = None) -> tuple[int, list[str]]:
    """Follow what is there as a new process would, until nothing is left; return the rows taken in and what was said."""
    said: list[str] = []
    active = Runner(Place(known, str(folder / "lake"), str(folder / "raw")), spark, said.append)
    return follow(active, topics or {}, AT_ONCE, Event(), said.append), said


def followed_through_kills(
    spark: SparkSession, folder: Path, known: Project, patch: pytest.MonkeyPatch, topics: Mapping[str, Topic] | None = None
) -> list[str]:
    """Follow again and again, each time killed right after one commit of data, until nothing is left; return the tables of the commits."""
    commits: list[str] = []
    original = Lake._commit

    def commit(self: Lake, contract: Contract, df: DataFrame, slices: Any, **how: Any) -> None:
        original(self, contract, df, slices, **how)
        if contract not in (Runs.contract, Checks.contract):
            commits.append(contract.name)
            raise KilledError

    with patch.context() as patched:
        patched.setattr(Lake, "_commit", commit)
        while True:
            try:
                followed(spark, folder, known, topics)
            except KilledError:
                continue
            return commits


def accepted(spark: SparkSession, folder: Path) -> list[tuple[Any, ...]]:
    """What bronze holds, without the places the records came from."""
    frame = Lake(spark, str(folder / "lake")).read(RawEvents.contract)
    return sorted(map(tuple, frame.select(RawEvents.source, RawEvents.event_key, RawEvents.event_ts, RawEvents.payload).collect()))


def refused(spark: SparkSession, folder: Path) -> list[tuple[Any, ...]]:
    """What quarantine holds, without the places the records came from."""
    frame = Lake(spark, str(folder / "lake")).read(Quarantine.contract)
    return sorted(map(tuple, frame.select(Quarantine.source, Quarantine.reasons, Quarantine.raw).collect()), key=str)
