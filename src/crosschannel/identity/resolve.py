"""Split the components into customers, on the executors.

Input   nodes with within_window (:mod:`.windows`), ``silver.identity_edges`` and components
Output  one row per person identifier: node_key, component_key, ANCHOR, EVIDENCE, EXACT, SINCE

Components are dealt into buckets and a bucket is solved in one call (:mod:`.solve`). What happens
in one component touches no other, so the dealing changes nothing but the number of calls.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.silver import BY_DECISION, ON_DEVICE, ON_RECORDS, IdentityEdges, IdentityMap
from crosschannel.identity.dating import known_since
from crosschannel.identity.edges import EVENTS
from crosschannel.identity.solve import Graph, Longs, Rules, solve
from crosschannel.identity.tenure import without_former_links
from crosschannel.settings.identity import IdentitySettings

BUCKETS = 64  # calls, not results, depend on it; one bucket must fit into a worker's memory
BUCKET, CODE, ANCHOR, EVIDENCE, IS_INFERRED, IS_DECIDED, IS_VETO = "BUCKET", "CODE", "ANCHOR", "EVIDENCE", "IS_INFERRED", "IS_DECIDED", "IS_VETO"
OTHER_COMPONENT = "OTHER_COMPONENT"
EXACT, SINCE = "EXACT", "SINCE"  # anchor of the exact part; microsecond from which the identifier is known to belong
SOLVED = pa.schema([(name, pa.int64()) for name in (str(IdentityMap.node_key), str(IdentityMap.component_key), ANCHOR, EVIDENCE, EXACT, SINCE)])
SOLVED_DDL = ", ".join(f"{name} bigint" for name in SOLVED.names)


def to_groups(
    nodes: DataFrame,
    *,
    edges: DataFrame,
    components: DataFrame,
    settings: IdentitySettings,
    vetoes: DataFrame | None = None,
    former: DataFrame | None = None,
) -> DataFrame:
    """Give each person identifier the anchor of its customer and the neighbour it joined through.

    Returns
    -------
    DataFrame
        node_key, component_key, ANCHOR (node_key of the customer's anchor), EVIDENCE (null for
        the anchor), EXACT (anchor of the exact part), SINCE (microseconds); isolated identifiers
        are their own anchor and component.
    """
    members = (
        nodes.where(F.col(IdentityMap.kind) == "person")
        .join(components, on=IdentityMap.node_key, how="left")
        .withColumn(IdentityMap.component_key, F.coalesce(IdentityMap.component_key, IdentityMap.node_key))
    )
    bucketed = edges.transform(without_former_links, former).transform(_to_bucketed_edges, components=components)
    if vetoes is not None:
        bucketed = bucketed.unionByName(vetoes.transform(_to_bucketed_vetoes, components=components), allowMissingColumns=True)
    return (
        members.transform(_to_bucketed_nodes, ranked=settings.ranked)
        .groupBy(BUCKET)
        .cogroup(bucketed.groupBy(BUCKET))
        # union-find in order of strength has no form in Spark SQL; whole buckets keep it compiled
        .applyInArrow(_solver(rules_of(settings)), SOLVED_DDL)
    )


def rules_of(settings: IdentitySettings) -> Rules:
    """Return what the solver needs of the settings."""
    declared = [settings.namespaces[name] for name in settings.people]
    limits = tuple(n.limit or 0 for n in declared)  # settings see to it that person namespaces have one
    return Rules(
        limits=limits,
        weak_limits=tuple(limit if n.weak_limit is None else n.weak_limit for n, limit in zip(declared, limits, strict=True)),
        weak_share_percent=settings.weak_share_percent,
        max_size=settings.max_customer_size,
    )


def _to_bucketed_nodes(members: DataFrame, *, ranked: tuple[str, ...]) -> DataFrame:
    names = F.array(*[F.lit(name) for name in ranked])  # people come first, so their codes are those of the rules
    return members.select(
        _bucket_expr(),
        IdentityMap.node_key,
        IdentityMap.component_key,
        (F.array_position(names, F.col(IdentityMap.namespace)) - 1).alias(CODE),
        F.unix_micros(IdentityMap.first_seen_ts).alias(IdentityMap.first_seen_ts),
        EVENTS,
        IdentityMap.within_window,
    )


def _to_bucketed_edges(edges: DataFrame, *, components: DataFrame) -> DataFrame:
    of_left = components.withColumnRenamed(IdentityMap.node_key, IdentityEdges.left_key)
    return (
        edges.where(F.col(IdentityEdges.kind) == "person")
        .join(of_left, on=IdentityEdges.left_key, how="inner")
        .groupBy(_bucket_expr(), IdentityEdges.left_key, IdentityEdges.right_key)  # one pair may be linked by two rules
        .agg(
            F.sum(IdentityEdges.record_count).alias(IdentityEdges.record_count),
            F.min(F.unix_micros(IdentityEdges.first_seen_ts)).alias(IdentityEdges.first_seen_ts),
            F.max(F.unix_micros(IdentityEdges.last_seen_ts)).alias(IdentityEdges.last_seen_ts),
            F.bool_and(F.col(IdentityEdges.seen_on).isin(ON_DEVICE, ON_RECORDS)).alias(IS_INFERRED),
            F.bool_or(F.col(IdentityEdges.seen_on) == BY_DECISION).alias(IS_DECIDED),
            F.lit(False).alias(IS_VETO),
        )
    )


def _to_bucketed_vetoes(vetoes: DataFrame, *, components: DataFrame) -> DataFrame:
    """Send each veto to the bucket of both its ends; ends of two components need none."""
    of_left, of_right = (
        components.select(F.col(IdentityMap.node_key).alias(end), F.col(IdentityMap.component_key).alias(name))
        for end, name in ((IdentityEdges.left_key, IdentityMap.component_key), (IdentityEdges.right_key, OTHER_COMPONENT))
    )
    inside = vetoes.join(of_left, on=IdentityEdges.left_key, how="inner").join(of_right, on=IdentityEdges.right_key, how="inner")
    return inside.where(F.col(IdentityMap.component_key) == F.col(OTHER_COMPONENT)).select(
        _bucket_expr(), IdentityEdges.left_key, IdentityEdges.right_key, F.lit(True).alias(IS_VETO)
    )


def _solver(rules: Rules) -> Callable[[pa.Table, pa.Table], pa.Table]:
    def solve_bucket(nodes: pa.Table, edges: pa.Table) -> pa.Table:
        members = nodes.sort_by(str(IdentityMap.node_key))
        graph = _graph(members, edges)
        solution = solve(graph, rules)
        evidence = pa.array(graph.keys[solution.evidence], mask=solution.evidence < 0)
        component = members.column(IdentityMap.component_key)
        found = (graph.keys[solution.anchor], evidence, graph.keys[solution.exact], known_since(graph, solution.anchor))
        return pa.table([pa.array(graph.keys), component, *map(pa.array, found)], schema=SOLVED)

    return solve_bucket


def _graph(nodes: pa.Table, edges: pa.Table) -> Graph:
    """Turn sorted nodes and their edges into arrays."""

    def longs(table: pa.Table, name: str) -> Longs:
        return np.asarray(table.column(name), dtype=np.int64)

    keys = longs(nodes, IdentityMap.node_key)
    is_veto = np.asarray(edges.column(IS_VETO), dtype=np.bool_)
    vetoes, edges = edges.filter(pa.array(is_veto)), edges.filter(pa.array(~is_veto))
    return Graph(
        keys=keys,
        codes=longs(nodes, CODE),
        first_seen=longs(nodes, IdentityMap.first_seen_ts),
        events=longs(nodes, EVENTS),
        counted=np.asarray(nodes.column(IdentityMap.within_window), dtype=np.bool_),
        left=np.searchsorted(keys, longs(edges, IdentityEdges.left_key)),
        right=np.searchsorted(keys, longs(edges, IdentityEdges.right_key)),
        records=longs(edges, IdentityEdges.record_count),
        since=longs(edges, IdentityEdges.first_seen_ts),
        until=longs(edges, IdentityEdges.last_seen_ts),
        inferred=np.asarray(edges.column(IS_INFERRED), dtype=np.bool_),
        decided=np.asarray(edges.column(IS_DECIDED), dtype=np.bool_),
        vetoes=np.searchsorted(keys, np.stack([longs(vetoes, IdentityEdges.left_key), longs(vetoes, IdentityEdges.right_key)], axis=1)),
    )


def _bucket_expr() -> Column:
    return F.pmod(IdentityMap.component_key, F.lit(BUCKETS)).alias(BUCKET)
