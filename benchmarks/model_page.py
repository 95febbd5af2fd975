"""The page of figures about models and features: each beside its peer, and beside the target it is held to."""

from __future__ import annotations

from typing import Any

from benchmarks.feature_peers import COUNTS, SETTINGS
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
    """Return point-in-time features beside DuckDB, one more day, and growth with rows and with dates."""
    full, daily, growth = [], [], []
    for size in sizes:
        ours, theirs, events = size["suite"]["seconds"], size["duckdb"]["seconds"], size["suite"]["events"]
        for n in COUNTS:
            built, peer = ours["tiles"] + ours[f"features as of {n}"], theirs[f"features as of {n}"]
            full.append((f"{events:,}", n, f"{ours['tiles']:.1f}", f"{ours[f'features as of {n}']:.1f}", f"{peer:.1f}", f"{built / peer:.2f}", _held(built <= 2 * peer)))
        daily.append(_one_more_day(ours, theirs, events))
        growth.append((f"{events:,}", *[f"{(ours['tiles'] + ours[f'features as of {n}']) / events * 1e6:.1f}" for n in COUNTS], *[f"{theirs[f'features as of {n}'] / events * 1e6:.1f}" for n in COUNTS]))
    memory = [(f"{s['suite']['events']:,}", f"{s['suite']['tiles']:,}", f"{s['compare']['rows']:,}", f"{s['suite']['peak_bytes'] / GIB:.1f}", f"{s['duckdb']['peak_bytes'] / GIB:.1f}") for s in sizes]
    return [
        f"## Point-in-time features: {len(SETTINGS.feature_columns())} counts, sums and recencies a customer and date",
        ("DuckDB runs one SQL statement from events, identities and dates each time and keeps nothing; the suite makes daily tiles once, keeps them, and adds them up."
        " Both read and write Parquet, take the same weekly dates and give an event to whom its identifier belonged to on the date; every value of every row is equal."
        " The ratio is of tiles and features together, as on a first run. The suite's plan ran once on the tiles of one day before the clock, so that what is timed was compiled."),
        table(("events", "as-of dates", "tiles s", "features s", "DuckDB s", "ratio", "at most 2"), full),
        "Growth: microseconds an event, by rows downwards and by as-of dates across; the suite's with its tiles.",
        table(("events", *[f"suite, {n}" for n in COUNTS], *[f"DuckDB, {n}" for n in COUNTS]), growth),
        (f"One more day: the tiles of its events, and the features as of it, against a first run (all tiles, {COUNTS[-1]} weekly dates, as in the demo) and against a first run of"
        " that one date alone. DuckDB computes the same rows from all events."),
        table(("events", "tiles of the day s", "features s", "of a first run", "at most 0.1", "of a first run of one date", "tiles, of all tiles", "DuckDB s"), daily),
        table(("events", "tiles", "rows of features compared", "suite peak GiB", "DuckDB peak GiB"), memory),
    ]  # fmt: skip


def _one_more_day(ours: dict[str, float], theirs: dict[str, float], events: int) -> tuple[str, ...]:
    more = ours["tiles of one day"] + ours["features as of that day"]
    most, least = (ours["tiles"] + ours[f"features as of {n}"] for n in (COUNTS[-1], COUNTS[0]))
    of_tiles = ours["tiles of one day"] / ours["tiles"]
    return (
        f"{events:,}", f"{ours['tiles of one day']:.1f}", f"{ours['features as of that day']:.1f}", f"{more / most:.2f}", _held(more <= 0.1 * most),
        f"{more / least:.2f}", f"{of_tiles:.2f}", f"{theirs['features as of that day']:.1f}",
    )  # fmt: skip


def _named(engine: str) -> str:
    return {"suite": "suite", "scikit-learn": "scikit-learn, ten starts", "spark": "Spark ML"}[engine]


def _held(holds: bool) -> str:
    return "reached" if holds else "**missed**"
