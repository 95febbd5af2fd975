"""The page of figures: what was measured, on what, and whether time grows no faster than data."""

from __future__ import annotations

from typing import Any

GIB = 1024**3


def to_page(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    parts = [
        "# Benchmarks",
        f"Written by `{result['command']}` on {result['taken']}; every figure comes from that one run. `make bench` takes 1, 3 and 10 million.",
        "## Machine",
        table(("", ""), sorted(result["machine"].items())),
        "## Start-up",
        table(("step", "seconds"), result["start_up"].items()),
        "## The whole run",
        "Memory is the proportional size of all processes together, at the worst moment.",
        sizes_table(result["sizes"]),
        "## Seconds per stage",
        by_size(result["sizes"], "stages"),
        "## Grades",
        "Against the planted truth, as `crosschannel evaluate` prints them.",
        by_size(result["sizes"], "grades"),
        "## Against a bare copy",
        "The peer reads every source with Spark's own reader and writes Parquet: no rules, no quarantine, no ledger, no duplicates found.",
        peers_table(result["sizes"]),
    ]
    return "\n\n".join(parts) + "\n"


def sizes_table(sizes: list[dict[str, Any]]) -> str:
    """Return one row a size, with microseconds per event so that growth shows."""
    head = ("records", "people", "generate s", "run s", "µs per record", "second run s", "second / first", "peak GiB")
    rows = [
        (
            f"{s['events']:,}", f"{s['people']:,}", s["seconds"]["generate"], s["seconds"]["run"], f"{s['seconds']['run'] / max(s['events'], 1) * 1e6:.1f}",
            s["seconds"]["second run"], f"{s['seconds']['second run'] / s['seconds']['run']:.2f}", f"{max(s['peak_bytes'].values()) / GIB:.1f}",
        )
        for s in sizes
    ]  # fmt: skip
    return table(head, rows)


def by_size(sizes: list[dict[str, Any]], what: str) -> str:
    """Return one row a stage or grade, one column a size."""
    known = [dict(s[what]) for s in sizes]
    names = dict.fromkeys(name for of_size in known for name in of_size)
    return table(("", *(f"{s['events']:,} records" for s in sizes)), [(name, *(of_size.get(name, "") for of_size in known)) for name in names])


def peers_table(sizes: list[dict[str, Any]]) -> str:
    """Return ingest beside the bare copy of the same files."""
    rows = []
    for s in sizes:
        ours, bare = s["stages"].get("ingest_events", 0.0), s["seconds"]["bare copy"]
        rows.append((f"{s['events']:,}", ours, bare, f"{ours / bare:.1f}" if bare else ""))
    return table(("records", "ingest_events s", "bare copy s", "ratio"), rows)


def table(head: tuple[str, ...], rows: Any) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
