"""What the commands do: open a session where one is needed, call the jobs, print tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from crosschannel.errors import InputError, UsageError
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf

if TYPE_CHECKING:
    from crosschannel.io.lake import Lake

DEMO = "demo"


@dataclass(frozen=True)
class Where:
    """The options every running command shares."""

    conf: Path | None
    lake: str
    raw: str
    as_of: datetime | None
    seed: int
    fresh: bool


def project_at(conf: Path | None) -> Project:
    """Return the project in ``conf``, or the shipped demo project."""
    return Project(conf or shipped_conf(DEMO))


def project_of(conf: Path | None, lake: Lake) -> Project:
    """Return the project in ``conf``, or the one the lake's newest run was asked for; the shipped demo project for a lake without runs.

    Raises
    ------
    UsageError
        That project lies there no more. Another one must not be taken for it: its rules name people differently.
    """
    from crosschannel.runtime.ledger import Ledger

    known = None if conf else Ledger(lake.spark, lake.root).newest_project()
    if known is not None and not known.is_dir():
        raise UsageError(f"the lake at {lake.root} was made with the project {known}, which is not there: say where it lies with --conf")
    return project_at(conf or known)


@contextmanager
def opened(lake: str) -> Iterator[Lake]:
    """Open a lake to read it."""
    from crosschannel.io.lake import Lake
    from crosschannel.io.session import open_session
    from crosschannel.runtime.preflight import preflight

    preflight(lake)
    spark = open_session("crosschannel")
    try:
        yield Lake(spark, lake)
    finally:
        spark.stop()


def generate_logs(console: Console, *, out: Path, **sizes: Any) -> None:
    """Write synthetic logs and say how many."""
    from crosschannel.jobs.generate_logs import generate

    with opened(str(out)) as lake:
        counts = generate(lake.spark, out=str(out), **sizes)
    show_counts(console, counts, out)


def show_counts(console: Console, counts: dict[str, Any], out: Path) -> None:
    """Print delivered records per source."""
    table = Table("source", "records", title=f"raw logs in {out}/raw")
    for source, rows in sorted(counts.items()):
        table.add_row(source, f"{rows:,}")
    console.print(table)


def chain(console: Console, where: Where, first: str | None, last: str | None) -> None:
    """Run the chain, or a part of it."""
    from crosschannel.jobs.chain import JOBS, ORDER
    from crosschannel.runtime.order import between
    from crosschannel.runtime.progress import Progress, run_steps
    from crosschannel.runtime.run import runner

    steps = between(ORDER, first, last)
    if "ingest_events" in steps and "://" not in where.raw and not Path(where.raw).is_dir():
        raise InputError(f"there is no folder {where.raw}; give the folder of the raw logs with --raw, or make some with `crosschannel generate`")
    progress = Progress(console, steps)
    with runner(place_of(where), progress.say) as active:
        progress.learn(active)
        outcomes = run_steps(active, [JOBS[s] for s in steps], progress)
    if all(o.state in ("unchanged", "skipped") for o in outcomes):
        console.print("nothing changed: no row was added, no release was published")


def single(console: Console, name: str, where: Where) -> None:
    """Run one job."""
    chain(console, where, name, name)


def place_of(where: Where) -> Any:
    """Return where a run works, as the runtime wants it."""
    from crosschannel.runtime.run import Place

    as_of = where.as_of.date() if where.as_of else None
    return Place(project_at(where.conf), where.lake, where.raw, as_of, where.seed, where.fresh)


def grade(console: Console, conf: Path | None, lake: str, truth: Path, json_file: Path | None) -> None:
    """Grade a lake against the truth, print it, and write it as JSON."""
    from crosschannel.jobs.evaluate import evaluate, log_grades

    with opened(lake) as open_lake:
        project = project_of(conf, open_lake)
        grades = evaluate(open_lake.spark, open_lake, str(truth), project)
        log_grades(lake, project, grades)
    show_grades(console, grades)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(grades, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def show_grades(console: Console, grades: dict[str, Any]) -> None:
    """Print grades beside their bars."""
    from crosschannel.quality.grade import grade_rows

    table = Table("graded", "measure", "value", "bar", "held", title="grades against the planted truth")
    for group, measure, value, bar, passed in grade_rows(grades):
        table.add_row(group, measure, value, bar, "" if passed is None else ("yes" if passed else "NO"))
    console.print(table)


def write_html(console: Console, conf: Path | None, lake: str, out: Path, grades: Path | None) -> None:
    """Write the HTML report."""
    from crosschannel.jobs.report import write_report

    known = json.loads(grades.read_text(encoding="utf-8")) if grades else None
    with opened(lake) as open_lake:
        write_report(open_lake, project_of(conf, open_lake), out, known)
    console.print(f"report: {out}")


def explain_one(console: Console, conf: Path | None, lake: str, who: str) -> None:
    """Show one customer."""
    from crosschannel.cli.card import render_explain
    from crosschannel.jobs.explain import explain

    with opened(lake) as open_lake:
        console.print(render_explain(explain(open_lake, project_of(conf, open_lake), who)))


def explain_two(console: Console, conf: Path | None, lake: str, who: tuple[str, str], svg: Path | None) -> None:
    """Show the evidence between two identifiers, and draw it."""
    from crosschannel.cli.card import render_pair
    from crosschannel.jobs.explain_pair import draw, explain_pair

    with opened(lake) as open_lake:
        answer = explain_pair(open_lake, project_of(conf, open_lake), *who)
    console.print(render_pair(answer))
    if svg is not None:
        svg.parent.mkdir(parents=True, exist_ok=True)
        svg.write_text(draw(answer), encoding="utf-8")
        console.print(f"drawing: {svg}")


def show_doctor(console: Console, lake: str | None) -> None:
    """Check the machine and, if named, a lake."""
    from crosschannel.jobs.doctor import lake_findings, machine_findings

    findings = machine_findings(lake or ".")
    if lake is not None and all(f.healthy for f in findings):
        with opened(lake) as open_lake:
            findings += lake_findings(open_lake)
    table = Table("looked at", "finding", "what to do")
    for finding in findings:
        table.add_row(finding.subject, finding.finding if not finding.healthy else f"ok: {finding.finding}", finding.remedy)
    console.print(table)
    if not all(f.healthy for f in findings):
        raise SystemExit(15)
