"""What became of each fault: gathered while ``make faults`` runs, kept as JSON for programs and as a page for people.

Each test's result is kept as soon as it is known, so that a long run may be cut or taken in parts; a row has passed
once all its tests have. ``python -m tests.faults.register`` brings texts and tests of both files into step without
running anything; a row with a test that was never run says so.
"""

from __future__ import annotations

import ast
import json
import os
import platform
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.faults.matrix import BY_NUMBER, FAULTS
from tests.faults.points import FAILPOINTS
from tests.support.code import ROOT, dotted

REGISTER, PAGE = ROOT / "docs/faults.json", ROOT / "docs/faults.md"
PASSED, FAILED, IN_PART, NOT_RUN = "passed", "failed", "passed in part", "not run"
NEVER = "one of its tests was not run since it was written"
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
    """A plugin of pytest: times the tests of the matrix and writes what became of each once it is over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds: dict[str, float] = defaultdict(float)
        self.outcomes: dict[str, set[str]] = defaultdict(set)
        self.reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Add up a phase of a test, of all its cases so far, and keep it after the last phase."""
        test = report.nodeid.split("[")[0]
        self.seconds[test] += report.duration
        if report.failed or report.skipped or report.when == "call":
            self.outcomes[test].add(report.outcome)
        if report.skipped and isinstance(report.longrepr, tuple):
            self.reasons[test] = str(report.longrepr[2]).removeprefix("Skipped: ")
        if report.when == "teardown" and test in known_tests():
            write(self.path, {test: self._result(test)})

    def _result(self, test: str) -> dict[str, Any]:
        return {
            "result": together(self.outcomes[test]),
            "reason": self.reasons.get(test),
            "seconds": round(self.seconds[test], 1),
            "day": f"{datetime.now(UTC):%Y-%m-%d}",
            "code": this_code(),
        }


@cache
def this_code() -> str:
    """Return the digest of the code these tests are of."""
    from crosschannel.runtime.audit import code_hash

    return code_hash()


def known_tests() -> set[str]:
    """Return the tests of all rows."""
    return {test for tests in marked_tests().values() for test in tests}


def together(outcomes: Iterable[str]) -> str:
    """Return one word for what became of several tests, or of the cases of one.

    >>> together({"passed", "skipped"}), together({"passed", "failed"}), together({"skipped"})
    ('passed in part', 'failed', 'not run')
    """
    seen = {NOT_RUN if outcome == "skipped" else outcome for outcome in outcomes}
    return FAILED if FAILED in seen else next(iter(seen)) if len(seen) == 1 else IN_PART


def write(path: Path, results: Mapping[str, Mapping[str, Any]], page: Path | None = None) -> None:
    """Put new results of tests into the register, and write the page beside it."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    content = register(kept, results)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (page or path.with_suffix(".md")).write_text(to_page(content), encoding="utf-8")


def register(kept: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the register: every row of the matrix with its tests, and the last result of each test that still exists."""
    tests = marked_tests()
    last = {**kept.get("tests", {}), **results}
    rows = []
    for number, fault in BY_NUMBER.items():
        names = tests.get(number, [])
        own = {"id": number, "fault": fault.name, "procedure": fault.procedure, "oracle": fault.oracle}
        rows.append({**own, **row_result([last.get(name) for name in names]), "tests": names})
    still = {name: last[name] for name in sorted(known_tests() & set(last))}
    return {"machine": machine() if results else kept.get("machine"), "rows": rows, "tests": still}


def row_result(tests: Sequence[Mapping[str, Any] | None]) -> dict[str, Any]:
    """Return what became of a row: its tests together, the earliest day and every version of the code they were run on."""
    run = [test for test in tests if test]
    if not run or len(run) < len(tests):
        return {"result": NOT_RUN, "reason": NEVER, "seconds": None, "day": None, "code": None}
    return {
        "result": together({str(test["result"]) for test in run}),
        "reason": "; ".join(sorted({str(test["reason"]) for test in run if test["reason"]})) or None,
        "seconds": round(sum(float(test["seconds"]) for test in run), 1),
        "day": min(str(test["day"]) for test in run),
        "code": ", ".join(sorted({str(test["code"]) for test in run})),
    }


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
