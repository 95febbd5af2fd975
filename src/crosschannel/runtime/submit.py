"""One job under ``spark-submit``: arguments in, exit code out.

The launchers in ``jobs/`` hand their job to :func:`main`. Master, memory and JARs are
``spark-submit``'s business; the project, the places and the dates come from here.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from crosschannel.runtime.exits import errors_in_words
from crosschannel.runtime.job import Job
from crosschannel.runtime.logs import emit, is_json
from crosschannel.runtime.run import Place, runner
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf

DEMO = "demo"


def main(job: Job, arguments: Sequence[str] | None = None) -> None:
    """Run one job; ends the process with the exit code of the error, if there is one."""
    given = _parser(job).parse_args(arguments)
    with errors_in_words():
        project = Project(given.conf or shipped_conf(DEMO))
        place = Place(project, given.lake, given.raw, given.as_of, given.seed, given.fresh)
        with runner(place, lambda text: _say(f"        {text}", job)) as active:
            active.plan([job])
            outcome = active.run(job)
        _say(f"{outcome.job}: {outcome.state}, {outcome.rows:,} rows, {outcome.seconds:.1f} s", job)


def _parser(job: Job) -> argparse.ArgumentParser:
    purpose = (job.run.__doc__ or "").strip().splitlines()
    parser = argparse.ArgumentParser(prog=f"jobs/{job.name}.py", description=purpose[0] if purpose else None)
    parser.add_argument("--conf", type=Path, help="project folder with YAML files; the shipped demo project if not given")
    parser.add_argument("--lake", required=True, help="folder or Hadoop path of the lake")
    parser.add_argument("--raw", default="", help="folder or Hadoop path of the raw logs")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="last day the job may know; the last full day in the data if not given")
    parser.add_argument("--seed", type=int, default=7, help="seed of every sample and model")
    parser.add_argument("--fresh", action="store_true", help="run even if nothing changed since the last success")
    return parser


def _say(text: str, job: Job) -> None:
    if is_json():
        return emit("said", step=job.name, message=text.strip())
    return print(text, flush=True)  # noqa: T201 - a submitted job speaks on stdout
