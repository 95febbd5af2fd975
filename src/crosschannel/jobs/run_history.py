"""What a lake's runs did: the state of the newest one, and all that is known of any, for people."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyspark.sql import functions as F

from crosschannel.contracts.ledger import FAILED, INTERRUPTED, RUNNING, SUCCEEDED, Holders
from crosschannel.contracts.ops import Checks, Runs
from crosschannel.errors import UsageError
from crosschannel.io.clock import utc_now
from crosschannel.io.lake import Lake
from crosschannel.io.releases import Release, releases
from crosschannel.runtime.audit import AuditLog
from crosschannel.runtime.ledger import Entry, Ledger
from crosschannel.runtime.lock import LEASE_SECONDS
from crosschannel.runtime.resume import newest_plan

Record = dict[str, Any]
BEFORE = 30  # attempts at a job looked at for the one before


@dataclass(frozen=True)
class Status:
    """Where a lake stands."""

    newest: Entry | None
    state: str
    silence: float
    latest: list[Record]
    release: Release | None
    next_command: str


def status_of(lake: Lake) -> Status:
    """Return the state of the newest run, the last attempt at each job, the current release, and what to type next."""
    newest, now = newest_plan(Ledger(lake.spark, lake.root).entries()), utc_now()
    silence = newest.silence(now) if newest else 0.0
    state = state_of(newest, silence) if newest else "none"
    release = next(iter(releases(lake, limit=1)), None)
    return Status(newest, state, silence, AuditLog(lake).latest(), release, next_command(state, lake.root))


def state_of(entry: Entry, silence: float) -> str:
    """Return how a process ended; one that is gone, or silent for longer than any healthy one, was interrupted."""
    return INTERRUPTED if entry.state == RUNNING and (silence > LEASE_SECONDS or is_gone(entry)) else entry.state


def is_gone(entry: Entry) -> bool:
    """Tell whether a process of this machine is there no more; of another machine nothing is known."""
    if entry.host != platform.node():
        return False
    try:
        os.kill(entry.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # there, but somebody else's
        return False
    return False


def next_command(state: str, lake: str) -> str:
    """Return what to type next."""
    return {
        RUNNING: f"crosschannel status --lake {lake}",
        SUCCEEDED: f"crosschannel releases list --lake {lake}",
        FAILED: f"crosschannel resume --lake {lake}",
        INTERRUPTED: f"crosschannel resume --lake {lake}",
    }.get(state, f"crosschannel run --lake {lake} --raw DIR")


def explain_run(lake: Lake, which: str | None = None) -> Record:
    """Return all that is known of a run, step by step, and why each step ran.

    Parameters
    ----------
    which
        A pipeline_id; the newest run if not given.
    """
    audit, entries = AuditLog(lake), Ledger(lake.spark, lake.root).entries()
    newest = newest_plan(entries)
    known = which or (newest.request.pipeline_id if newest else "")
    mine = [e for e in entries if e.request.pipeline_id == known]
    attempts = sorted(audit.attempts(known), key=lambda r: r[Runs.started_ts]) if known else []
    if not mine and not attempts:
        raise UsageError(f"run {which or ''} is not known at {lake.root}; `crosschannel status --lake {lake.root}` names the newest one")
    others = audit.attempts()
    started = {r[Runs.started_ts] for r in attempts}
    return {
        "run": known,
        "processes": [_process(e) for e in mine] or _booked(lake, known),
        "steps": [{**a, "why": why(a, _before(a, others))} for a in attempts],
        "unchanged": sorted({job for e in mine for job, state in e.step_states.items() if state == "unchanged"}),
        "checks": _checks(lake, attempts),
        "releases": [r for r in releases(lake) if r.published_ts in started],
    }


def why(attempt: Record, before: Record | None) -> str:
    """Say what made a step run: what differs from its last success."""
    if before is None:
        return "it had never succeeded"
    parts = [name for name, column in (("code", Runs.code_hash), ("settings", Runs.settings_hash)) if attempt[column] != before[column]]
    if attempt[Runs.as_of_date] != before[Runs.as_of_date]:
        parts.append(f"as-of date {before[Runs.as_of_date]} -> {attempt[Runs.as_of_date]}")
    versions, known = attempt[Runs.inputs], before[Runs.inputs]
    parts += [f"{name} {known.get(name, 'none')} -> {version}" for name, version in sorted(versions.items()) if known.get(name) != version]
    if not parts and attempt[Runs.manifest] != before[Runs.manifest]:
        return "changed: raw files, a model, or the seed"
    return f"changed: {', '.join(parts)}" if parts else "asked for, or its tables were changed by somebody else"


def _before(attempt: Record, others: Sequence[Record]) -> Record | None:
    earlier = (r for r in others if r[Runs.job] == attempt[Runs.job] and r[Runs.started_ts] < attempt[Runs.started_ts])
    return next((r for r in earlier if r[Runs.state] == SUCCEEDED), None)


def _process(entry: Entry) -> Record:
    state = state_of(entry, entry.silence(utc_now()))
    return _line(entry.epoch, entry.request.command, state, (entry.started, entry.beat), f"{entry.host}/{entry.pid}", entry.error)


def _booked(lake: Lake, known: str) -> list[Record]:
    rows = lake.read(Holders.contract).where(F.col(Holders.pipeline_id) == known).orderBy(Holders.epoch).limit(BEFORE).collect()
    return [
        _line(r[Holders.epoch], r[Holders.command], r[Holders.state], (r[Holders.started_ts], r[Holders.heartbeat_ts]), r[Holders.host], r[Holders.error])
        for r in rows
    ]


def _line(epoch: int, command: str, state: str, span: tuple[datetime, datetime], place: str, error: str | None) -> Record:
    return {"process": epoch, "command": command, "ended": state, "from": span[0], "to": span[1], "at": place, "failure": error or ""}


def _checks(lake: Lake, attempts: Sequence[Record]) -> list[Record]:
    ids = [a[Runs.run_id] for a in attempts]
    rows = lake.read(Checks.contract).where(F.col(Checks.run_id).isin(ids)).orderBy(Checks.job, Checks.check_name).limit(1000).collect()
    return [row.asDict() for row in rows]
