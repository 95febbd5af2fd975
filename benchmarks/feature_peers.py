"""Point-in-time features of the same events by the suite and by DuckDB, each a process of its own.

    python -m benchmarks.feature_peers make --data DIR --events 10000000
    python -m benchmarks.feature_peers suite --data DIR
    python -m benchmarks.feature_peers duckdb --data DIR
    python -m benchmarks.feature_peers compare --data DIR

Counts, sums and recencies by channel, verb and window, for every customer as of one date, of three and of ten weekly
ones, by whose an identifier was on that date: one in twenty changes hands. DuckDB runs one SQL statement over events,
identities and dates; the suite makes daily tiles and adds these up. Both read and write Parquet, and every value must
be equal. The events of the last day are kept apart: they are the daily increment, which makes the tiles of that day and
the features as of it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession, functions as F

from benchmarks.measuring import CORES, start_spark
from crosschannel.contracts.gold import ActivityTiles, CustomerFeatures
from crosschannel.contracts.silver import Events, KnownMembers
from crosschannel.features.assemble import Known, to_added_up, to_customer_features
from crosschannel.features.plan import plan_of
from crosschannel.features.tiles import to_daily_tiles
from crosschannel.settings.conditions import Conditions
from crosschannel.settings.families import Behaviour, Purchase
from crosschannel.settings.features import FeaturesSettings, Population
from crosschannel.settings.recipes import Recipe, SinceLast, Total

DAYS, EVENTS_PER_PERSON_DAY = 98, 1.3
FIRST = dt.date(2026, 1, 1)
LAST = FIRST + dt.timedelta(days=DAYS - 1)
DATES = tuple(LAST - dt.timedelta(days=1 + 7 * n) for n in range(10))  # latest first; the last day is the increment
COUNTS = (1, 3, len(DATES))  # of dates built in one pass
MOVED = FIRST + dt.timedelta(days=DAYS // 2)  # the day some identifiers change hands
FROM, UNTIL = "known_from", "known_until"
CHANNELS, VERBS, WINDOWS = ("web", "app", "email", "store"), ("view", "click", "engage", "add", "purchase"), (7, 28, 84)
SETTINGS = FeaturesSettings(
    population=Population(active_within_days=None),
    behaviour=(
        Behaviour(channel=CHANNELS, verb=VERBS, stats=("count",), window_days=WINDOWS),
        Behaviour(channel=CHANNELS, verb=VERBS, stats=("recency_days",)),
    ),
    purchase=(Purchase(channel=CHANNELS, stats=("order_amount_sum",), window_days=WINDOWS),),
)
COLUMNS = [str(c) for c in CustomerFeatures.contract.key] + [f.name for f in SETTINGS.feature_columns()]


def main() -> None:
    """Make the events, run one engine and print its seconds, or compare what both wrote."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["make", *ENGINES])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--events", type=int, default=10_000_000)
    given = parser.parse_args()
    if given.what == "make":
        return make(start_spark("events"), given.data, given.events)
    print(json.dumps(ENGINES[given.what](given.data)))


