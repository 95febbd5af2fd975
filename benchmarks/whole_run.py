"""Time and grade the whole run at growing sizes, its stages, a second run, start-up, and a bare peer of ingest.

    python -m benchmarks.whole_run --events 1000000 3000000 10000000 --out var/bench --write docs/benchmarks.md

Each size is generated and run in processes of their own, one after the other. Keep the machine quiet.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring import Measured, machine, measured
from benchmarks.peers import bare_copy
from benchmarks.report import to_page
from crosschannel.contracts.ops import Files, Runs
from crosschannel.io.lake import Lake
from crosschannel.io.session import local_session
from crosschannel.jobs.chain import ORDER
from crosschannel.quality.grade import grade_rows
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf

DAYS = 98
EVENTS_PER_PERSON_DAY = 1.3  # standard difficulty; the page shows what really came
COMMAND = (sys.executable, "-m", "crosschannel")
START_UP = "from crosschannel.io.session import local_session; local_session().range(1).count()"


@dataclass
class Size:
    """What one size measured."""

    people: int
    events: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    peak_bytes: dict[str, int] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    grades: list[tuple[str, str]] = field(default_factory=list)


def main() -> None:
    """Measure every size and write JSON and, if asked to, the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 3_000_000, 10_000_000])
    parser.add_argument("--out", type=Path, default=Path("var/bench"))
    parser.add_argument("--write", type=Path)
    parser.add_argument("--keep", action="store_true", help="leave raw logs and lakes where they are, for benchmarks.erasure_run")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    start_up = {"crosschannel --help": measured([*COMMAND, "--help"]).seconds, "a Spark session": measured([sys.executable, "-c", START_UP]).seconds}
    sizes = [measured_size(given.out / str(events), round(events / DAYS / EVENTS_PER_PERSON_DAY), keep_it=given.keep) for events in given.events]
    result = {
        "command": command_of("whole_run", given.events),
        "taken": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "start_up": {name: round(seconds, 1) for name, seconds in start_up.items()},
        "sizes": [asdict(size) for size in sizes],
    }
    (given.out / "results.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if given.write:
        given.write.write_text(to_page(result), encoding="utf-8")
    print(to_page(result))


def command_of(module: str, events: list[int]) -> str:
    """Return what to type to measure the same sizes again."""
    return f"python -m benchmarks.{module} --events {' '.join(map(str, events))}"


def measured_size(out: Path, people: int, *, keep_it: bool = False) -> Size:
    """Generate logs of a size and run the chain twice; the lake is dropped afterwards, unless it is to be kept."""
    shutil.rmtree(out, ignore_errors=True)
    size = Size(people)
    where = ["--raw", str(out / "raw"), "--lake", str(out / "lake")]
    keep(size, "generate", measured([*COMMAND, "generate", "--people", str(people), "--days", str(DAYS), "--out", str(out)]))
    keep(size, "run", measured([*COMMAND, "run", *where]))
    keep(size, "second run", measured([*COMMAND, "run", *where]))
    keep(size, "evaluate", measured([*COMMAND, "evaluate", "--lake", str(out / "lake"), "--truth", str(out / "truth"), "--json", str(out / "grades.json")]))
    size.grades = [(f"{group}: {measure}", value) for group, measure, value, *_ in grade_rows(json.loads((out / "grades.json").read_text()))]
    spark = local_session("benchmark")
    try:
        size.stages, size.events = stages_and_events(Lake(spark, str(out / "lake")))
        size.seconds["bare copy"] = round(bare_copy(spark, Project(shipped_conf("demo")).sources, out / "raw", out / "bare"), 1)
    finally:
        spark.stop()
    if not keep_it:
        shutil.rmtree(out)
    return size


def keep(size: Size, name: str, found: Measured) -> None:
    """Keep one measurement and say it."""
    size.seconds[name] = round(found.seconds, 1)
    size.peak_bytes[name] = found.peak_bytes
    print(f"{size.people:>8,} people  {name:<12} {found.seconds:>8.1f} s  {found.peak_bytes / 1024**3:>5.1f} GiB", flush=True)


def stages_and_events(lake: Lake) -> tuple[dict[str, float], int]:
    """Return the seconds of each stage and the records that came in."""
    runs = {row[Runs.job]: float(row[Runs.seconds]) for row in lake.read(Runs.contract).collect()}
    events = sum(int(row[Files.rows_in]) for row in lake.read(Files.contract).select(Files.rows_in).collect())
    return {job: round(runs[job], 1) for job in ORDER if job in runs}, events


if __name__ == "__main__":
    main()
