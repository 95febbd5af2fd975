"""Split the components into customers, on the executors.

Input   nodes, ``silver.identity_edges`` and components
Output  one row per person identifier: node_key, component_key, ANCHOR, EVIDENCE

Components are dealt into buckets and a bucket is solved in one call (:mod:`.solve`). What happens
in one component touches no other, so the dealing changes nothing but the number of calls.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.identity.edges import EVENTS
from crosschannel.identity.solve import Graph, Longs, Rules, solve
from crosschannel.settings.identity import IdentitySettings

BUCKETS = 64  # calls, not results, depend on it; one bucket must fit into a worker's memory
BUCKET, CODE, ANCHOR, EVIDENCE = "BUCKET", "CODE", "ANCHOR", "EVIDENCE"
SOLVED = pa.schema([(str(IdentityMap.node_key), pa.int64()), (ANCHOR, pa.int64()), (EVIDENCE, pa.int64())])
SOLVED_DDL = f"{IdentityMap.node_key} bigint, {ANCHOR} bigint, {EVIDENCE} bigint"


def to_groups(nodes: DataFrame, *, edges: DataFrame, components: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Give each person identifier the anchor of its customer and the neighbour it joined through.

    Returns
    -------
    DataFrame
        node_key, component_key, ANCHOR (node_key of the customer's anchor), EVIDENCE (null for
        the anchor); isolated identifiers are their own anchor.
    """
    members = nodes.where(F.col(IdentityMap.kind) == "person").join(components, on=IdentityMap.node_key, how="left")
    linked = members.where(F.col(IdentityMap.component_key).isNotNull())
    solved = (
        linked.transform(_to_bucketed_nodes, people=settings.people)
        .groupBy(BUCKET)
        .cogroup(edges.transform(_to_bucketed_edges, components=components).groupBy(BUCKET))
        # union-find in order of strength has no form in Spark SQL; whole buckets keep it compiled
        .applyInArrow(_solver(_rules(settings)), SOLVED_DDL)
    )
    own = F.col(IdentityMap.node_key)
    return members.join(solved, on=IdentityMap.node_key, how="left").select(
        own,
        F.coalesce(IdentityMap.component_key, own).alias(IdentityMap.component_key),
        F.coalesce(ANCHOR, own).alias(ANCHOR),
        EVIDENCE,
    )


def _rules(settings: IdentitySettings) -> Rules:
    declared = [settings.namespaces[name] for name in settings.people]
    limits = tuple(n.limit or 0 for n in declared)  # settings see to it that person namespaces have one
    return Rules(
        limits=limits,
        weak_limits=tuple(limit if n.weak_limit is None else n.weak_limit for n, limit in zip(declared, limits, strict=True)),
        weak_share_percent=settings.weak_share_percent,
        max_size=settings.max_customer_size,
    )


def _to_bucketed_nodes(members: DataFrame, *, people: tuple[str, ...]) -> DataFrame:
    names = F.array(*[F.lit(name) for name in people])
    return members.select(
        _bucket_expr(),
        IdentityMap.node_key,
        (F.array_position(names, F.col(IdentityMap.namespace)) - 1).alias(CODE),
        F.unix_micros(IdentityMap.first_seen_ts).alias(IdentityMap.first_seen_ts),
        EVENTS,
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
        )
    )


def _solver(rules: Rules) -> Callable[[pa.Table, pa.Table], pa.Table]:
    def solve_bucket(nodes: pa.Table, edges: pa.Table) -> pa.Table:
        graph = _graph(nodes, edges)
        solution = solve(graph, rules)
        joined = solution.evidence >= 0
        evidence = pa.array(graph.keys[solution.evidence], mask=~joined)
        return pa.table([pa.array(graph.keys), pa.array(graph.keys[solution.anchor]), evidence], schema=SOLVED)

    return solve_bucket


def _graph(nodes: pa.Table, edges: pa.Table) -> Graph:
    def longs(table: pa.Table, name: str) -> Longs:
        return np.asarray(table.column(name), dtype=np.int64)

    keys = longs(nodes, IdentityMap.node_key)
    order = np.argsort(keys)
    keys = keys[order]
    return Graph(
        keys=keys,
        codes=longs(nodes, CODE)[order],
        first_seen=longs(nodes, IdentityMap.first_seen_ts)[order],
        events=longs(nodes, EVENTS)[order],
        left=np.searchsorted(keys, longs(edges, IdentityEdges.left_key)),
        right=np.searchsorted(keys, longs(edges, IdentityEdges.right_key)),
        records=longs(edges, IdentityEdges.record_count),
        since=longs(edges, IdentityEdges.first_seen_ts),
        until=longs(edges, IdentityEdges.last_seen_ts),
    )


def _bucket_expr() -> Column:
    return F.pmod(IdentityMap.component_key, F.lit(BUCKETS)).alias(BUCKET)