def make(spark: SparkSession, data: Path, count: int) -> None:
    """Write events whose every value is a hash of their number, and whose identifiers belong to customers, two to each."""
    people = max(1, round(count / DAYS / EVENTS_PER_PERSON_DAY))
    person = (F.pow(_drawn("person"), 1.5) * people).cast("bigint")  # some do much more than others
    day = F.date_add(F.lit(FIRST), (_drawn("day") * DAYS).cast("int"))
    moment = F.timestamp_seconds(F.unix_date(day) * 86_400 + (_drawn("second") * 86_400).cast("int"))
    verb = _one_of("verb", VERBS)
    amount = (F.pow(_drawn("amount"), 3) * 20_000).cast("bigint").cast("decimal(18,2)") / 100
    values: dict[str, Column] = {
        Events.event_id: F.concat(F.lit("e"), F.lpad(F.col("id").cast("string"), 10, "0")), Events.source: F.lit("bench"),
        Events.channel: _one_of("channel", CHANNELS), Events.verb: verb, Events.event_date: day, Events.event_ts: moment,
        Events.node_key: person * 2 + (_drawn("node") * 2).cast("bigint"), Events.order_id: F.lit(None).cast("string"),
        Events.order_amount: F.when(verb == "purchase", amount.cast("decimal(18,2)")),
    }  # fmt: skip
    events = spark.range(0, count, 1, max(CORES, count // 500_000)).select(*[value.alias(str(name)) for name, value in values.items()])
    is_last = F.col(Events.event_date) == F.lit(LAST)
    events.where(~is_last).write.mode("overwrite").parquet(str(data / "events"))
    events.where(is_last).write.mode("overwrite").parquet(str(data / "last day"))
    owners = _owners(spark.range(people * 2).select(F.col("id").alias(KnownMembers.node_key)), people)
    owners.write.mode("overwrite").parquet(str(data / "owners"))


def _owners(nodes: DataFrame, people: int) -> DataFrame:
    """Give every identifier to a customer; each twentieth was somebody else's until ``MOVED``."""
    node = F.col(KnownMembers.node_key)
    own, moves = F.floor(node / 2), node % 20 == 1
    now = nodes.select(node, own.alias("OWNER"), F.when(moves, F.lit(MOVED)).otherwise(F.lit(FIRST)).alias(FROM), F.lit(dt.date.max).alias(UNTIL))
    before = nodes.where(moves).select(node, ((own + people // 2) % people).alias("OWNER"), F.lit(FIRST).alias(FROM), F.lit(MOVED).alias(UNTIL))
    return now.unionByName(before).select(KnownMembers.node_key, F.concat(F.lit("c"), "OWNER").alias(KnownMembers.customer_id), FROM, UNTIL)


def by_suite(data: Path) -> dict[str, Any]:
    """Tiles of all days; features as of one date, of three and of ten; then one more day."""
    spark, out = start_spark("features"), data / "suite"
    shutil.rmtree(out, ignore_errors=True)
    parts: dict[str, float] = {}
    _timed(parts, "tiles", lambda: _tiles(spark, data / "events", out / "tiles"))
    warm = spark.read.parquet(str(out / "tiles")).where(F.col(ActivityTiles.event_date) == F.lit(FIRST))
    _features(spark, data, warm, DATES).write.format("noop").mode("overwrite").save()  # compiles what both below run
    for n in COUNTS:
        _timed(parts, f"features as of {n}", lambda n=n: _write(_features(spark, data, spark.read.parquet(str(out / "tiles")), DATES[:n]), out / str(n)))
    _timed(parts, "tiles of one day", lambda: _tiles(spark, data / "last day", out / "tiles"))
    _timed(parts, "features as of that day", lambda: _write(_features(spark, data, spark.read.parquet(str(out / "tiles")), [LAST]), out / "last"))
    return {"seconds": parts, "events": spark.read.parquet(str(data / "events")).count(), "tiles": spark.read.parquet(str(out / "tiles")).count()}


def by_duckdb(data: Path) -> dict[str, Any]:
    """One statement over events, owners and dates; for the day more it reads all events again."""
    connection, parts = _duckdb(), {}
    (data / "duckdb").mkdir(exist_ok=True)
    asked = {str(n): (f"features as of {n}", DATES[:n], ["events"]) for n in COUNTS}
    for name, (part, dates, folders) in (asked | {"last": ("features as of that day", (LAST,), ["events", "last day"])}).items():
        text = f"COPY ({statement(data, dates, folders)}) TO '{data / 'duckdb' / name}.parquet' (FORMAT parquet)"
        _timed(parts, part, lambda text=text: connection.execute(text))
    return {"seconds": parts}


def compare(data: Path) -> dict[str, int]:
    """Count the rows, and those that only one of them has; every value of a row counts."""
    connection, found = _duckdb(), {}
    for name in ("last", *map(str, COUNTS)):
        ours, theirs = (f"SELECT {', '.join(COLUMNS)} FROM read_parquet('{data}/{where}')" for where in (f"suite/{name}/*.parquet", f"duckdb/{name}.parquet"))
        found["rows"] = int(connection.execute(f"SELECT count(*) FROM ({theirs})").fetchone()[0])
        for left, right, only in ((ours, theirs, "only suite"), (theirs, ours, "only duckdb")):
            found[only] = found.get(only, 0) + int(connection.execute(f"SELECT count(*) FROM ({left} EXCEPT ALL {right})").fetchone()[0])
    return found


def statement(data: Path, dates: Sequence[dt.date], folders: Sequence[str]) -> str:
    """Return the same features as SQL, of the events in some folders."""
    customer, day = (str(c) for c in CustomerFeatures.contract.key)
    values = ", ".join(f"(DATE '{d}')" for d in dates)
    files = ", ".join(f"'{data}/{folder}/*.parquet'" for folder in folders)
    features = ", ".join(f"{_sql_of(f.recipe, day)} AS {f.name}" for f in SETTINGS.feature_columns())
    return (
        f"SELECT {customer}, {day}, {features} FROM ("
        f"SELECT {customer}, {day}, {Events.channel}, {Events.verb}, {Events.order_amount}, {Events.event_date}, {day} - {Events.event_date} AS age"
        f" FROM read_parquet([{files}]) JOIN read_parquet('{data}/owners/*.parquet') USING ({KnownMembers.node_key})"
        f" JOIN (VALUES {values}) AS dates({day}) ON {Events.event_date} <= {day} AND {FROM} <= {day} AND {day} < {UNTIL}) GROUP BY {customer}, {day}"
    )


def _sql_of(recipe: Recipe, day: str) -> str:
    if isinstance(recipe, SinceLast):
        return f"({day} - max({Events.event_date}) FILTER (WHERE {_sql_where(recipe.where)}))::DOUBLE"
    assert isinstance(recipe, Total)
    where = f"FILTER (WHERE {_sql_where(recipe.where)} AND age < {recipe.window_days})"
    return f"count(*) {where}::DOUBLE" if recipe.quantity == "events" else f"coalesce(sum({Events.order_amount}) {where}, 0)::DOUBLE"


def _sql_where(conditions: Conditions) -> str:
    return " AND ".join(f"{c.field} IN ({', '.join(repr(v) for v in c.values)})" for c in conditions)


def _tiles(spark: SparkSession, events: Path, target: Path) -> None:
    made = spark.read.parquet(str(events)).transform(to_daily_tiles, plan=plan_of(SETTINGS), rules="bench")
    made.select(*ActivityTiles.contract.columns).write.mode("append").partitionBy(ActivityTiles.event_date).parquet(str(target))


def _features(spark: SparkSession, data: Path, tiles: DataFrame, dates: Sequence[dt.date]) -> DataFrame:
    on = F.filter(F.array(*[F.lit(d) for d in sorted(dates)]), lambda d: (F.col(FROM) <= d) & (d < F.col(UNTIL)))
    members = spark.read.parquet(str(data / "owners")).withColumns({str(KnownMembers.known_on): on, str(KnownMembers.identified_on): on})
    known = Known(tiles, members, SETTINGS, FIRST)
    return to_customer_features(known, to_added_up(known))


def _write(features: DataFrame, target: Path) -> None:
    features.write.parquet(str(target))


def _duckdb() -> Any:
    duckdb: Any = importlib.import_module("duckdb")
    return duckdb.connect(config={"threads": CORES})


def _timed(parts: dict[str, float], name: str, work: Callable[[], Any]) -> None:
    started = time.monotonic()
    work()
    parts[name] = time.monotonic() - started


def _drawn(salt: str) -> Column:
    """Return a number in [0, 1) for each event."""
    return F.pmod(F.xxhash64(F.lit(salt), F.col("id")), F.lit(1_000_003)) / F.lit(1_000_003.0)


def _one_of(salt: str, values: Sequence[str]) -> Column:
    """Draw one of the values, each half as often again as the one after it."""
    weights = [1.5 ** -n for n in range(len(values))]
    column, below = F.lit(values[-1]), 1.0
    for n in reversed(range(len(values) - 1)):
        below = sum(weights[: n + 1]) / sum(weights)
        column = F.when(_drawn(salt) < below, F.lit(values[n])).otherwise(column)
    return column


ENGINES: dict[str, Callable[[Path], dict[str, Any]]] = {"suite": by_suite, "duckdb": by_duckdb, "compare": compare}

if __name__ == "__main__":
    main()
