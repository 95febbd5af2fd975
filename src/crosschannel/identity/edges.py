"""From identifiers on events to the identity graph: its nodes and its edges.

Input   ``silver.identifiers``, one row per identifier on an event
Output  nodes, one row per identifier; edges, one row per pair of identifiers seen on one event

An event with k identifiers gives k - 1 edges, a star around its strongest identifier, so a value
shared by n events costs n edges and not n². Screened identifiers take no part.
Invariant: ``left_key < right_key``; the same identifiers in any order give the same rows.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window, functions as F

from crosschannel.contracts.silver import KINDS, ON_EVENT, Identifiers, IdentityEdges, IdentityMap
from crosschannel.settings.identity import IdentitySettings

EVENT, CHECK = "EVENT", "CHECK"  # two hashes of event_id: 96 bits, a third of the bytes to shuffle
TIER, CODE = "TIER", "CODE"  # strength shared by namespaces of equal priority; position in settings.ranked
EVENTS = "EVENTS"  # how many events carried an identifier
HUB_KEY, HUB_CODE = "HUB_KEY", "HUB_CODE"
LEFT_CODE, RIGHT_CODE = "LEFT_CODE", "RIGHT_CODE"


def to_edges(identifiers: DataFrame, *, settings: IdentitySettings) -> DataFrame:
    """Count how often, when and where each pair of identifiers was seen on one event.

    Parameters
    ----------
    identifiers
        Rows of ``silver.identifiers``.
    settings
        Declares the namespaces; a namespace it does not declare fails the job.

    Returns
    -------
    DataFrame
        ``silver.identity_edges``, one row per pair and rule.
    """
    return (
        identifiers.transform(only_usable)
        .transform(_with_hub, settings=settings)
        .transform(_to_pairs)
        .transform(_to_counted_pairs)
        .transform(_to_contract, settings=settings)
    )


def to_nodes(identifiers: DataFrame) -> DataFrame:
    """Return one row per usable identifier with its first and last moment.

    Columns: node_key, namespace, kind, identifier_hash, first_seen_ts, last_seen_ts, EVENTS.
    """
    return (
        identifiers.transform(only_usable)
        .groupBy(Identifiers.node_key, Identifiers.namespace, Identifiers.kind, Identifiers.identifier_hash)
        .agg(
            F.min(Identifiers.event_ts).alias(IdentityMap.first_seen_ts),
            F.max(Identifiers.event_ts).alias(IdentityMap.last_seen_ts),
            F.count(F.lit(1)).alias(EVENTS),
        )
    )


def only_usable(identifiers: DataFrame) -> DataFrame:
    """Drop identifiers that screening refused; they link nobody."""
    return identifiers.where(F.col(Identifiers.screen_reason).isNull())


def _with_hub(identifiers: DataFrame, *, settings: IdentitySettings) -> DataFrame:
    """Add the event's strongest identifier; ties go to the smallest node_key."""
    ranked = settings.ranked
    strengths = sorted({_strength(settings, n) for n in ranked})
    # A window sorts the rows of an event once; collecting them into arrays costs three times as much.
    strongest_first = Window.partitionBy(EVENT, CHECK).orderBy(TIER, Identifiers.node_key).rowsBetween(Window.unboundedPreceding, Window.currentRow)
    return identifiers.select(
        F.xxhash64(Identifiers.event_id).alias(EVENT),
        F.hash(Identifiers.event_id).alias(CHECK),
        _lookup_expr({n: strengths.index(_strength(settings, n)) for n in ranked}).alias(TIER),
        _lookup_expr({n: code for code, n in enumerate(ranked)}).alias(CODE),
        Identifiers.node_key,
        Identifiers.source,
        Identifiers.event_ts,
    ).withColumns({
        HUB_KEY: F.first(Identifiers.node_key).over(strongest_first),
        HUB_CODE: F.first(CODE).over(strongest_first),
    })  # fmt: skip


def _to_pairs(identifiers: DataFrame) -> DataFrame:
    """Turn each identifier beside the hub into one pair."""
    key = F.col(Identifiers.node_key)
    hub_is_left = F.col(HUB_KEY) < key
    return identifiers.where(F.col(HUB_KEY) != key).select(
        F.least(HUB_KEY, key).alias(IdentityEdges.left_key),
        F.greatest(HUB_KEY, key).alias(IdentityEdges.right_key),
        F.when(hub_is_left, F.col(HUB_CODE)).otherwise(F.col(CODE)).alias(LEFT_CODE),
        F.when(hub_is_left, F.col(CODE)).otherwise(F.col(HUB_CODE)).alias(RIGHT_CODE),
        Identifiers.source,
        Identifiers.event_ts,
    )


def _to_counted_pairs(pairs: DataFrame) -> DataFrame:
    """Count per source first, which needs no sets, then join the few rows of a pair."""
    pair = [str(IdentityEdges.left_key), str(IdentityEdges.right_key), LEFT_CODE, RIGHT_CODE]
    count, first, last = IdentityEdges.record_count, IdentityEdges.first_seen_ts, IdentityEdges.last_seen_ts
    by_source = pairs.groupBy(*pair, Identifiers.source).agg(
        F.count(F.lit(1)).alias(count), F.min(Identifiers.event_ts).alias(first), F.max(Identifiers.event_ts).alias(last)
    )
    return by_source.groupBy(*pair).agg(
        F.sum(count).alias(count),
        F.min(first).alias(first),
        F.max(last).alias(last),
        F.array_sort(F.collect_list(Identifiers.source)).alias(IdentityEdges.sources),
    )


def _to_contract(pairs: DataFrame, *, settings: IdentitySettings) -> DataFrame:
    names = F.array(*[F.lit(name) for name in settings.ranked])
    kinds = F.array(*[F.lit(settings.namespaces[name].kind) for name in settings.ranked])
    strong, weak = F.least(LEFT_CODE, RIGHT_CODE), F.greatest(LEFT_CODE, RIGHT_CODE)
    return pairs.select(
        IdentityEdges.left_key,
        IdentityEdges.right_key,
        F.concat_ws("+", names[strong], names[weak]).alias(IdentityEdges.rule),
        names[F.col(LEFT_CODE)].alias(IdentityEdges.left_namespace),
        names[F.col(RIGHT_CODE)].alias(IdentityEdges.right_namespace),
        kinds[weak].alias(IdentityEdges.kind),  # ranked by kind first, so the weaker namespace has the weaker kind
        IdentityEdges.record_count,
        IdentityEdges.first_seen_ts,
        IdentityEdges.last_seen_ts,
        IdentityEdges.sources,
        F.lit(ON_EVENT).alias(IdentityEdges.seen_on),
    )


def _strength(settings: IdentitySettings, namespace: str) -> tuple[int, int]:
    declared = settings.namespaces[namespace]
    return KINDS.index(declared.kind), -declared.priority


def _lookup_expr(codes: dict[str, int]) -> Column:
    pairs = [F.lit(part) for name, code in codes.items() for part in (name, code)]
    undeclared = F.raise_error(F.concat(F.lit("namespace not declared in identity.yaml: "), F.col(Identifiers.namespace)))
    return F.coalesce(F.create_map(*pairs)[F.col(Identifiers.namespace)], undeclared.cast("int"))
