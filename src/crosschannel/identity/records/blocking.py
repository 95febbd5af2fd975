"""Which pairs of records are compared: those that share a key few share, or two keys that many share.

Input   keys (:mod:`.keys`)
Output  pairs, each once: LEFT, RIGHT (RECORD, smaller first), FOUND_BY (bit per key that found it)

A key shared by more than ``max_block_rows`` records (a frequent surname, a state) is not spread
out; its records are paired where they share a second such key. What is still too large then is
left out, counted and named (:func:`to_dropped`). No pair is lost because one of its keys is
frequent, as long as another is not.
"""

from __future__ import annotations

from itertools import combinations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.silver import IdentityRefusals
from crosschannel.identity.records.keys import HASH, KEY, RECORD, ROWS, SOURCE, all_keys
from crosschannel.settings.records import RecordsSettings

LEFT, RIGHT, FOUND_BY = "LEFT", "RIGHT", "FOUND_BY"
MEMBERS, SECOND, PAIR, COUNT = "MEMBERS", "SECOND", "PAIR", "COUNT"
BLOCK_STAGE = "block"  # of refusals
JOINED_BY = "+"  # between the names of two keys


def to_pairs(keys: DataFrame, second_keys: DataFrame, settings: RecordsSettings) -> DataFrame:
    """Return the pairs that share a key, or a second key, of at most ``max_block_rows`` records."""
    most = settings.matching.max_block_rows
    blocking = keys.where(F.col(KEY) < len(settings.keys))  # the others only count values
    first = blocking.where(F.col(ROWS).between(2, most)).transform(_to_pairs_within, _bit_expr(settings))
    second = second_keys.where(F.col(ROWS).between(2, most)).transform(_to_pairs_within, F.lit(0).cast("bigint"))
    return first.unionByName(second).transform(to_distinct)


def to_distinct(pairs: DataFrame) -> DataFrame:
    """Keep each pair once, with all keys that found it."""
    return pairs.groupBy(LEFT, RIGHT).agg(F.bit_or(FOUND_BY).alias(FOUND_BY))


def to_second_keys(keys: DataFrame, settings: RecordsSettings) -> DataFrame:
    """Return pairs of frequent keys as keys of their own, with how many records share each."""
    frequent = keys.where((F.col(KEY) < len(settings.keys)) & (F.col(ROWS) > settings.matching.max_block_rows))
    held = frequent.groupBy(RECORD).agg(F.sort_array(F.collect_list(F.struct(KEY, HASH))).alias(MEMBERS))
    after = F.transform(MEMBERS, lambda one, place: F.transform(_rest(place), lambda other: F.struct(one.alias(LEFT), other.alias(RIGHT))))
    both = held.select(RECORD, F.explode(F.flatten(after)).alias(SECOND))
    combined = _combined_number(F.col(SECOND)[LEFT][KEY], F.col(SECOND)[RIGHT][KEY])
    named = both.where(combined.isin(*_combinable(settings))) if _combinable(settings) else both.limit(0)
    spread = named.select(RECORD, combined.alias(KEY), F.xxhash64(F.col(SECOND)[LEFT][HASH], F.col(SECOND)[RIGHT][HASH]).alias(HASH))
    return spread.join(spread.groupBy(HASH).agg(F.count(F.lit(1)).alias(ROWS)), on=HASH, how="inner").select(RECORD, KEY, HASH, ROWS)


def to_dropped(second_keys: DataFrame, settings: RecordsSettings) -> DataFrame:
    """Return one refusal per block that is too large with two keys; ``observed`` is its records."""
    names = key_names(settings)
    pairs = {_combined(i, j): JOINED_BY.join((names[i], names[j])) for i, j in combinations(range(len(settings.keys)), 2)}
    named = F.create_map(*[F.lit(part) for pair in pairs.items() for part in pair]) if pairs else F.create_map(F.lit(0), F.lit(""))
    most = settings.matching.max_block_rows
    blocks = second_keys.where(F.col(ROWS) > most).groupBy(KEY, HASH).agg(F.count(F.lit(1)).alias(ROWS))
    return blocks.select(
        F.lit(BLOCK_STAGE).alias(IdentityRefusals.stage),
        named[F.col(KEY)].alias(IdentityRefusals.rule),
        F.col(HASH).alias(IdentityRefusals.left_key),
        F.col(HASH).alias(IdentityRefusals.right_key),
        F.col(ROWS).alias(IdentityRefusals.observed),
        F.lit(most).cast("bigint").alias(IdentityRefusals.permitted),
    )


