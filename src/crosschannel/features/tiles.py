"""From facts to window tiles: one pass for all as-of dates.

Input   facts (:mod:`crosschannel.features.facts`)
Output  one row per customer, as_of_date, atoms and bucket

Facts are added up per customer, day and atoms first, so that the calendar of as-of dates meets
few rows. A bucket is the span of ages between two neighbouring windows: every window is a union of
buckets, and a window's sum is the sum of its buckets.

Invariants: a fact dated after as_of_date reaches no row of that date; every partial is a whole
number, a minimum, a maximum or a bitwise or, so rows do not depend on order or partitioning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.contracts.silver import CustomerEvents, Events
from crosschannel.features.atoms import Atoms
from crosschannel.features.facts import ACT_DATE, ACT_TS, QUANTITY_COLUMNS

BUCKET = "BUCKET"
DAY_BITS = "DAY_BITS"  # the days of a bucket that hold an act: bit n is n days before the bucket's youngest
FIRST_ACT_DATE, LAST_ACT_DATE = "FIRST_ACT_DATE", "LAST_ACT_DATE"
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


def to_window_tiles(facts: DataFrame, *, atoms: Atoms, buckets: Buckets, as_of_dates: Sequence[date]) -> DataFrame:
    """Add facts up per customer, as_of_date, atoms and bucket."""
    # One exchange for everything that follows: each later grouping holds customer_id.
    return (
        facts.repartition(CustomerEvents.customer_id)
        .transform(_to_daily_tiles, atoms=atoms)
        .transform(_to_seen_tiles, as_of_dates=as_of_dates)
        .transform(_to_bucket_tiles, atoms=atoms, buckets=buckets)
    )


def _to_daily_tiles(facts: DataFrame, *, atoms: Atoms) -> DataFrame:
    sums = [F.sum(name).alias(name) for name in QUANTITY_COLUMNS.values()]
    keys = (CustomerEvents.customer_id, Events.event_date, *atoms.words)
    return facts.groupBy(*keys).agg(*sums, F.max(ACT_DATE).alias(ACT_DATE), F.max(ACT_TS).alias(ACT_TS))


def _to_seen_tiles(tiles: DataFrame, *, as_of_dates: Sequence[date]) -> DataFrame:
    # The calendar is a literal: a handful of dates, met by every tile without a join.
    calendar = F.explode(F.array(*[F.lit(d) for d in sorted(as_of_dates)]))
    return tiles.withColumn(CustomerFeatures.as_of_date, calendar).where(F.col(Events.event_date) <= F.col(CustomerFeatures.as_of_date))


def _to_bucket_tiles(tiles: DataFrame, *, atoms: Atoms, buckets: Buckets) -> DataFrame:
    keys = (CustomerEvents.customer_id, CustomerFeatures.as_of_date, *atoms.words, BUCKET)
    age = F.datediff(CustomerFeatures.as_of_date, Events.event_date)
    # A tile without an act (an order, a line) is no active day.
    bits = F.when(F.col(ACT_DATE).isNotNull(), _day_bits_expr(age, buckets)).otherwise(F.lit(0).cast("bigint"))
    return (
        tiles.withColumns({BUCKET: _bucket_expr(age, buckets), DAY_BITS: bits})
        .groupBy(*keys)
        .agg(
            *[F.sum(name).alias(name) for name in QUANTITY_COLUMNS.values()],
            F.bit_or(DAY_BITS).alias(DAY_BITS),
            F.min(ACT_DATE).alias(FIRST_ACT_DATE),
            F.max(ACT_DATE).alias(LAST_ACT_DATE),
            F.max(ACT_TS).alias(ACT_TS),
        )
    )


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
