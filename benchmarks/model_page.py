"""The page of figures about models and features: each beside its peer, and beside the target it is held to."""

from __future__ import annotations

from typing import Any

from benchmarks.feature_peers import SETTINGS
from benchmarks.report import GIB, table

SCORED_A_SECOND = 300_000


def to_page(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    parts = [
        "# Benchmarks of models and features",
        f"Written by `{result['command']}` on {result['taken']}; every figure comes from that one run. `make bench-models` takes a million rows and 1, 3 and 10 million events.",
        ("Every engine is a process of its own, on all cores, and reads the same Parquet files; seconds run from reading them, after the engine has started."
        " Memory is the proportional size of all processes together, at the worst moment."),
        "## Machine",
        table(("", ""), sorted(result["machine"].items())),
    ]
    for name, section in (("kmeans", kmeans_section), ("boosting", boosting_section), ("features", features_section)):
        parts += section(result[name]) if name in result else []
    return "\n\n".join(parts) + "\n"


def kmeans_section(found: dict[str, Any]) -> list[str]:
    """Return K-Means beside scikit-learn and Spark."""
    engines = {name: found[name] for name in ("suite", "scikit-learn", "spark")}
    best = min(e["cost"] for e in engines.values())
    rows = [
        (_named(name), f"{e['seconds']:.1f}", f"{e['seconds'] / engines['scikit-learn']['seconds']:.2f}", f"{e['peak_bytes'] / GIB:.1f}", e["passes"], f"{e['cost']:,.0f}", f"{e['cost'] / best - 1:.3%}")
        for name, e in engines.items()
    ]  # fmt: skip
    suite = engines["suite"]
    targets = [
        ("cost above the best", "0.1 %", f"{suite['cost'] / best - 1:.3%}", _held(suite["cost"] <= 1.001 * best)),
        ("seconds, of scikit-learn's", "1.5", f"{suite['seconds'] / engines['scikit-learn']['seconds']:.2f}", _held(suite["seconds"] <= 1.5 * engines["scikit-learn"]["seconds"])),
        ("seconds, of Spark's", "below 1", f"{suite['seconds'] / engines['spark']['seconds']:.2f}", _held(suite["seconds"] < engines["spark"]["seconds"])),
    ]  # fmt: skip
    steps = ", ".join(f"{name} {suite[name]} s" for name in ("start on the sample", "blocks", "passes over all"))
    return [
        f"## K-Means: {found['rows']:,} rows of 30 numbers, 8 centres",
        ("Eight overlapping groups. scikit-learn takes ten starts over all rows, the suite ten on a sample and then exact passes over all"
        f" ({steps}), Spark one start. Cost is reckoned anew from the centres, over all rows, the same way for all."),
        table(("engine", "seconds", "of scikit-learn's", "peak GiB", "passes", "cost", "above the best"), rows),
        table(("target", "at most", "measured", ""), targets),
    ]


def boosting_section(found: dict[str, Any]) -> list[str]:
    """Return boosting on two workers beside one node, and scoring beside the bare booster."""
    two, one, executors, bare = (found[name] for name in ("suite", "one-node", "executors", "bare"))
    fits = [(name, f"{f['seconds']:.1f}", f"{f['peak_bytes'] / GIB:.1f}", f["rounds"], f"{f['auc']:.4f}") for name, f in (("suite, 2 workers", two), ("xgboost, one node", one))]
    speeds = [(name, f"{s['rows']:,}", f"{s['seconds']:.2f}", f"{s['rows'] / s['seconds']:,.0f}") for name, s in (("suite, on executors", executors), ("bare booster", bare))]
    gap, ratio = abs(two["auc"] - one["auc"]), two["seconds"] / one["seconds"]
    speed, share = executors["rows"] / executors["seconds"], executors["rows"] / executors["seconds"] * bare["seconds"] / bare["rows"]
    return [
        f"## Boosting: {found['rows']:,} rows that teach, 25 numbers and 5 texts",
        f"The same rows, parameters and constraints. A fifth as many other rows judge; the label is drawn, and knowing its chances would give an AUC of {one['best_auc']:.4f}.",
        table(("engine", "seconds", "peak GiB", "rounds", "AUC"), fits),
        table(("target", "at most", "measured", ""), [("AUC apart", "0.003", f"{gap:.4f}", _held(gap <= 0.003)), ("seconds, of one node's", "2.2", f"{ratio:.2f}", _held(ratio <= 2.2))]),
        "## Scoring",
        ("The suite reads files, encodes texts, passes Arrow batches, predicts, and makes rows of the table of scores, which are thrown away."
        " The bare booster predicts a matrix that is in memory, with as many threads. Median of three after a first."),
        table(("engine", "rows", "seconds", "rows a second"), speeds),
        table(("target", "at least", "measured", ""), [
            ("rows a second", f"{SCORED_A_SECOND:,}", f"{speed:,.0f}", _held(speed >= SCORED_A_SECOND)), ("of the bare booster's", "0.7", f"{share:.2f}", _held(share >= 0.7)),
        ]),
    ]  # fmt: skip


def features_section(sizes: list[dict[str, Any]]) -> list[str]:
    """Return point-in-time features beside DuckDB, one more day, and growth."""
    full, daily = [], []
    for size in sizes:
        ours, theirs, events = size["suite"]["seconds"], size["duckdb"]["seconds"], size["suite"]["events"]
        for n in (1, 3):
            built, peer = ours["tiles"] + ours[f"features as of {n}"], theirs[f"features as of {n}"]
            full.append((f"{events:,}", n, f"{ours['tiles']:.1f}", f"{ours[f'features as of {n}']:.1f}", f"{built / events * 1e6:.1f}", f"{peer:.1f}", f"{built / peer:.2f}", _held(built <= 2 * peer)))
        more, whole = ours["tiles of one day"] + ours["features as of that day"], ours["tiles"] + ours["features as of 1"]
        daily.append((f"{events:,}", f"{ours['tiles of one day']:.1f}", f"{ours['features as of that day']:.1f}", f"{more / whole:.2f}", f"{ours['tiles of one day'] / ours['tiles']:.2f}"))
    memory = [(f"{s['suite']['events']:,}", f"{s['suite']['tiles']:,}", f"{s['compare']['rows']:,}", f"{s['suite']['peak_bytes'] / GIB:.1f}", f"{s['duckdb']['peak_bytes'] / GIB:.1f}") for s in sizes]
    return [
        f"## Point-in-time features: {len(SETTINGS.feature_columns())} counts, sums and recencies a customer and date",
        "DuckDB runs one SQL statement from the events each time; the suite makes daily tiles once, keeps them, and adds them up. Both write Parquet. Every value of every row is equal.",
        table(("events", "as-of dates", "tiles s", "features s", "µs per event", "DuckDB s", "ratio", "at most 2"), full),
        "One more day: the tiles of its events, and the features as of it, against the first load as of one date.",
        table(("events", "tiles of the day s", "features s", "of the full build", "tiles, of all tiles"), daily),
        table(("events", "tiles", "rows of features", "suite peak GiB", "DuckDB peak GiB"), memory),
    ]  # fmt: skip


def _named(engine: str) -> str:
    return {"suite": "suite", "scikit-learn": "scikit-learn, ten starts", "spark": "Spark ML"}[engine]


def _held(holds: bool) -> str:
    return "reached" if holds else "**missed**"
