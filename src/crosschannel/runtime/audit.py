"""The audit of attempts: one row in ``ops.runs``, the checks in ``ops.checks``, and what changed since.

A job whose code, settings, dates and inputs equal those of its last success has nothing to do;
that is what makes a second run cheap.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pyspark.sql import functions as F

import crosschannel
from crosschannel.contracts.ops import Checks, Runs
from crosschannel.contracts.registry import CONTRACTS, read_by
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.io.fitting import schema_of
from crosschannel.io.lake import Lake
from crosschannel.runtime.context import CheckResult, LastSuccess


@dataclass(frozen=True)
class Inputs:
    """All that decides a job's result, and a digest of it."""

    versions: dict[str, int]
    settings: str
    manifest: str


@dataclass(frozen=True)
class Attempt:
    """One attempt at a job, as it is kept."""

    run_id: str
    job: str
    pipeline_id: str
    state: str
    inputs: Inputs
    as_of: date | None
    outputs: dict[str, int]
    rows_written: dict[str, int]
    seconds: float
    started: datetime
    error: str | None
    checks: tuple[CheckResult, ...]


@cache
def code_hash() -> str:
    """Return a digest of the package's source files."""
    digest = hashlib.sha256()
    for name, content in sorted(_sources(files(crosschannel), "")):
        digest.update(name.encode() + content)
    return digest.hexdigest()[:16]


def inputs_of(job: str, lake: Lake, settings: str, as_of: date | None, seed: int, also: str) -> Inputs:
    """Digest everything that decides the result of ``job``; its own tables and the ops layer do not."""
    # Of the ops layer only what people decided is an input; the rest changes with every run.
    tables = [c for c in read_by(job) if c.produced_by != job and (c.layer != "ops" or c.produced_by == "runtime")]
    versions = {c.name: lake.data_version(c) for c in tables}
    parts = {"code": code_hash(), "settings": settings, "as_of": str(as_of), "seed": seed, "inputs": versions, "also": also}
    return Inputs(versions, settings, hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32])


class AuditLog:
    """The attempts of a lake: read once at the start of a pipeline, appended to after each job."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        runs = lake.read(Runs.contract)
        newest = runs.orderBy(F.col(Runs.started_ts).desc(), F.col(Runs.run_id)).limit(400)
        self._history = [row.asDict() for row in newest.collect()]  # bounded by the limit above

    def is_unchanged(self, job: str, manifest: str) -> bool:
        """Tell whether the last success of ``job`` saw the same inputs and its tables are as it left them."""
        last = next((r for r in self._history if r[Runs.job] == job and r[Runs.state] == "succeeded"), None)
        if last is None or last[Runs.manifest] != manifest:
            return False
        return all(0 <= self._lake.data_version(CONTRACTS[name]) <= version for name, version in last[Runs.outputs].items())

    def last_success(self, job: str, settings: str) -> LastSuccess | None:
        """Return what the last success of ``job`` saw, and at which version a success last wrote each of its tables."""
        successes = [r for r in self._history if r[Runs.job] == job and r[Runs.state] == "succeeded"]
        if not successes:
            return None
        newest = successes[0]
        outputs = {name: version for r in reversed(successes) for name, version in r[Runs.outputs].items()}
        same_rules = newest[Runs.settings_hash] == settings and newest[Runs.code_hash] == code_hash()
        return LastSuccess(newest[Runs.inputs], outputs, same_rules)

    def usual_seconds(self, job: str) -> float | None:
        """Return how long the job's last success took."""
        return next((float(r[Runs.seconds]) for r in self._history if r[Runs.job] == job and r[Runs.state] == "succeeded"), None)

    def latest(self) -> list[dict[str, object]]:
        """Return the newest attempt of each job."""
        newest: dict[str, dict[str, object]] = {}
        for run in self._history:
            newest.setdefault(run[Runs.job], run)
        return list(newest.values())

    def book(self, attempt: Attempt) -> None:
        """Append an attempt and its checks."""
        run = (
            attempt.run_id, attempt.job, attempt.pipeline_id, attempt.state, attempt.inputs.manifest, attempt.as_of,
            attempt.inputs.versions, attempt.outputs, attempt.rows_written, attempt.inputs.settings, code_hash(),
            attempt.seconds, attempt.started, attempt.error,
        )  # fmt: skip
        spark = self._lake.spark
        self._lake.write(Runs.contract, frame_of(spark, [run], schema_of(Runs.contract)))
        self._history.insert(0, dict(zip([str(c) for c in Runs.contract.columns], run, strict=True)))
        if attempt.checks:
            checks = [(attempt.run_id, c.name, attempt.job, c.passed, c.observed, c.expected) for c in attempt.checks]
            self._lake.write(Checks.contract, frame_of(spark, checks, schema_of(Checks.contract)))


def _sources(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    # Through importlib, because on a cluster the package may lie in a zip.
    for entry in folder.iterdir():
        name = f"{prefix}/{entry.name}"
        if entry.is_dir():
            yield from _sources(entry, name)
        elif name.endswith(".py"):
            yield name, entry.read_bytes()
