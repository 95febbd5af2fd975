"""Doctor: look at the machine and at a lake, name what is wrong and how to mend it; change nothing."""

from __future__ import annotations

from crosschannel.errors import PreflightError
from crosschannel.io.jars import jar_paths
from crosschannel.jobs.doctor_lake import Finding, lake_findings
from crosschannel.runtime.preflight import disk_problem, engine_problem, java_problem, pandas_problem, worker_problem

__all__ = ["Finding", "lake_findings", "machine_findings"]
SUBJECTS = {"Java": java_problem, "engine pair": engine_problem, "pandas": pandas_problem, "worker Python": worker_problem}


def machine_findings(lake: str) -> list[Finding]:
    """Run every preflight check, not only the first that fails."""
    problems = {name: check() for name, check in SUBJECTS.items()} | {"disk": disk_problem(lake), "Delta JARs": _jar_problem()}
    return [Finding(name, problem is None, *_sentence(problem)) for name, problem in problems.items()]


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
