"""Duplicates: good records that deliver an event already known.

An event is known by its source and ``event_key``. A record in bronze always wins; among new ones
the first by event time, file and line does. A record that is itself in bronze (a run that was
killed after it wrote bronze) is no duplicate of itself. A duplicate that says something else than the
record that was kept is a conflicting one. Only keys and hashes travel between tasks, never payloads.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.bronze import RawEvents

KEY_HASH = "KEY_HASH"
IS_NEW = "IS_NEW"
WINNER = "WINNER"
COPIES = "COPIES"
IS_CONFLICTING = "IS_CONFLICTING"
EVENT_KEY = [RawEvents.source, RawEvents.event_key]
SENT_HASHES = 1_000_000  # hashes that are sent to every task, about 30 MB there; more are shuffled
SENT_IDS = 100_000  # record ids that are, about 15 MB


def to_repeated_hashes(good: DataFrame, bronze: DataFrame, count: int = SENT_HASHES) -> DataFrame:
    """Return the hashes of keys that may stand twice: one pass over eight bytes a record clears nearly all of them.

    Parameters
    ----------
    count
        At most so many records are new; of a few, bronze need not be shuffled to find theirs.
    """
    new, old = _keys(good, is_new=True), _keys(bronze, is_new=False)
    if count < SENT_HASHES:
        old = old.join(F.broadcast(new.select(KEY_HASH)), on=KEY_HASH, how="left_semi")
    keys = new.unionByName(old)
    return keys.groupBy(KEY_HASH).agg(F.count(F.lit(1)).alias(COPIES)).where(F.col(COPIES) > 1).select(KEY_HASH)


def to_duplicates(good: DataFrame, bronze: DataFrame, repeated: DataFrame, count: int = SENT_HASHES) -> DataFrame:
    """Return ``record_id``, ``source`` and ``file_id`` of each new record that is a duplicate, and whether it is a conflicting one.

    Parameters
    ----------
    good
        New good records with ``record_id``.
    bronze
        Records accepted before; only its keys are read.
    repeated
        What :func:`to_repeated_hashes` gave for the two.
    count
        At most so many hashes are repeated.
    """
    wanted = F.broadcast(repeated) if count < SENT_HASHES else repeated
    new, old = (_keys(df, is_new=n).join(wanted, on=KEY_HASH, how="left_semi") for df, n in ((good, True), (bronze, False)))
    names = [str(c) for c in EVENT_KEY]
    winners = new.unionByName(old).groupBy(*names).agg(F.min(_order()).alias(WINNER))
    is_beaten = F.col(RawEvents.record_id) != F.col(WINNER).getField(RawEvents.record_id)
    # Records older than the hash cannot be compared.
    differs = F.coalesce(F.col(RawEvents.content_hash) != F.col(WINNER).getField(RawEvents.content_hash), F.lit(False))
    beaten = new.join(winners, on=names, how="inner").where(is_beaten)
    return beaten.select(RawEvents.record_id, RawEvents.source, RawEvents.file_id, differs.alias(IS_CONFLICTING))


def to_file_counts(duplicates: DataFrame) -> DataFrame:
    """Count duplicates by source and file, and the conflicting ones among them."""
    return duplicates.groupBy(RawEvents.source, RawEvents.file_id).agg(F.count(F.lit(1)), F.count_if(IS_CONFLICTING))


def only_first(good: DataFrame, duplicates: DataFrame, count: int = SENT_IDS) -> DataFrame:
    """Drop the duplicates, of which there are at most ``count``: few are sent to the records, instead of shuffling all of these."""
    dropped = duplicates.select(RawEvents.record_id)
    return good.join(F.broadcast(dropped) if count < SENT_IDS else dropped, on=str(RawEvents.record_id), how="left_anti")


def _keys(records: DataFrame, *, is_new: bool) -> DataFrame:
    return records.select(
        *EVENT_KEY,
        F.col(RawEvents.record_id),
        F.col(RawEvents.event_ts),
        F.col(RawEvents.file_id),
        F.col(RawEvents.line_ordinal),
        F.col(RawEvents.content_hash),
        F.xxhash64(*EVENT_KEY).alias(KEY_HASH),
        F.lit(is_new).alias(IS_NEW),
    )


def _order() -> Column:
    return F.struct(IS_NEW, RawEvents.event_ts, RawEvents.file_id, RawEvents.line_ordinal, RawEvents.record_id, RawEvents.content_hash)
