"""Evidence that grows: the nodes and edges of before, and what new events add to them.

Counts add up, moments widen, sources unite, so that growing by any batches gives the rows that
counting all events at once gives.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.identity.edges import EVENTS

SIDE, BALANCE = "SIDE", "BALANCE"
NODE_FACTS = (str(IdentityMap.first_seen_ts), str(IdentityMap.last_seen_ts), EVENTS)
EDGE_FACTS = tuple(
    str(c) for c in (IdentityEdges.rule, IdentityEdges.record_count, IdentityEdges.first_seen_ts, IdentityEdges.last_seen_ts, IdentityEdges.sources)
)


def to_known_nodes(identity_map: DataFrame) -> DataFrame:
    """Return the nodes as the map before holds them, in the shape of :func:`.edges.to_nodes`."""
    same = (IdentityMap.node_key, IdentityMap.namespace, IdentityMap.kind, IdentityMap.identifier_hash)
    return identity_map.select(*same, IdentityMap.first_seen_ts, IdentityMap.last_seen_ts, F.col(IdentityMap.event_count).alias(EVENTS))


def to_grown_nodes(nodes: DataFrame, added: DataFrame) -> DataFrame:
    """Add nodes of new events to those of before."""
    seen, untouched = _divided(nodes, added, [str(IdentityMap.node_key)])
    grown = (
        seen.unionByName(added)
        .groupBy(IdentityMap.node_key, IdentityMap.namespace, IdentityMap.kind, IdentityMap.identifier_hash)
        .agg(
            F.min(IdentityMap.first_seen_ts).alias(IdentityMap.first_seen_ts),
            F.max(IdentityMap.last_seen_ts).alias(IdentityMap.last_seen_ts),
            F.sum(EVENTS).alias(EVENTS),
        )
    )
    return untouched.unionByName(grown)


def to_grown_edges(edges: DataFrame, added: DataFrame) -> DataFrame:
    """Add edges of new events to those of before."""
    seen, untouched = _divided(edges, added, [str(IdentityEdges.left_key), str(IdentityEdges.right_key)])
    facts = {str(c) for c in (IdentityEdges.record_count, IdentityEdges.first_seen_ts, IdentityEdges.last_seen_ts, IdentityEdges.sources)}
    grown = (
        seen.unionByName(added)
        .groupBy(*[c for c in IdentityEdges.contract.columns if c not in facts])
        .agg(
            F.sum(IdentityEdges.record_count).alias(IdentityEdges.record_count),
            F.min(IdentityEdges.first_seen_ts).alias(IdentityEdges.first_seen_ts),
            F.max(IdentityEdges.last_seen_ts).alias(IdentityEdges.last_seen_ts),
            F.array_sort(F.array_distinct(F.flatten(F.collect_list(IdentityEdges.sources)))).alias(IdentityEdges.sources),
        )
    )
    return untouched.unionByName(grown)


def to_changed_nodes(before: DataFrame, after: DataFrame) -> DataFrame:
    """Return the node_key of every identifier that came, went, or was seen at other times."""
    return _to_differing(before, after, (str(IdentityMap.node_key), *NODE_FACTS)).select(IdentityMap.node_key).distinct()


def to_changed_ends(before: DataFrame, after: DataFrame) -> DataFrame:
    """Return the node_key of both ends of every edge that came, went or changed."""
    differing = _to_differing(before, after, (str(IdentityEdges.left_key), str(IdentityEdges.right_key), *EDGE_FACTS))
    ends = F.array(F.col(IdentityEdges.left_key), F.col(IdentityEdges.right_key))
    return differing.select(F.explode(ends).alias(IdentityMap.node_key)).distinct()


def _divided(rows: DataFrame, added: DataFrame, key: list[str]) -> tuple[DataFrame, DataFrame]:
    """Return the rows that new ones add to, and the others."""
    keys = added.select(*key).distinct()
    return rows.join(keys, on=key, how="left_semi").select(*rows.columns), rows.join(keys, on=key, how="left_anti").select(*rows.columns)


def _to_differing(before: DataFrame, after: DataFrame, columns: tuple[str, ...]) -> DataFrame:
    sides = before.select(*columns, F.lit(-1).alias(SIDE)).unionByName(after.select(*columns, F.lit(1).alias(SIDE)))
    return sides.groupBy(*columns).agg(F.sum(SIDE).alias(BALANCE)).where(F.col(BALANCE) != 0)
