"""Whose each identifier was known to be on many as-of dates at once.

Input   ``silver.identity_map``, memberships that hold, and ``silver.identity_history``, those that ended
Output  one row per identifier and customer, with the as-of dates on which it was known to be theirs

Invariants: a link found after a date changes nothing for that date, and neither does a person
identifier that came later: a customer is identified on a date only by identifiers known by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.customers import IdentityHistory
from crosschannel.contracts.silver import KINDS, IdentityMap, KnownMembers

PERSON = KINDS[0]
IS_PERSON, IDENTIFIED_ON = "IS_PERSON", "IDENTIFIED_ON"
DATE, DIGEST, MEMBERS = "DATE", "DIGEST", "MEMBERS"


def to_known_members(identity_map: DataFrame, history: DataFrame, as_of_dates: Sequence[date]) -> DataFrame:
    """Return the columns of :class:`KnownMembers`; an identifier has a row per customer it was known to belong to."""
    memberships = _memberships(identity_map, history)
    dated = memberships.withColumn(KnownMembers.known_on, _valid_on(as_of_dates)).where(F.size(KnownMembers.known_on) > 0)
    identified = (
        dated.where(F.col(IS_PERSON))
        .groupBy(KnownMembers.customer_id)
        .agg(F.array_sort(F.array_distinct(F.flatten(F.collect_list(KnownMembers.known_on)))).alias(IDENTIFIED_ON))
    )
    # many identifiers to at most one row a customer
    joined = dated.join(identified, on=str(KnownMembers.customer_id), how="left")
    none = F.array().cast("array<date>")
    return joined.select(
        KnownMembers.node_key,
        KnownMembers.customer_id,
        KnownMembers.known_on,
        F.array_intersect(KnownMembers.known_on, F.coalesce(F.col(IDENTIFIED_ON), none)).alias(KnownMembers.identified_on),
    )


def to_member_digests(members: DataFrame, as_of_dates: Sequence[date]) -> DataFrame:
    """Return one row per date: how many memberships were known on it, and a digest of them, whatever their order."""
    is_identified = F.array_contains(KnownMembers.identified_on, F.col(DATE))
    one = F.xxhash64(KnownMembers.node_key, KnownMembers.customer_id, is_identified)
    known = members.withColumn(DATE, F.explode(_calendar(as_of_dates))).where(F.array_contains(KnownMembers.known_on, F.col(DATE)))
    return known.groupBy(DATE).agg(F.count(F.lit(1)).alias(MEMBERS), F.bit_xor(one).alias(DIGEST))


def _memberships(identity_map: DataFrame, history: DataFrame) -> DataFrame:
    """Return open and ended memberships, each with whether the identifier names a person."""
    kinds = identity_map.groupBy(IdentityMap.namespace).agg(F.max(F.col(IdentityMap.kind) == PERSON).alias(IS_PERSON))
    columns = (IdentityMap.node_key, IdentityMap.customer_id, IdentityMap.valid_from, IdentityMap.valid_to)
    holding = identity_map.select(*columns, (F.col(IdentityMap.kind) == PERSON).alias(IS_PERSON))
    # a run that was killed may have closed what is still open; what the map says counts
    still = identity_map.select(IdentityMap.node_key, IdentityMap.valid_from)
    ended = history.join(still, on=[str(IdentityMap.node_key), str(IdentityMap.valid_from)], how="left_anti")
    # a namespace no identifier has any more: what was known of the customer then has to do
    named = ended.join(F.broadcast(kinds), on=str(IdentityMap.namespace), how="left")
    closed = named.select(*columns, F.coalesce(F.col(IS_PERSON), F.col(IdentityHistory.is_identified)).alias(IS_PERSON))
    return holding.unionByName(closed)


def _valid_on(as_of_dates: Sequence[date]) -> Column:
    def is_valid(day: Column) -> Column:
        known_until = F.date_add(day, 1).cast("timestamp")
        return (F.col(IdentityMap.valid_from) < known_until) & (F.col(IdentityMap.valid_to) >= known_until)

    return F.filter(_calendar(as_of_dates), is_valid)


def _calendar(as_of_dates: Sequence[date]) -> Column:
    return F.array(*[F.lit(d) for d in sorted(as_of_dates)])
