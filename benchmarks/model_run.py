"""Time models and features beside their peers: K-Means, boosting, scoring, point-in-time features.

    python -m benchmarks.model_run --rows 1000000 --events 1000000 3000000 10000000 --out var/bench-models --write docs/benchmarks-models.md

Every engine is a process of its own, and all of a part read the same files. Keep the machine quiet.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.kmeans_peers import cost_of
from benchmarks.measuring import machine, measured
from benchmarks.model_page import to_page
from benchmarks.report import GIB

PARTS = ("kmeans", "boosting", "features")


def main() -> None:
    """Measure every part and write JSON and, if asked to, the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="of K-Means, and rows that teach the trees")
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 3_000_000, 10_000_000])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--out", type=Path, default=Path("var/bench-models"))
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    versions = machine() | {peer: version(peer) for peer in ("duckdb", "scikit-learn")}
    result: dict[str, Any] = {"command": command_of(given.rows, given.events, given.parts), "taken": f"{datetime.now(UTC):%Y-%m-%d}", "machine": versions}
    if "kmeans" in given.parts:
        write(result | {"kmeans": kmeans(given.out / "kmeans", given.rows)}, result, given)
    if "boosting" in given.parts:
        write(result | {"boosting": boosting(given.out / "boosting", given.rows)}, result, given)
    for events in given.events if "features" in given.parts else ():
        write(result | {"features": [*result.get("features", ()), features(given.out / f"features-{events}", events)]}, result, given)
    print(to_page(result))


def write(found: dict[str, Any], result: dict[str, Any], given: argparse.Namespace) -> None:
    """Keep what was found so far: a part that fails later takes nothing with it."""
    result.update(found)
    (given.out / "results.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if given.write:
        given.write.write_text(to_page(result), encoding="utf-8")


def command_of(rows: int, events: Sequence[int], parts: Sequence[str]) -> str:
    """Return what to type to measure the same again."""
    chosen = "" if tuple(parts) == PARTS else f" --parts {' '.join(parts)}"
    return f"python -m benchmarks.model_run --rows {rows} --events {' '.join(map(str, events))}{chosen}"


def kmeans(data: Path, rows: int) -> dict[str, Any]:
    """Look for the same centres by three engines, and reckon what each came to over all rows in one way."""
    made(data, "kmeans_peers", "--rows", str(rows))
    found = {engine: engine_run("kmeans_peers", engine, data) for engine in ("suite", "scikit-learn", "spark")}
    for one in found.values():
        one["cost"] = cost_of(data, np.array(one.pop("centres")))
    shutil.rmtree(data)
    return {"rows": rows, **found}


def boosting(data: Path, rows: int) -> dict[str, Any]:
    """Fit on two workers and on one node, then score with the trees of the first."""
    made(data, "boosting_peers", "--rows", str(rows))
    found = {engine: engine_run("boosting_peers", engine, data) for engine in ("suite", "one-node", "executors", "bare")}
    shutil.rmtree(data)
    return {"rows": rows, **found}


def features(data: Path, events: int) -> dict[str, Any]:
    """Compute features of one size by both engines; a difference ends the benchmark."""
    made(data, "feature_peers", "--events", str(events))
    found = {engine: engine_run("feature_peers", engine, data) for engine in ("suite", "duckdb", "compare")}
    shutil.rmtree(data)
    compared = found["compare"]
    if compared["only suite"] or compared["only duckdb"]:
        raise SystemExit(f"{events:,} events: rows that only one engine has: {compared}")
    return found


def made(data: Path, module: str, *options: str) -> None:
    """Make the rows of a part anew."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    measured([sys.executable, "-m", f"benchmarks.{module}", "make", "--data", str(data), *options])


def engine_run(module: str, engine: str, data: Path) -> dict[str, Any]:
    """Run one engine in a process of its own, and say what it took."""
    run = measured([sys.executable, "-m", f"benchmarks.{module}", engine, "--data", str(data)])
    found: dict[str, Any] = json.loads([line for line in run.output.splitlines() if line.startswith("{")][-1])  # Spark may say something after it
    print(f"{module:<16} {engine:<14} {run.seconds:>7.1f} s in all  {run.peak_bytes / GIB:>5.1f} GiB  {found.get('seconds', '')}", flush=True)
    return found | {"peak_bytes": run.peak_bytes}


if __name__ == "__main__":
    main()
