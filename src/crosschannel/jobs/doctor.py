"""Doctor: look at the machine and at a lake, name what is wrong and how to mend it; change nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crosschannel.contracts.ops import Runs
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.table import Contract
from crosschannel.errors import PreflightError
from crosschannel.io.delta_log import hadoop_path
from crosschannel.io.jars import jar_paths
from crosschannel.io.lake import ABSENT, Lake
from crosschannel.runtime.audit import AuditLog
from crosschannel.runtime.preflight import disk_problem, engine_problem, java_problem, pandas_problem, worker_problem

COMMIT = re.compile(r"^(\d{20})\.json$")
SUBJECTS = {"Java": java_problem, "engine pair": engine_problem, "pandas": pandas_problem, "worker Python": worker_problem}


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    subject: str
    healthy: bool
    finding: str
    remedy: str = ""


def machine_findings(lake: str) -> list[Finding]:
    """Run every preflight check, not only the first that fails."""
    problems = {name: check() for name, check in SUBJECTS.items()} | {"disk": disk_problem(lake), "Delta JARs": _jar_problem()}
    return [Finding(name, problem is None, *_sentence(problem)) for name, problem in problems.items()]


def lake_findings(lake: Lake) -> list[Finding]:
    """Look at every table's log, and compare the ledger of runs with the tables."""
    findings = [finding for contract in CONTRACTS.values() for finding in _log_findings(lake, contract)]
    behind = [
        f"{name} is at version {lake.version(CONTRACTS[name])}, the ledger says {version}"
        for run in AuditLog(lake).latest()
        for name, version in dict(run[Runs.outputs]).items()  # type: ignore[call-overload]
        if lake.version(CONTRACTS[name]) < version
    ]
    remedy = "restore the table from a backup, or delete it and run the chain again"
    return [*findings, Finding("ledger of runs", not behind, "; ".join(behind) or "equals the tables", remedy if behind else "")]


def _log_findings(lake: Lake, contract: Contract) -> list[Finding]:
    if lake.version(contract) == ABSENT:
        return []
    log, fs = hadoop_path(lake.spark, f"{lake.path(contract)}/_delta_log")
    commits = {int(m[1]): s.getLen() for s in fs.listStatus(log) if (m := COMMIT.match(s.getPath().getName()))}
    empty = [v for v, size in commits.items() if size == 0]
    gaps = sorted(set(range(min(commits), max(commits))) - set(commits))
    if empty:
        remedy = f"move {lake.path(contract)} aside and run the chain again; a 0-byte commit hides rows"
        return [Finding(contract.name, False, f"commit {empty[0]} is empty", remedy)]
    if gaps:
        return [Finding(contract.name, False, f"commit {gaps[0]} is missing", f"restore {lake.path(contract)}/_delta_log from a backup")]
    return [Finding(contract.name, True, f"{len(commits)} commits")]


def _jar_problem() -> str | None:
    try:
        jar_paths()
    except PreflightError as error:
        return str(error)
    return None


def _sentence(problem: str | None) -> tuple[str, str]:
    if problem is None:
        return "as tested", ""
    what, _, remedy = problem.partition("; ")
    return what, remedy
