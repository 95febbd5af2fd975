"""Time ingest at growing sizes beside its peers: bare Spark and DuckDB on the same files with the same fields.

    python -m benchmarks.ingest_run --events 1000000 3000000 10000000 --out var/bench-ingest --write docs/benchmarks-ingest.md

Every run is a process of its own; seconds count from when its engine has started. The logs of the
last week are kept back and come in two deliveries: one percent of all bytes, and the rest. Keep the machine quiet.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measuring import Measured, machine, measured
from benchmarks.report import GIB, table
from benchmarks.whole_run import COMMAND, DAYS, EVENTS_PER_PERSON_DAY, command_of
from crosschannel.contracts.ops import Files, Runs
from crosschannel.io.lake import Lake
from crosschannel.io.session import local_session

DELIVERY = "delivered="
WHAT_IS_COMPARED = (
    "Raw files to bronze, quarantine, drift and ledger. The peers read the same files with the same fields as text and write Parquet:"
    " no rules, no quarantine, no ledger, no duplicates found. Seconds after each engine has started."
)
SMALL_SHARE = 0.01
PARTS = ("first load", "one percent", "last week", "nothing new")


@dataclass
class Size:
    """What one size measured, by who or what."""

    rows: int = 0  # of the first load
    later_rows: list[int] = field(default_factory=list)
    raw_bytes: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    peak_bytes: dict[str, int] = field(default_factory=dict)


def main() -> None:
    """Measure every size and write JSON and, if asked to, the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 3_000_000, 10_000_000])
    parser.add_argument("--out", type=Path, default=Path("var/bench-ingest"))
    parser.add_argument("--write", type=Path)
    parser.add_argument("--keep", action="store_true", help="keep logs and lakes, and use logs that are there")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    sizes = [measured_size(given.out / str(events), round(events / DAYS / EVENTS_PER_PERSON_DAY), keep=given.keep) for events in given.events]
    result = {"command": command_of("ingest_run", given.events), "taken": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "sizes": [asdict(size) for size in sizes]}
    (given.out / "results.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if given.write:
        given.write.write_text(to_page(result), encoding="utf-8")
    print(to_page(result))


def measured_size(out: Path, people: int, *, keep: bool) -> Size:
    """Generate logs of a size; take them in by each peer, and by ingest in three deliveries."""
    raw, lake, size = out / "raw", out / "lake", Size()
    if not (keep and raw.exists()):
        shutil.rmtree(out, ignore_errors=True)
        measured([*COMMAND, "generate", "--people", str(people), "--days", str(DAYS), "--out", str(out)])
    first, *later = keep_back_last_week(raw, out / "kept back")
    size.raw_bytes = sum(f.stat().st_size for f in raw.rglob("part-*"))
    for peer in ("spark", "duckdb"):
        found = measured([sys.executable, "-m", "benchmarks.ingest_peers", peer, "--raw", str(raw), "--out", str(out / peer)])
        kept(size, peer, json.loads(found.output.splitlines()[-1])["seconds"], found)
    shutil.rmtree(lake, ignore_errors=True)
    take = [*COMMAND, "ingest_events", "--raw", str(raw), "--lake", str(lake)]
    runs = []
    for delivery in (first, *later, []):
        for file, home in delivery:
            file.rename(home)
        runs.append(measured(take))
    seconds, (size.rows, *size.later_rows) = booked(lake)
    for part, found, taken in zip(PARTS, runs, [*seconds, 0.0], strict=True):
        kept(size, part, taken or found.seconds, found)
    if not keep:
        shutil.rmtree(out)
    return size


def keep_back_last_week(raw: Path, aside: Path) -> list[list[tuple[Path, Path]]]:
    """Move the files of the last delivery out of the way; return, delivery by delivery, where each is and belongs."""
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    last = max(folder.name for folder in raw.rglob(f"{DELIVERY}*"))
    files = sorted((f for folder in raw.rglob(last) for f in folder.glob("part-*")), key=lambda f: (f.stat().st_size, f))
    left = SMALL_SHARE * sum(f.stat().st_size for f in raw.rglob("part-*"))
    small: list[tuple[Path, Path]] = []
    rest: list[tuple[Path, Path]] = []
    for number, home in enumerate(files):
        left -= home.stat().st_size
        (small if left >= 0 or not small else rest).append((aside / str(number), home))
        home.rename(aside / str(number))
    return [[], small, rest]


def booked(lake: Path) -> tuple[list[float], list[int]]:
    """Return the seconds and the records of each run that took files in."""
    spark = local_session("benchmark")
    try:
        opened = Lake(spark, str(lake))
        runs = sorted((row[Runs.started_ts], float(row[Runs.seconds])) for row in opened.read(Runs.contract).collect())
        rows: Counter[datetime] = Counter()
        for row in opened.read(Files.contract).collect():
            rows[row[Files.ingested_ts]] += int(row[Files.rows_in])
    finally:
        spark.stop()
    return [seconds for _, seconds in runs], [count for _, count in sorted(rows.items())]


def kept(size: Size, name: str, seconds: float, found: Measured) -> None:
    """Keep one measurement and say it."""
    size.seconds[name], size.peak_bytes[name] = round(seconds, 1), found.peak_bytes
    print(f"{name:<12} {seconds:>8.1f} s  {found.peak_bytes / GIB:>5.1f} GiB", flush=True)


def to_page(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    sizes = result["sizes"]
    load = [
        (
            f"{s['rows']:,}", f"{s['raw_bytes'] / 1e6:,.0f}", s["seconds"]["first load"], f"{s['seconds']['first load'] / s['rows'] * 1e6:.1f}",
            s["seconds"]["spark"], f"{s['seconds']['first load'] / s['seconds']['spark']:.2f}",
            s["seconds"]["duckdb"], f"{s['seconds']['first load'] / s['seconds']['duckdb']:.1f}",
        )
        for s in sizes
    ]  # fmt: skip
    later = [
        (f"{s['rows']:,}", f"{new:,}", f"{new / (s['rows'] + sum(s['later_rows'])):.1%}", s["seconds"][part], f"{s['seconds'][part] / s['seconds']['first load']:.2f}", s["seconds"]["nothing new"])
        for s in sizes
        for part, new in zip(PARTS[1:3], s["later_rows"], strict=True)
    ]
    memory = [(f"{s['rows']:,}", *(f"{s['peak_bytes'][name] / GIB:.1f}" for name in ("first load", "spark", "duckdb"))) for s in sizes]
    parts = [
        "# Benchmarks of ingest",
        f"Written by `{result['command']}` on {result['taken']}; every figure comes from that one run. `make bench` takes 1, 3 and 10 million.",
        "## Machine", table(("", ""), sorted(result["machine"].items())),
        "## First load",
        WHAT_IS_COMPARED,
        table(("records", "raw MB", "ingest s", "µs per record", "bare Spark s", "ratio", "DuckDB s", "ratio"), load),
        "## One more delivery",
        table(("records", "new", "share", "seconds", "of the first load", "nothing new, whole process s"), later),
        "## Memory", "The proportional size of all processes together, at the worst moment, in GiB.",
        table(("records", "ingest", "bare Spark", "DuckDB"), memory),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
