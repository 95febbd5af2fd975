"""From daily tiles to window tiles: one pass for all as-of dates.

Input   ``gold.activity_tiles`` with their atoms in words, and who owned each identifier on which date
Output  one row per tile and as_of_date that may know it, with its bucket

A bucket is the span of ages between two neighbouring windows: every window is a union of buckets,
and a window's sum is the sum of its buckets.

Invariants: a tile dated after as_of_date reaches no row of that date; what is added up from the
rows is whole numbers, days, moments and bits, so it depends on no order or partitioning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import ActivityTiles, CustomerFeatures
from crosschannel.contracts.silver import KnownMembers
from crosschannel.features.facts import QUANTITY_COLUMNS
from crosschannel.features.plan import TilePlan

BUCKET = "BUCKET"
DAY_BITS = "DAY_BITS"  # the day of an act in its bucket: bit n is n days before the bucket's youngest
ORDERS, OPENING = "ORDERS", "OPENING"
DATES = "DATES"
ACT_DATE, ACT_TS = "ACT_DATE", str(ActivityTiles.last_event_ts)  # of tiles that hold acts: order lines are none
BITS = 62  # days one DAY_BITS can hold


@dataclass(frozen=True)
class Buckets:
    """Ages in days at which buckets end, oldest excluded; what is older falls into one last bucket."""

    ends: tuple[int, ...]

    def within(self, window_days: int) -> range:
        """Return the buckets a window is made of."""
        return range(self.ends.index(window_days) + 1)


def buckets_of(windows: Iterable[int]) -> Buckets:
    """Return buckets that end at every window and are never wider than ``BITS`` days."""
    ends: list[int] = []
    for window in sorted(set(windows)):
        start = ends[-1] if ends else 0
        ends += [*range(start + BITS, window, BITS), window]
    return Buckets(tuple(ends))


def to_window_tiles(tiles: DataFrame, *, members: DataFrame, plan: TilePlan, buckets: Buckets) -> DataFrame:
    """Place every tile in its bucket, as of each date that may know it.

    Parameters
    ----------
    tiles
        ``gold.activity_tiles`` with their atoms in words.
    members
        ``node_key``, ``customer_id`` and ``DATES``, the as-of dates on which the one belonged to the other.
    """
    owned = tiles.transform(with_owner, members)
    facts = owned.select(*_fact_columns(plan), *QUANTITY_COLUMNS.values(), _no_orders(), _act_date().alias(ACT_DATE), ACT_TS, DATES)
    if "orders" in plan.quantities:
        facts = facts.unionByName(owned.transform(to_order_facts, plan=plan))
    # One exchange for everything that follows: each later grouping holds customer_id.
    return facts.repartition(KnownMembers.customer_id).transform(to_seen).transform(_with_bucket, buckets)


def with_owner(tiles: DataFrame, members: DataFrame) -> DataFrame:
    """Add the customer of each tile and the as-of dates of that; a tile nobody owned on any of them drops."""
    # many tiles to the one or few customers an identifier belonged to in turn
    return tiles.join(members, on=str(ActivityTiles.node_key), how="inner")


def to_seen(owned: DataFrame) -> DataFrame:
    """Return a row per as-of date that may know the day; the dates stand in ``DATES``."""
    dated = owned.withColumn(CustomerFeatures.as_of_date, F.explode(DATES)).drop(DATES)
    # after the explode: a filter of the array is interpreted, row by row
    return dated.where(F.col(CustomerFeatures.as_of_date) >= F.col(ActivityTiles.event_date))


def to_order_facts(owned: DataFrame, *, plan: TilePlan) -> DataFrame:
    """One fact per customer, order and as-of date, on the order's first day, with the atoms of that day's events.

    An order counts once, whatever the number of events and identifiers that report it.
    """
    words = plan.atoms.words
    key = [CustomerFeatures.customer_id, CustomerFeatures.as_of_date, ActivityTiles.order_key]
    order_days = (
        owned.where(F.col(ActivityTiles.order_key) != 0)
        .select(*_fact_columns(plan), ActivityTiles.order_key, DATES)
        .repartition(KnownMembers.customer_id)
        .transform(to_seen)
        .groupBy(*key, ActivityTiles.event_date)
        .agg(*[F.bit_or(word).alias(word) for word in words])
    )
    openings = order_days.groupBy(*key).agg(F.min(F.struct(ActivityTiles.event_date, *words)).alias(OPENING))
    nothing = [F.lit(0).cast("bigint").alias(name) for name in QUANTITY_COLUMNS.values()]
    return openings.select(
        CustomerFeatures.customer_id,
        *[F.col(OPENING)[name].alias(name) for name in (ActivityTiles.event_date, *words)],
        *nothing,
        F.lit(1).cast("bigint").alias(ORDERS),
        F.lit(None).cast("date").alias(ACT_DATE),
        F.lit(None).cast("timestamp").alias(ACT_TS),
        F.array(CustomerFeatures.as_of_date).alias(DATES),
    )


def _fact_columns(plan: TilePlan) -> list[str]:
    return [CustomerFeatures.customer_id, ActivityTiles.event_date, *plan.atoms.words]


def _act_date() -> Column:
    """Return the day of a tile's events; null in a tile of order lines, which are no acts."""
    return F.when(F.col(ACT_TS).isNotNull(), F.col(ActivityTiles.event_date))


def _no_orders() -> Column:
    return F.lit(0).cast("bigint").alias(ORDERS)


def _with_bucket(tiles: DataFrame, buckets: Buckets) -> DataFrame:
    age = F.datediff(CustomerFeatures.as_of_date, ActivityTiles.event_date)
    # A tile without an act (an order, a line) is no active day.
    bits = F.when(F.col(ACT_DATE).isNotNull(), _day_bits_expr(age, buckets)).otherwise(F.lit(0).cast("bigint"))
    # Not added up per bucket first: features look at every row once, which costs less than grouping them twice.
    return tiles.withColumns({BUCKET: _bucket_expr(age, buckets), DAY_BITS: bits})


def _bucket_expr(age: Column, buckets: Buckets) -> Column:
    last = F.lit(len(buckets.ends))
    for n, end in reversed(list(enumerate(buckets.ends))):
        last = F.when(age < end, F.lit(n)).otherwise(last)
    return last


def _day_bits_expr(age: Column, buckets: Buckets) -> Column:
    bits = F.lit(0).cast("bigint")  # beyond the last window nobody counts days
    for start, end in reversed(list(zip((0, *buckets.ends[:-1]), buckets.ends, strict=True))):
        bits = F.when(age < end, _one_bit_expr(age - start)).otherwise(bits)
    return bits


def _one_bit_expr(position: Column) -> Column:
    return F.call_function("shiftleft", F.lit(1).cast("bigint"), position)
