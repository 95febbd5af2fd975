"""The page of what identity costs and how good it is: two benchmarks each bring a part, the page shows what is there.

The parts lie as JSON beside the page's name in ``--out``; each run writes its own and both in Markdown.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.report import GIB, table

PARTS = ("edges", "grades")
SECONDS = {1_000_000: 5, 20_000_000: 60}  # what is aimed at, after start-up
DELTA_PERCENT = 10
BARS = {"easy": 0.98, "standard": 0.95, "hard": 0.90}
OVER_MERGE_PERCENT, KEPT_PERCENT = 0.1, 99.5

COMPONENTS = (
    "Written by `{command}` on {taken}. Generated graphs with components of six identifiers on average and a long tail up to thousands. "
    "Seconds are after start-up: reading stored edges, labelling, writing the labels. SciPy gets dense integers in memory, reading and key hashing left out; "
    "Splink's documented `cluster_pairwise_predictions_at_threshold` runs on DuckDB with the same cores. All count the same components."
)
MEMORY = "Memory is the proportional size of all processes at the worst moment; growth is counted from the smallest graph on."
JOB = "`stitch_identities` on a lake: edges counted from events, components, rules, ids, gate, Delta tables. Each edge is one event with two identifiers."
PEOPLE = (
    "Written by `{command}` on {taken}: the shipped project on generated logs of {days} days, the last {steps} stitched one by one. "
    f"Aims: F1 {', '.join(f'{name} {bar}' for name, bar in BARS.items())}; over-merged customers at most {OVER_MERGE_PERCENT} %; of the customers with a person "
    f"identifier before these days at least {KEPT_PERCENT} % keep their id; the identities of each of these days as its run published them."
)


def write_part(out: Path, name: str, result: dict[str, Any], page: Path | None) -> str:
    """Keep one part, and return (and, if asked to, write) the page of all that are there."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    parts = {one: json.loads(file.read_text(encoding="utf-8")) for one in PARTS if (file := out / f"{one}.json").exists()}
    text = to_page(parts)
    if page:
        page.write_text(text, encoding="utf-8")
    return text


def to_page(parts: dict[str, Any]) -> str:
    """Return the page."""
    any_part = next(iter(parts.values()))
    body = [
        "# Identity: how fast, how good",
        "<!-- written by `make bench-identity` -->",
        "## Machine",
        table(("", ""), sorted(any_part["machine"].items())),
        *(edges_part(parts["edges"]) if "edges" in parts else ()),
        *(grades_part(parts["grades"]) if "grades" in parts else ()),
    ]
    return "\n\n".join(body) + "\n"


def edges_part(result: dict[str, Any]) -> list[str]:
    """Return components and the whole job."""
    return [
        "## Connected components",
        COMPONENTS.format(**result),
        sizes_table(result["sizes"]),
        MEMORY,
        memory_table(result["sizes"]),
        "## Executors instead of the driver",
        shrunk_text(result["shrunk"], result["sizes"]),
        "## The whole job, and 1 % more",
        JOB,
        *[job_text(size["job"]) for size in result["sizes"] if "job" in size],
    ]


def sizes_table(sizes: list[dict[str, Any]]) -> str:
    """Return one row a size."""
    head = ("edges", "identifiers", "components", "this suite s", "aim s", "µs per edge", "SciPy s", "Splink s", "Splink / suite")
    rows = []
    for s in sizes:
        ours, peer = s["suite"]["seconds"], s.get("splink", {}).get("seconds")
        aim = SECONDS.get(s["edges"])
        rows.append((
            f"{s['edges']:,}", f"{s['nodes']:,}", f"{s['components']:,}", f"{ours:.1f}", _aim(ours, aim), f"{ours / s['edges'] * 1e6:.1f}",
            f"{s['scipy']['seconds']:.1f}", f"{peer:.1f}" if peer else "-", f"{peer / ours:.1f}" if peer else "-",
        ))  # fmt: skip
    return table(head, rows)


def memory_table(sizes: list[dict[str, Any]]) -> str:
    """Return the peak of each size, and how much of it a million edges more take."""
    first = sizes[0]
    head = ("edges", "suite GiB", "per million more GiB", "of it the driver's Python GiB", "Splink GiB")
    rows = []
    for s in sizes:
        more = (s["edges"] - first["edges"]) / 1e6
        grown = (f"{(s['suite'][key] - first['suite'][key]) / GIB / more:.3f}" if more else "-" for key in ("peak_bytes", "python_bytes"))
        peer = f"{s['splink']['peak_bytes'] / GIB:.1f}" if "splink" in s else "-"
        rows.append((f"{s['edges']:,}", f"{s['suite']['peak_bytes'] / GIB:.1f}", *grown, peer))
    return table(head, rows)


def shrunk_text(shrunk: dict[str, Any], sizes: list[dict[str, Any]]) -> str:
    """Say how the distributed gear compares with the driver's."""
    ours = next(s["suite"]["seconds"] for s in sizes if s["edges"] == shrunk["edges"])
    return (
        f"With room for {shrunk['room']:,} edges only, {shrunk['edges']:,} are first shrunk on the executors: {shrunk['seconds']:.1f} s against {ours:.1f} s "
        f"({shrunk['seconds'] / ours:.1f} times), with the same label for every identifier, checked. The log said: `{'; '.join(shrunk['said'])}`."
    )


def job_text(job: dict[str, Any]) -> str:
    """Say what the whole job took, and the run after 1 % more."""
    share = 100 * job["delta"] / job["full"]
    return (
        f"{job['edges']:,} edges: {job['full']:.1f} s, {job['customers']:,} customers. After 1 % more: {job['delta']:.1f} s, {share:.0f} % of the full run "
        f"(aim: {DELTA_PERCENT} %, {'met' if share <= DELTA_PERCENT else 'missed'}). The log said: `{job['touched']}`."
    )


def grades_part(result: dict[str, Any]) -> list[str]:
    """Return how good stitching is on planted people."""
    return [
        "## How good: planted people",
        PEOPLE.format(**result),
        grades_table(result["levels"]),
    ]


def grades_table(levels: list[dict[str, Any]]) -> str:
    """Return one row a difficulty."""
    head = (
        "difficulty",
        "people",
        "seed",
        "precision",
        "recall",
        "F1",
        "",
        "over-merged %",
        "",
        "ids kept %",
        "",
        "ids ended",
        "of one person with two",
        "identifiers moved %",
        "as of",
        "largest",
        "seconds",
    )
    rows = [
        (
            x["difficulty"], f"{x['people']:,}", x["seed"], f"{x['precision']:.4f}", f"{x['recall']:.4f}", f"{x['f1']:.4f}", _met(x["f1"] >= BARS[x["difficulty"]]),
            f"{x['over_merged_percent']:.3f}", _met(x["over_merged_percent"] <= OVER_MERGE_PERCENT), f"{x['ids_kept_percent']:.3f}",
            _met(x["ids_kept_percent"] >= KEPT_PERCENT), x["ids_ended"], x["ids_ended_rightly"], f"{x['moved_percent']:.2f}", f"{x['as_of_equal']:,} of {x['as_of_compared']:,}", x["largest"], f"{x['seconds']:.0f}",
        )
        for x in levels
    ]  # fmt: skip
    return table(head, rows)


def _aim(seconds: float, aim: int | None) -> str:
    return "-" if aim is None else f"{aim}, {_met(seconds <= aim)}"


def _met(holds: bool) -> str:
    return "met" if holds else "missed"
