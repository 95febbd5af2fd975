"""``crosschannel demo``: the main job of the suite, from nothing to a graded report, in one session."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table

from crosschannel.cli.actions import DEMO, show_counts, show_grades
from crosschannel.contracts.serving import PublishedProfiles, PublishedSegments
from crosschannel.io.lake import Lake
from crosschannel.jobs.chain import JOBS, ORDER
from crosschannel.jobs.evaluate import evaluate, log_grades
from crosschannel.jobs.generate_logs import generate
from crosschannel.jobs.report import write_report
from crosschannel.runtime.progress import Progress, run_steps
from crosschannel.runtime.run import Place, runner
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf


def run_demo(console: Console, *, out: Path, people: int, days: int, seed: int, difficulty: str) -> None:
    """Generate, run, grade, report; print what a newcomer wants to see and what to type next."""
    project = Project(shipped_conf(DEMO))
    place = Place(project, str(out / "lake"), str(out / "raw"), seed=seed)
    sizes: dict[str, Any] = {"people": people, "days": days, "seed": seed, "difficulty": difficulty}
    progress = Progress(console, ORDER)
    with runner(place, progress.say) as active:
        spark = active.lake.spark
        if not _already_generated(out, sizes):
            console.print(f"generating {people:,} people over {days} days, difficulty {difficulty}", highlight=False)
            show_counts(console, generate(spark, out=str(out), **sizes), out)
        progress.learn(active)
        run_steps(active, [JOBS[s] for s in ORDER], progress)
        grades = evaluate(spark, active.lake, str(out / "truth"), project)
        log_grades(place.lake, project, grades)
        (out / "grades.json").write_text(json.dumps(grades, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        write_report(active.lake, project, out / "report.html", grades)
        _show_segments(console, active.lake)
        someone = _someone(active.lake)
    show_grades(console, grades)
    _show_next(console, out, someone)


def _already_generated(out: Path, sizes: dict[str, Any]) -> bool:
    """Tell whether the same logs are there, so that a second demo shows a second run."""
    marker = out / "truth" / "parameters.json"
    if not marker.is_file():
        return False
    known = json.loads(marker.read_text(encoding="utf-8"))
    return all(known.get(name) == value for name, value in sizes.items())


def _show_segments(console: Console, lake: Lake) -> None:
    table = Table("id", "segment", "customers", "share", "channel", "in words", title="published segments")
    profiles = lake.read(PublishedProfiles.contract).orderBy(PublishedProfiles.segment_id).collect()  # one row a segment
    for p in profiles:
        table.add_row(
            p[PublishedProfiles.segment_id], p[PublishedProfiles.segment_name], f"{p[PublishedProfiles.customers]:,}",
            f"{p[PublishedProfiles.share]:.1%}", p[PublishedProfiles.preferred_channel], p[PublishedProfiles.description],
        )  # fmt: skip
    console.print(table)


def _someone(lake: Lake) -> str:
    first = lake.read(PublishedSegments.contract).agg(F.min(PublishedSegments.customer_id)).collect()
    return str(first[0][0])


def _show_next(console: Console, out: Path, someone: str) -> None:
    console.print(f"report         {out / 'report.html'}")
    console.print("MLflow UI      make ui")
    console.print(f"one customer   .venv/bin/crosschannel explain {someone} --lake {out / 'lake'}", soft_wrap=True)