def to_all_pairs(records: DataFrame, keys: DataFrame, settings: RecordsSettings) -> DataFrame:
    """Return every pair of a small file; FOUND_BY tells the keys both share, however many others do."""
    ends = records.select(F.col(RECORD).alias(LEFT)).crossJoin(records.select(F.col(RECORD).alias(RIGHT))).where(F.col(LEFT) < F.col(RIGHT))
    unfound = ends.withColumn(FOUND_BY, F.lit(0).cast("bigint"))
    blocking = keys.where((F.col(KEY) < len(settings.keys)) & (F.col(ROWS) > 1))
    found = blocking.transform(_to_pairs_within, _bit_expr(settings))
    return unfound.unionByName(found).transform(to_distinct)


def to_random_pairs(records: DataFrame, *, count: int, wanted: int) -> DataFrame:
    """Return about ``wanted`` random pairs, all of them if the file has no more: LEFT, RIGHT.

    Records are drawn, and dealt into buckets, by hashes of their keys, so the same file gives the
    same pairs for any partitioning.
    """
    drawn = min(count, max(2, int(wanted**0.5) * 4))
    buckets = max(1, drawn * drawn // (2 * wanted))
    chosen = records.where(F.pmod(F.xxhash64(F.lit(1), RECORD), F.lit(count)) < drawn).select(
        RECORD, F.pmod(F.xxhash64(F.lit(2), RECORD), F.lit(buckets)).alias(KEY)
    )
    left = chosen.select(KEY, F.col(RECORD).alias(LEFT))
    return left.join(chosen.withColumnRenamed(RECORD, RIGHT), on=KEY, how="inner").where(F.col(LEFT) < F.col(RIGHT)).select(LEFT, RIGHT)


def key_names(settings: RecordsSettings) -> tuple[str, ...]:
    """Name the keys as people read them, such as ``surname soundex``."""
    return tuple(" & ".join(p.attribute if p.by == "exact" else f"{p.attribute} {p.by}" for p in parts) for parts in all_keys(settings))


def _to_pairs_within(keys: DataFrame, found_by: Column) -> DataFrame:
    """Pair the records of each block; blocks are small, so they fit into arrays."""
    blocks = keys.groupBy(KEY, HASH).agg(F.sort_array(F.collect_list(RECORD)).alias(MEMBERS))
    after = F.transform(MEMBERS, lambda one, place: F.transform(_rest(place), lambda other: F.struct(one.alias(LEFT), other.alias(RIGHT))))
    paired = blocks.select(found_by.alias(FOUND_BY), F.explode(F.flatten(after)).alias(PAIR))
    return paired.select(F.col(PAIR)[LEFT].alias(LEFT), F.col(PAIR)[RIGHT].alias(RIGHT), FOUND_BY)


def _rest(place: Column) -> Column:
    """Return the members behind a place that counts from 0."""
    return F.slice(F.col(MEMBERS), place + 2, F.size(MEMBERS))


def _bit_expr(settings: RecordsSettings) -> Column:
    """Return the bit of a key's number."""
    return F.array(*[F.lit(1 << number).cast("bigint") for number in range(len(settings.keys))])[F.col(KEY)]


def _combinable(settings: RecordsSettings) -> list[int]:
    """Return the numbers of pairs of keys that share no attribute."""
    attributes = [{part.attribute for part in parts} for parts in settings.keys]
    return [_combined(i, j) for i, j in combinations(range(len(attributes)), 2) if not attributes[i] & attributes[j]]


def _combined(first: int, second: int) -> int:
    return (first + 1) * 1000 + second


def _combined_number(first: Column, second: Column) -> Column:
    return (first + 1) * 1000 + second


def only_comparable(pairs: DataFrame, records: DataFrame, one_each: tuple[str, ...]) -> DataFrame:
    """Leave out pairs within a source in which each person stands once."""
    if not one_each:
        return pairs
    sources = records.where(F.col(SOURCE).isin(*one_each)).select(RECORD, SOURCE)
    left, right = (sources.select(F.col(RECORD).alias(end), F.col(SOURCE).alias(f"{SOURCE}_{end}")) for end in (LEFT, RIGHT))
    known = pairs.join(left, on=LEFT, how="left").join(right, on=RIGHT, how="left")  # one row per pair: records are unique
    is_apart = F.coalesce(F.col(f"{SOURCE}_{LEFT}") == F.col(f"{SOURCE}_{RIGHT}"), F.lit(False))
    return known.where(~is_apart).drop(f"{SOURCE}_{LEFT}", f"{SOURCE}_{RIGHT}")
