"""Time what a run spends on knowing what it did: ledger, audit and pointer, as a share of the whole.

    python -m benchmarks.overhead_run --people 6000 --days 98 --out var/bench-overhead --write docs/benchmarks-overhead.md

Generates logs, runs the chain once and once more in this process, with a clock around every function of
those three. A call inside another one counts once. Ends with code 10 if they take more than a tenth.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

from benchmarks.measuring import machine
from benchmarks.report import table
from benchmarks.small_project import small_project
from crosschannel.contracts.serving import Releases
from crosschannel.io.lake import Lake
from crosschannel.jobs import publish_segments
from crosschannel.jobs.chain import JOBS, ORDER
from crosschannel.jobs.generate_logs import generate
from crosschannel.runtime import lock, run
from crosschannel.runtime.audit import AuditLog
from crosschannel.runtime.ledger import Holder, Ledger
from crosschannel.runtime.run import Place, runner, session
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf

BOUND, TOO_MUCH = 0.1, 10
FEW = 2000  # people; fewer have too few outcomes for the demo's rules
LEDGER, AUDIT, POINTER = "ledger", "audit", "pointer"
CLOCKED: dict[str, tuple[tuple[Any, str], ...]] = {
    LEDGER: (
        (lock, "take"), (run, "guard"), (Ledger, "settle"),
        *((Holder, name) for name in ("plan", "begin", "end", "thin_out", "unchanged", "beat", "close")),
    ),
    AUDIT: ((run, "inputs_of"), *((AuditLog, name) for name in ("__init__", "is_unchanged", "last_success", "book", "tidied", "settle"))),
    POINTER: ((publish_segments, "pointer_row"), (publish_segments, "current_release"), (publish_segments, "reason_to_stay")),
}  # fmt: skip
MEANING = {
    LEDGER: "the lake's lock, signs of life, begin and end of each step, the look before and after each commit",
    AUDIT: "versions of all inputs, what changed since, `ops.runs`, `ops.checks`, `ops.holders`, lineage",
    POINTER: "reading the pointer, contracts beside the release, the row of `serving.releases`",
}


class Clock:
    """Seconds and calls by part; of calls inside each other the outer one counts."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self._inside = threading.local()

    def around(self, part: str, call: Callable[..., Any], counts: Callable[..., bool] = lambda *_, **__: True) -> Callable[..., Any]:
        """Return the same function, timed."""

        @wraps(call)
        def timed(*args: Any, **kwargs: Any) -> Any:
            if getattr(self._inside, "busy", False) or not counts(*args, **kwargs):
                return call(*args, **kwargs)
            self._inside.busy, started = True, time.monotonic()
            try:
                return call(*args, **kwargs)
            finally:
                self._inside.busy = False
                self.seconds[part] += time.monotonic() - started
                self.calls[part] += 1

        return timed

    def start(self) -> None:
        """Put a clock around every function."""
        for part, places in CLOCKED.items():
            for owner, name in places:
                setattr(owner, name, self.around(part, getattr(owner, name)))
        Lake.write = self.around(POINTER, Lake.write, lambda _, contract, *__, **___: contract.name == Releases.contract.name)  # type: ignore[method-assign]

    def taken(self) -> dict[str, tuple[int, float]]:
        """Return calls and seconds by part since the last time, and begin anew."""
        found = {part: (self.calls[part], round(self.seconds[part], 2)) for part in CLOCKED}
        self.calls.clear()
        self.seconds.clear()
        return found


def main() -> None:
    """Measure, print, and write JSON and, if asked to, the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("var/bench-overhead"))
    parser.add_argument("--people", type=int, default=6000)
    parser.add_argument("--days", type=int, default=98)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    shutil.rmtree(given.out, ignore_errors=True)
    given.out.mkdir(parents=True)
    result: dict[str, Any] = {
        "command": f"python -m benchmarks.overhead_run --people {given.people} --days {given.days}",
        "taken": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        **measured_runs(given.out, given.people, given.days),
    }
    (given.out / "results.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if given.write:
        given.write.write_text(to_page(result), encoding="utf-8")
    print(to_page(result))
    sys.exit(0 if share(result["runs"]["first"]) <= BOUND else TOO_MUCH)


def measured_runs(out: Path, people: int, days: int) -> dict[str, Any]:
    """Generate logs and run the chain twice on them; return what each run took, and what of it was overhead."""
    project = small_project(out) if people < FEW else shipped_conf("demo")
    with session(str(out / "lake")) as spark:
        records = sum(generate(spark, out=str(out), people=people, days=days, seed=7, difficulty="standard").values())
    clock = Clock()
    clock.start()
    place, runs = Place(Project(project), str(out / "lake"), str(out / "raw")), {}
    for name in ("first", "second"):
        started = time.monotonic()
        with runner(place, lambda _: None) as active:
            opened = time.monotonic() - started
            active.plan([JOBS[step] for step in ORDER])
            outcomes = [active.run(JOBS[step]) for step in ORDER]
        states = Counter(outcome.state for outcome in outcomes)
        runs[name] = {"seconds": round(time.monotonic() - started, 1), "start_up": round(opened, 1), "states": states, "parts": clock.taken()}
        print(f"{name} run: {runs[name]}", flush=True)
    return {"records": records, "runs": runs}


def share(one: dict[str, Any]) -> float:
    """Return the share of a run's seconds that is overhead."""
    return float(sum(seconds for _, seconds in one["parts"].values()) / one["seconds"])


def to_page(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    first, second = result["runs"]["first"], result["runs"]["second"]
    rows = [
        (part, MEANING[part], *first["parts"][part], f"{first['parts'][part][1] / first['seconds']:.1%}", *second["parts"][part]) for part in CLOCKED
    ]
    states = {name: ", ".join(f"{count} {state}" for state, count in sorted(one["states"].items())) for name, one in result["runs"].items()}
    parts = [
        "# What knowing costs",
        (
            f"Written by `{result['command']}` on {result['taken']}; every figure comes from that one run. Not more than a tenth of a run may go into ledger, audit and "
            "pointer. Clocks stand around their functions; signs of life are given in a thread of their own and are counted though nobody waits for them."
        ),
        table(("", ""), sorted(result["machine"].items())),
        (
            f"{result['records']:,} records. The first run took {first['seconds']} s ({states['first']}), the second, on the same input, {second['seconds']} s "
            f"({states['second']}); of each, {first['start_up']} s and {second['start_up']} s were the start of Spark and of the lake."
        ),
        table(("part", "what it is", "calls", "seconds", "share of the run", "calls, second run", "seconds, second run"), rows),
        f"Together: {share(first):.1%} of the first run.",
    ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
