"""What became of each fault: gathered while ``make faults`` runs, kept as JSON for programs and as a page for people.

A row gets a new result only if all its tests took part. ``python -m tests.faults.register`` brings texts and
tests of both files into step without running anything; a row whose tests changed counts as not run.
"""

from __future__ import annotations

import ast
import json
import os
import platform
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.faults.matrix import BY_NUMBER, FAULTS
from tests.faults.points import FAILPOINTS
from tests.support.code import ROOT, dotted

REGISTER, PAGE = ROOT / "docs/faults.json", ROOT / "docs/faults.md"
PASSED, FAILED, IN_PART, NOT_RUN = "passed", "failed", "passed in part", "not run"
NEVER = "its tests were not run since they were written or changed"
INTRO = """# What happens when something goes wrong

Written by `make faults`, which brings about every fault below and judges the end; `make faults ROW=13` does it for one row. `docs/faults.json` says
the same for programs. A row with the result *not run* was not run on the machine named here, for the reason given; nothing is taken for granted.
The quick tests of a row are part of `make test`.
"""
POINTS_INTRO = """## Where a run may be ended
Every place in the code that changes something durable has a name, and a test that ends the process there. `tests/house/test_failpoints.py`
finds these places in the source, and fails for one without a name or without such a test. Nothing of this is in the product: the tests lay
the points from outside ([decision 24](decisions/0024-failpoints-from-outside.md)).
"""


@cache
def marked_tests(folder: Path = ROOT / "tests") -> dict[int, list[str]]:
    """Return the tests of each row, as ``file::function``."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for_all = [n for s in tree.body if isinstance(s, ast.Assign) and dotted(s.targets[0]) == "pytestmark" for n in rows_named(s.value)]
        for function in (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")):
            for number in {*for_all, *(n for d in function.decorator_list for n in rows_named(d))}:
                found[number].append(f"{path.relative_to(ROOT)}::{function.name}")
    return {number: sorted(found[number]) for number in sorted(found)}


def rows_named(node: ast.AST) -> list[int]:
    """Return the rows that marks inside ``node`` name."""
    marks = (n for n in ast.walk(node) if isinstance(n, ast.Call) and dotted(n.func) == "pytest.mark.fault")
    return [int(a.value) for mark in marks for a in mark.args if isinstance(a, ast.Constant)]


class FaultRegister:
    """A plugin of pytest: times the tests of the matrix and writes what became of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds: dict[str, float] = defaultdict(float)
        self.outcomes: dict[str, set[str]] = defaultdict(set)
        self.reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Add up a phase of a test."""
        test = report.nodeid.split("[")[0]
        self.seconds[test] += report.duration
        if report.failed or report.skipped or report.when == "call":
            self.outcomes[test].add(report.outcome)
        if report.skipped and isinstance(report.longrepr, tuple):
            self.reasons[test] = str(report.longrepr[2]).removeprefix("Skipped: ")

    def pytest_sessionfinish(self) -> None:
        """Write both files."""
        write(self.path, {number: self._result(tests) for number, tests in marked_tests().items() if set(tests) <= set(self.outcomes)})

    def _result(self, tests: Iterable[str]) -> dict[str, Any]:
        outcomes = set().union(*(self.outcomes[t] for t in tests))
        reasons = sorted({self.reasons[t] for t in tests if t in self.reasons})
        result = FAILED if "failed" in outcomes else PASSED if outcomes == {"passed"} else IN_PART if "passed" in outcomes else NOT_RUN
        from crosschannel.runtime.audit import code_hash

        seconds = round(sum(self.seconds[t] for t in tests), 1)
        return {"result": result, "reason": "; ".join(reasons) or None, "seconds": seconds, "day": f"{datetime.now(UTC):%Y-%m-%d}", "code": code_hash()}


def write(path: Path, results: Mapping[int, Mapping[str, Any]], page: Path | None = None) -> None:
    """Put new results into the register, and write the page beside it."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    content = register(kept, results)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (page or path.with_suffix(".md")).write_text(to_page(content), encoding="utf-8")


def register(kept: Mapping[str, Any], results: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the register: every row of the matrix with its tests, and its last result if its tests are still the same."""
    tests = marked_tests()
    before = {row["id"]: row for row in kept.get("rows", [])}
    rows = []
    for number, fault in BY_NUMBER.items():
        same = before[number] if before.get(number, {}).get("tests") == tests.get(number, []) else {}
        none = {"result": NOT_RUN, "reason": NEVER, "seconds": None, "day": None, "code": None}
        result = results.get(number) or {name: same.get(name, value) for name, value in none.items()}
        rows.append({"id": number, "fault": fault.name, "procedure": fault.procedure, "oracle": fault.oracle, **result, "tests": tests.get(number, [])})
    return {"machine": machine() if results else kept.get("machine"), "rows": rows}


def machine() -> dict[str, Any]:
    """Say on what the faults were brought about."""
    from importlib.metadata import version

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    known = {name: version(name) for name in ("pyspark", "delta-spark", "mlflow")}
    return {"system": platform.system(), "cores": os.cpu_count(), "memory_gb": round(memory), "python": platform.python_version(), **known}


def to_page(content: Mapping[str, Any]) -> str:
    """Return the page for people."""
    rows, on = content["rows"], content["machine"]
    counted = {word: sum(r["result"] == word for r in rows) for word in (PASSED, IN_PART, FAILED, NOT_RUN)}
    facts = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in on.items()) if on else ""
    where = f" Last run on {facts}." if facts else ""
    said = ", ".join(f"{count} {word}" for word, count in counted.items() if count)
    lines = [INTRO, f"Of {len(rows)} rows: {said}.{where} Seconds are those of all tests of a row; some tests prove several rows.", ""]
    lines += ["| # | fault | how it is brought about | what must hold | result | seconds | day |", "|---|---|---|---|---|---|---|"]
    lines += [f"| {r['id']} | {r['fault']} | {r['procedure']} | {r['oracle']} | {_result(r)} | {_or_none(r['seconds'])} | {_or_none(r['day'])} |" for r in rows]
    lines += ["", POINTS_INTRO, "| point | place | ended there by |", "|---|---|---|"]
    lines += [f"| {p.name} | `{p.place}` | {_listed(p.tests)} |" for p in FAILPOINTS]
    lines += ["", "## Tests of each row", *(f"- **{r['id']} {r['fault']}**: {_listed(r['tests'])}" for r in rows)]
    return "\n".join(lines) + "\n"


def _result(row: Mapping[str, Any]) -> str:
    return f"{row['result']}: {row['reason']}" if row["reason"] else str(row["result"])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _or_none(value: object) -> str:
    return "-" if value is None else str(value)


if __name__ == "__main__":
    assert len(FAULTS) == len(BY_NUMBER)
    write(REGISTER, {})
