"""What may be wrong with a lake: logs that are torn, tables behind the ledger, processes that ended without a word, files nobody names.

Nothing is changed. Every finding that is not healthy says what to type or do next.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from py4j.protocol import Py4JJavaError

from crosschannel.contracts.ledger import INTERRUPTED
from crosschannel.contracts.ops import Runs
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.table import Contract
from crosschannel.io.clock import utc_now
from crosschannel.io.delta_log import COMMIT, hadoop_path, log_text
from crosschannel.io.lake import ABSENT, Lake
from crosschannel.io.leftovers import unnamed_files
from crosschannel.io.releases import current_release, is_current
from crosschannel.io.small_files import Folder, is_checksum_error
from crosschannel.jobs.erase import PENDING
from crosschannel.jobs.run_history import state_of
from crosschannel.runtime.audit import AuditLog
from crosschannel.runtime.ledger import Entry, Ledger


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    subject: str
    healthy: bool
    finding: str
    remedy: str = ""


def lake_findings(lake: Lake) -> list[Finding]:
    """Look at every table's log, at the ledger, and at files no log names."""
    now = utc_now()
    entries = Ledger(lake.spark, lake.root).entries()
    found = [finding for contract in CONTRACTS.values() if lake.version(contract) != ABSENT for finding in log_findings(lake, contract)]
    broken = {f.subject for f in found if not f.healthy}
    found += [*run_findings(lake, entries, now), *erasure_findings(lake)]
    if Runs.contract.name not in broken:
        found.append(ledger_finding(lake))
    if not broken:
        found += [*release_findings(lake, now), *orphan_findings(lake)]
    return found


def log_findings(lake: Lake, contract: Contract) -> list[Finding]:
    """Look for commits of a table that are empty, missing, or cut short."""
    path = lake.path(contract)
    log, fs = hadoop_path(lake.spark, f"{path}/_delta_log")
    commits = {int(m[1]): s.getLen() for s in fs.listStatus(log) if (m := COMMIT.match(s.getPath().getName()))}
    again = f"then `crosschannel resume --lake {lake.root}`"
    empty = [v for v, size in sorted(commits.items()) if size == 0]
    gaps = sorted(set(range(min(commits), max(commits))) - set(commits))
    if empty:
        return [Finding(contract.name, False, f"commit {empty[0]} is empty", f"{_aside(path, empty[0])}: a 0-byte commit hides rows; {again}")]
    if gaps:
        return [Finding(contract.name, False, f"commit {gaps[0]} is missing", f"restore {path}/_delta_log from a backup")]
    newest = max(commits)
    if not is_whole(_text_of(lake, path, newest)):
        return [Finding(contract.name, False, f"commit {newest} is cut short", f"{_aside(path, newest)}: the version before is whole; {again}")]
    return [Finding(contract.name, True, f"{len(commits)} commits")]


def _text_of(lake: Lake, path: str, version: int) -> str:
    try:
        return log_text(lake.spark, path, f"{version:020d}.json") or ""
    except Py4JJavaError as error:
        if not is_checksum_error(error):
            raise
        return ""


def is_whole(text: str) -> bool:
    """Tell whether a commit's text is JSON to its end."""
    try:
        return bool([json.loads(line) for line in text.splitlines()])
    except ValueError:
        return False


def run_findings(lake: Lake, entries: Iterable[Entry], now: datetime) -> list[Finding]:
    """Look for processes that ended without a word, and for what they left open in MLflow."""
    listed, found = list(entries), []
    newest = listed[-1] if listed else None
    if newest is not None and state_of(newest, newest.silence(now)) == INTERRUPTED:
        at = ", ".join(job for job, state in newest.step_states.items() if state == INTERRUPTED) or "its begin or end"
        said = f"process {newest.pid} on {newest.host} ended without a word {newest.silence(now):,.0f} s ago, at {at}"
        found.append(Finding("newest run", False, said, f"crosschannel resume --lake {lake.root}"))
    elif newest is not None:
        found.append(Finding("newest run", True, f"{newest.request.command}, {newest.state}"))
    left = [e for e in listed[:-1] if e.left_open]
    if left:
        said = f"{len(left)} killed processes left runs open in MLflow"
        found.append(Finding("MLflow", True, f"{said}; the next step that trains or scores closes them", f"crosschannel run --lake {lake.root} --raw DIR"))
    return found


def erasure_findings(lake: Lake) -> list[Finding]:
    """Look for an erasure that was cut short; whom it is about is not said."""
    if not Folder(lake.spark, lake.root).has(PENDING):
        return []
    return [Finding("erasure", False, "one was cut short: files of older versions may still hold the person", "run the same `crosschannel erase` again")]


def ledger_finding(lake: Lake) -> Finding:
    """Hold every table against the newest version that a step reported: one that is behind lost a commit."""
    reported: dict[str, int] = {}
    for run in AuditLog(lake).attempts():  # newest first; a table that was made again counts from then
        for name, version in run[Runs.outputs].items():
            reported.setdefault(name, version)
    behind = [f"{name} is at version {lake.version(CONTRACTS[name])}, the ledger says {v}" for name, v in sorted(reported.items()) if _is_behind(lake, name, v)]
    remedy = f"restore the table from a backup, or delete it and run `crosschannel run --lake {lake.root} --raw DIR`: what is missing is made again"
    return Finding("ledger of runs", not behind, "; ".join(behind) or "equals the tables", remedy if behind else "")


def release_findings(lake: Lake, now: datetime) -> list[Finding]:
    """Look whether the current release can be opened, and for how long."""
    release = current_release(lake)
    if release is None:
        return []
    if is_current(lake, release):
        return [Finding("current release", True, f"{release.release_id}: the tables stand as it left them")]
    until = release.readable_until
    if release.restores and until is not None:
        again = f"crosschannel run --lake {lake.root} --raw DIR"
        return [Finding("current release", now < until, f"{release.restores}, shown again, can be opened until {until:%Y-%m-%d}", again)]
    remedy = f"crosschannel resume --lake {lake.root}"
    return [Finding("current release", True, f"{release.release_id}; a run began to write the next one and did not publish it", remedy)]


def orphan_findings(lake: Lake) -> list[Finding]:
    """Count files that no version of their table names: what killed runs wrote and never committed."""
    files = size = 0
    for contract in CONTRACTS.values():
        if lake.version(contract) != ABSENT:
            found = orphans(lake, contract)
            files, size = files + len(found), size + sum(found.values())
    if not files:
        return [Finding("files", True, "every file belongs to a table")]
    said = f"{files:,} files of {size / 1024**2:.1f} MB belong to no version of their table"
    return [Finding("files", True, f"{said}; they harm nobody and go with the clean-up after a week", f"crosschannel maintain_tables --lake {lake.root}")]


def orphans(lake: Lake, contract: Contract) -> dict[str, int]:
    """Return the data files of a table that neither its log nor its newest version names, with their sizes."""
    return {name: size for name, (size, _) in unnamed_files(lake.spark, lake.path(contract)).items()}


def _is_behind(lake: Lake, name: str, version: int) -> bool:
    return name in CONTRACTS and lake.version(CONTRACTS[name]) < version


def _aside(path: str, version: int) -> str:
    return f"move {path}/_delta_log/{version:020d}.json and the .crc files of the same number aside"
