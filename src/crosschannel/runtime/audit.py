"""The audit of attempts: one row in ``ops.runs``, the checks in ``ops.checks``, and what changed since.

The tables are written once a run, at its end; until then, and after a crash, the ledger's files hold
what was done (:mod:`crosschannel.runtime.ledger`), and are read along with the tables.

A job whose code, settings, dates and inputs equal those of its last success has nothing to do;
that is what makes a second run cheap.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import groupby
from typing import Any

from pyspark.sql import functions as F

import crosschannel
from crosschannel.contracts.ledger import INTERRUPTED, RUNNING, SUCCEEDED, UNCHANGED, Holders
from crosschannel.contracts.ops import Checks, Runs
from crosschannel.contracts.registry import CONTRACTS, read_by
from crosschannel.contracts.table import Contract
from crosschannel.errors import StorageError
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.io.fitting import schema_of
from crosschannel.io.lake import Lake
from crosschannel.io.small_files import Folder
from crosschannel.runtime.attempt import Attempt, Inputs
from crosschannel.runtime.context import LastSuccess
from crosschannel.runtime.ledger import TIDIED, Entry, Ledger
from crosschannel.runtime.openlineage import to_lines

MANY_LEFT = 20  # processes that found nothing to do wait for a run that commits anyhow, but not for ever


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
    """The attempts of a lake: read once at the start, from the tables and from what the ledger holds beyond them.

    Attributes
    ----------
    left
        Processes before this one whose steps the tables do not hold yet: killed ones, and those that
        found nothing to do.
    """

    def __init__(self, lake: Lake, epoch: int | None = None) -> None:
        self._lake = lake
        self._ledger = Ledger(lake.spark, lake.root)
        self.left = [entry for entry in self._ledger.unsettled() if entry.epoch != epoch]
        runs = lake.read(Runs.contract)
        newest = runs.orderBy(F.col(Runs.started_ts).desc(), F.col(Runs.run_id)).limit(400)
        stored = [row.asDict() for row in newest.collect()]  # bounded by the limit above
        known = {row[Runs.run_id] for row in stored}
        self._pending = [a for entry in self.left for a in attempts_of(entry) if a.run_id not in known]
        booked = [_as_dict(a) for a in self._pending]
        self._history = sorted(booked + stored, key=lambda r: (r[Runs.started_ts], r[Runs.run_id]), reverse=True)

    def is_unchanged(self, job: str, manifest: str) -> bool:
        """Tell whether the last success of ``job`` saw the same inputs and its tables are as it left them.

        Raises
        ------
        StorageError
            A table lost a commit that the ledger knows of; to go on would hide it.
        """
        last = next(iter(self._successes(job)), None)
        self._refuse_lost_commits(last[Runs.outputs] if last else {})
        if last is None or last[Runs.manifest] != manifest:
            return False
        return all(0 <= self._lake.data_version(CONTRACTS[name]) <= version for name, version in last[Runs.outputs].items())

    def last_success(self, job: str, settings: str) -> LastSuccess | None:
        """Return what the last success of ``job`` saw, and at which version a success last wrote each of its tables."""
        successes = self._successes(job)
        if not successes:
            return None
        newest = successes[0]
        outputs = {name: version for r in reversed(successes) for name, version in r[Runs.outputs].items()}
        same_rules = newest[Runs.settings_hash] == settings and newest[Runs.code_hash] == code_hash()
        return LastSuccess(newest[Runs.inputs], outputs, same_rules, newest[Runs.as_of_date])

    def usual_seconds(self, job: str) -> float | None:
        """Return how long the job's last success took."""
        return next((float(r[Runs.seconds]) for r in self._successes(job)), None)

    def latest(self) -> list[dict[str, Any]]:
        """Return the newest attempt of each job."""
        newest: dict[str, dict[str, Any]] = {}
        for run in self._history:
            newest.setdefault(run[Runs.job], run)
        return list(newest.values())

    def attempts(self, pipeline_id: str | None = None) -> list[dict[str, Any]]:
        """Return the newest attempts, or those of one run, newest first."""
        return [r for r in self._history if pipeline_id in (None, r[Runs.pipeline_id])]

    def book(self, attempt: Attempt) -> int:
        """Keep an attempt for :meth:`settle`; return how many are kept."""
        self._pending.append(attempt)
        self._history.insert(0, _as_dict(attempt))
        return len(self._pending)

    def tidied(self, entry: Entry) -> None:
        """Note that nothing of a killed process is left open in MLflow."""
        self._ledger.at(entry.epoch).write(TIDIED, "")
        self.left = [replace(e, marks=e.marks | {TIDIED}) if e.epoch == entry.epoch else e for e in self.left]

    def settle(self, this: Entry | None = None) -> None:
        """Write what was booked into the tables, and its lineage into a file: three commits at most, none if nothing was done.

        Parameters
        ----------
        this
            The entry of this process, as it is going to end.
        """
        if not self._pending and len(self.left) < MANY_LEFT:
            return
        checks = [(a.run_id, c.name, a.job, c.passed, c.observed, c.expected) for a in self._pending for c in a.checks]
        ended = [*self.left, *([this] if this else [])]
        lineage = Folder(self._lake.spark, f"{self._lake.root}/ops/lineage")
        for pipeline, attempts in groupby(sorted(self._pending, key=lambda a: (a.pipeline_id, a.started)), key=lambda a: a.pipeline_id):
            mine = list(attempts)
            lineage.write(f"{pipeline}-{mine[0].started:%H%M%S%f}.json", to_lines(self._lake.root, mine))
        self._append(Checks.contract, checks)
        self._append(Holders.contract, [_holder_row(entry) for entry in ended])
        self._append(Runs.contract, [a.as_row() for a in self._pending])  # last: what it holds is not booked again
        # One whose runs in MLflow are open still waits for a run that opens MLflow; booking it again changes nothing.
        self._ledger.settle(entry.epoch for entry in ended if not entry.left_open)
        self._pending, self.left = [], [entry for entry in self.left if entry.left_open]

    def _refuse_lost_commits(self, outputs: Mapping[str, int]) -> None:
        for name, version in outputs.items():
            if 0 <= (found := self._lake.version(CONTRACTS[name])) < version:
                root = self._lake.root
                raise StorageError(f"{name} is at version {found}, the ledger knows version {version}: commits were lost; run `crosschannel doctor --lake {root}`")

    def _successes(self, job: str) -> list[dict[str, Any]]:
        return [r for r in self._history if r[Runs.job] == job and r[Runs.state] == SUCCEEDED]

    def _append(self, contract: Contract, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            self._lake.write(contract, frame_of(self._lake.spark, rows, schema_of(contract)))


def attempts_of(entry: Entry) -> list[Attempt]:
    """Return the attempts of a process that the tables are to hold; a step without an end was interrupted, or failed with its process."""
    found = []
    for step in entry.steps:
        if step.state == UNCHANGED:
            continue  # a run that did nothing leaves no row
        if step.end is not None:
            found.append(Attempt.of_facts(step.end))
            continue
        seconds = max((entry.beat - datetime.fromisoformat(step.begin["started"])).total_seconds(), 0.0)
        facts = {**step.begin["attempt"], "state": entry.step_states[step.job], "seconds": round(seconds, 3), "error": entry.error}
        found.append(Attempt.of_facts(facts))
    return found


def _holder_row(entry: Entry) -> tuple[object, ...]:
    state = INTERRUPTED if entry.state == RUNNING else entry.state
    seconds = round((entry.beat - entry.started).total_seconds(), 3)
    return (
        entry.epoch, entry.request.pipeline_id, entry.request.command, state, list(entry.planned), entry.step_states, entry.started,
        entry.beat, seconds, entry.code, entry.settings, entry.host, entry.pid, entry.error,
    )  # fmt: skip


def _as_dict(attempt: Attempt) -> dict[str, Any]:
    return dict(zip([str(c) for c in Runs.contract.columns], attempt.as_row(), strict=True))


def _sources(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    # Through importlib, because on a cluster the package may lie in a zip.
    for entry in folder.iterdir():
        name = f"{prefix}/{entry.name}"
        if entry.is_dir():
            yield from _sources(entry, name)
        elif name.endswith(".py"):
            yield name, entry.read_bytes()
