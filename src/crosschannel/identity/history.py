"""Since when an identifier is known to belong to its customer, and to whom it belonged before.

Input   the map before and the map now
Output  ``valid_from`` of the map now, and ``silver.identity_history``, the memberships that ended

An identifier that stays keeps its moment. One that moves closes its membership at the moment the run
knew everything up to, and opens another. One that is new belongs to its customer since the link was
seen; so a lake built in one go dates links by its events, and one built day by day by its days.
"""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.customers import IdentityHistory
from crosschannel.contracts.silver import IdentityMap

WAS_IN, WAS_FROM = "WAS_IN", "WAS_FROM"
NOW_IN = "NOW_IN"


def with_valid_from(named: DataFrame, *, known: DataFrame, moment: datetime) -> DataFrame:
    """Date each membership: kept, begun with this run, or, for a new identifier, as its link is."""
    before = known.select(IdentityMap.node_key, F.col(IdentityMap.customer_id).alias(WAS_IN), F.col(IdentityMap.valid_from).alias(WAS_FROM))
    begun = (
        F.when(F.col(WAS_IN).isNull(), F.col(IdentityMap.valid_from))
        .when(F.col(WAS_IN) == F.col(IdentityMap.customer_id), F.col(WAS_FROM))
        .otherwise(F.lit(moment).cast("timestamp"))
    )
    # one identifier to at most one
    return named.join(before, on=IdentityMap.node_key, how="left").withColumn(IdentityMap.valid_from, begun).drop(WAS_IN, WAS_FROM)


def to_closed(known: DataFrame, *, named: DataFrame, moment: datetime) -> DataFrame:
    """Return the memberships that end: of identifiers that moved, and of those that are gone."""
    now = named.select(IdentityMap.node_key, F.col(IdentityMap.customer_id).alias(NOW_IN))
    ended = known.join(now, on=IdentityMap.node_key, how="left").where(~F.col(IdentityMap.customer_id).eqNullSafe(F.col(NOW_IN)))
    return ended.select(
        IdentityMap.node_key,
        IdentityMap.valid_from,
        # a membership found and ended by runs of the same day held at no moment a run knew
        F.greatest(F.lit(moment).cast("timestamp"), F.col(IdentityMap.valid_from)).alias(IdentityHistory.valid_to),
        IdentityMap.namespace,
        IdentityMap.customer_id,
        IdentityMap.is_identified,
    )


def to_memberships(identity_map: DataFrame, history: DataFrame) -> DataFrame:
    """Return open and ended memberships: node_key, customer_id, is_identified, valid_from, valid_to; those of one identifier never overlap."""
    columns = (IdentityMap.node_key, IdentityMap.customer_id, IdentityMap.is_identified, IdentityMap.valid_from, IdentityMap.valid_to)
    # a run that was killed may have closed what is still open; what the map says counts
    open_ones = identity_map.select(IdentityMap.node_key, IdentityMap.valid_from)
    ended = history.join(open_ones, on=[str(IdentityMap.node_key), str(IdentityMap.valid_from)], how="left_anti")
    return identity_map.select(*columns).unionByName(ended.select(*columns))
