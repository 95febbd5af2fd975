"""From facts to daily tiles, the additive partials that are stored, and back to columns of atoms.

Input   ``silver.events``
Output  ``gold.activity_tiles``

Invariants: a tile depends on the events of its day alone, so a day that gains events is built anew
by itself; every partial is a whole number or a maximum, so tiles do not depend on the events' order
or partitioning.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import ActivityTiles
from crosschannel.contracts.silver import Events
from crosschannel.features.facts import KEYS, QUANTITY_COLUMNS, to_facts
from crosschannel.features.plan import TilePlan

DAYS, EVENTS_IN = "DAYS", "EVENTS_IN"
DATE, DIGEST, TILES = "DATE", "DIGEST", "TILES"
OWN_KEYS = (ActivityTiles.order_key, ActivityTiles.moment_us, ActivityTiles.stated)


def to_daily_tiles(events: DataFrame, *, plan: TilePlan, rules: str) -> DataFrame:
    """Add events up per identifier, channel, day and conditions met.

    Parameters
    ----------
    events
        All events of the days wanted.
    rules
        Digest of plan and code, kept in every tile.
    """
    sums = [F.sum(name).alias(name) for name in QUANTITY_COLUMNS.values()]
    latest = F.max(ActivityTiles.last_event_ts).alias(ActivityTiles.last_event_ts)
    summed = events.transform(to_facts, plan=plan).groupBy(*KEYS, *plan.atoms.words, *OWN_KEYS).agg(*sums, latest)
    # one folder a day, written by one task each; what follows from the sums is made there, and not sent around
    by_day = summed.repartition(ActivityTiles.event_date)
    packed = by_day.withColumns({str(ActivityTiles.atoms): F.array(*plan.atoms.words), str(ActivityTiles.rules): F.lit(rules)})
    hashed = [c for c in ActivityTiles.contract.columns if c != ActivityTiles.content_hash]
    return packed.withColumn(ActivityTiles.content_hash, F.xxhash64(*hashed))


def with_words(tiles: DataFrame, *, plan: TilePlan) -> DataFrame:
    """Spread the atoms of stored tiles into one column per word."""
    words = {word: F.col(ActivityTiles.atoms)[n] for n, word in enumerate(plan.atoms.words)}
    return tiles.withColumns(words)


def only_days(events: DataFrame, days: Sequence[date]) -> DataFrame:
    """Keep the events of some days."""
    return events.where(F.col(Events.event_date).isin(*days))


def to_tile_digests(tiles: DataFrame, as_of_dates: Sequence[date]) -> DataFrame:
    """Return one row with, per date, the number of tiles up to it and a digest of them, whatever their order."""
    seen = {d: F.col(ActivityTiles.event_date) <= F.lit(d) for d in as_of_dates}
    counts = [F.count_if(known).alias(f"{TILES}_{d}") for d, known in seen.items()]
    digests = [F.bit_xor(F.when(known, F.col(ActivityTiles.content_hash))).alias(f"{DIGEST}_{d}") for d, known in seen.items()]
    return tiles.agg(*counts, *digests)
