"""From events to delivered lines: when each copy arrives, in which file, and what broke on the way.

Grain: one row per delivered record. A file is named by delivery and bucket, both functions of the
event, so files hold the same rows in the same order however the simulation was partitioned.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.synth.activity import CORRUPT, NEXT_DELIVERY, SKEWED
from crosschannel.synth.drafts import DAY_MILLIS, START_MILLIS
from crosschannel.synth.parameters import DAYS_IN_WEEK, START, World
from crosschannel.synth.shapes import Activity
from crosschannel.synth.values import hashed, hex_expr

DELIVERED = "delivered"  # folder of the raw source
LINE = "LINE"
COPY = "COPY"  # 0 for the first delivery of a line, 1 for its duplicate
DELIVERY = "DELIVERY"  # number of the delivery
FILE = "FILE"  # number of the file over all deliveries
CHANCE = "CHANCE"  # hash of the event, the source of its details
CLOCK = "CLOCK"  # what the record's clock said, epoch milliseconds
_LEAP = 3_652 * DAY_MILLIS  # a clock ten years ahead; the others were reset to 1970


def to_delivered(activity: DataFrame, world: World) -> DataFrame:
    """Repeat duplicates, and place and order every record in its file."""
    placed = activity.transform(_with_copies).transform(_with_place, world)
    order = (DELIVERED, FILE, Activity.moment, Activity.person, Activity.ordinal, COPY)
    ordered = placed.repartitionById(world.weeks * world.files, F.col(FILE)).sortWithinPartitions(*order)
    # Columns that raw shapes use several times: computed once, and not copied into each use.
    return ordered.withColumn(CHANCE, own_chance_expr(world)).withColumn(CLOCK, _clock_expr(world))


def with_broken_json(records: DataFrame, world: World) -> DataFrame:
    """Cut the lines of corrupt records short, or replace them by noise."""
    cut = F.left(F.col(LINE), F.floor(F.length(LINE) / 2).cast("int"))
    return records.withColumn(LINE, _broken(cut, world))


def with_broken_csv(records: DataFrame, world: World, *, delimiter: str) -> DataFrame:
    """Drop most fields of corrupt records, or replace them by noise."""
    return records.withColumn(LINE, _broken(F.substring_index(F.col(LINE), delimiter, 2), world))


def own_chance_expr(world: World) -> Column:
    """Return a number that is an event's own; CHANCE once it is a column."""
    return hashed(world, "event", F.col(Activity.source), F.col(Activity.person), F.col(Activity.ordinal))


def chance_expr(world: World, salt: str) -> Column:
    """Return a number that is an event's own, one per purpose."""
    return hashed(world, salt, F.col(CHANCE))


def _broken(cut: Column, world: World) -> Column:
    chance = chance_expr(world, "corrupt")
    noise = F.concat(F.lit("%%"), hex_expr(chance), F.lit("%%"))
    return F.when(F.col(Activity.mess) != CORRUPT, F.col(LINE)).when(F.pmod(chance, F.lit(3)) == 0, noise).otherwise(cut)


def _clock_expr(world: World) -> Column:
    moment = F.col(Activity.moment)
    wrong = F.when(F.pmod(chance_expr(world, "skew"), F.lit(2)) == 0, F.pmod(moment, F.lit(DAY_MILLIS))).otherwise(moment + _LEAP)
    return F.when(F.col(Activity.mess) == SKEWED, wrong).otherwise(moment)


def _with_copies(activity: DataFrame) -> DataFrame:
    numbers = F.when(F.col(Activity.copies) == 0, F.array(F.lit(0))).otherwise(F.array(F.lit(0), F.lit(1)))
    return activity.withColumn(COPY, F.explode(numbers))


def _with_place(records: DataFrame, world: World) -> DataFrame:
    week = F.floor((F.col(Activity.moment) - START_MILLIS) / (DAYS_IN_WEEK * DAY_MILLIS))
    again = F.when((F.col(COPY) == 1) & (F.col(Activity.copies) == NEXT_DELIVERY), F.lit(1)).otherwise(F.lit(0))
    delivery = F.least(week + F.col(Activity.weeks_late) + again, F.lit(world.weeks - 1)).cast("int")
    bucket = F.pmod(hashed(world, "file", F.col(Activity.person)), F.lit(world.files)).cast("int")
    folder = F.date_format(F.date_add(F.lit(START), (delivery + 1) * DAYS_IN_WEEK), "yyyy-MM-dd")
    return records.withColumns({DELIVERY: delivery, DELIVERED: folder}).withColumn(FILE, F.col(DELIVERY) * world.files + bucket)
