"""Members: which identifiers are one customer, and the evidence behind it.

Input   nodes, ``silver.identity_edges``, components
Output  ``silver.identity_map`` without customer_id, one row per usable identifier, isolated ones too

A customer is told by its anchor here: its strongest, then earliest identifier. Which id it bears is
settled afterwards (:mod:`.ids`), so membership depends on the evidence alone, never on a run before.
"""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.identity.devices import to_owners, to_sightings
from crosschannel.identity.edges import EVENTS
from crosschannel.identity.resolve import ANCHOR, EVIDENCE, EXACT, SINCE, to_groups
from crosschannel.identity.windows import counted_expr
from crosschannel.settings.identity import IdentitySettings

BEST = "BEST"
OPEN_END = "9999-12-31"  # valid_to of a link that still holds


def to_members(
    nodes: DataFrame, *, edges: DataFrame, components: DataFrame, settings: IdentitySettings, as_of: date, vetoes: DataFrame | None = None,
    former: DataFrame | None = None, settled: DataFrame | None = None,
) -> DataFrame:
    """Group person identifiers and add the devices they own.

    Parameters
    ----------
    nodes
        One row per usable identifier (:func:`.edges.to_nodes`).
    edges
        Rows of ``silver.identity_edges``.
    components
        Labels of :func:`.components.to_components`.
    settings
        Limits, weak links, device rule.
    as_of
        Last day of the windows.
    vetoes
        Pairs that people declared to be two persons (:func:`.decisions.to_vetoes`).
    former
        Links of numbers that passed to somebody else (:func:`.tenure.to_former_links`).
    settled
        Groups of person identifiers outside ``nodes`` that are seen with devices inside
        (:func:`.scope.to_settled`); none if all identifiers are solved.
    """
    nodes = nodes.withColumn(IdentityMap.within_window, counted_expr(settings, as_of))
    groups = nodes.transform(to_groups, edges=edges, components=components, settings=settings, vetoes=vetoes, former=former)
    around = groups if settled is None else groups.unionByName(settled)
    owners = edges.transform(to_sightings, groups=around, people=settings.people, vetoes=vetoes).transform(to_owners, nodes=nodes, rule=settings.devices)
    return (
        nodes.join(groups.unionByName(owners), on=IdentityMap.node_key, how="left")
        .transform(_with_own_customer)
        .transform(_with_evidence, edges=edges)
        .transform(_to_contract)
    )  # fmt: skip


def _with_own_customer(nodes: DataFrame) -> DataFrame:
    """Make an identifier nobody owns the anchor of a customer of its own."""
    own = F.col(IdentityMap.node_key)
    return nodes.withColumns({
        str(IdentityMap.component_key): F.coalesce(IdentityMap.component_key, own),
        # a device's anchor is a person identifier only if somebody owns it
        str(IdentityMap.is_identified): (F.col(IdentityMap.kind) == "person") | F.col(ANCHOR).isNotNull(),
        ANCHOR: F.coalesce(ANCHOR, own),
        EXACT: F.coalesce(EXACT, own),
    })  # fmt: skip


def _with_evidence(nodes: DataFrame, *, edges: DataFrame) -> DataFrame:
    pair = [str(IdentityEdges.left_key), str(IdentityEdges.right_key)]
    strongest = F.struct(IdentityEdges.record_count, IdentityEdges.rule, IdentityEdges.first_seen_ts)
    evidence = (
        edges.groupBy(*pair)  # one pair may be linked by two rules
        .agg(F.max(strongest).alias(BEST))
        .select(
            *pair,
            F.col(BEST)[IdentityEdges.rule].alias(IdentityMap.evidence_rule),
            F.col(BEST)[IdentityEdges.record_count].alias(IdentityMap.evidence_count),
            F.col(BEST)[IdentityEdges.first_seen_ts].alias(IdentityMap.valid_from),
        )
    )
    own = F.col(IdentityMap.node_key)
    other = F.coalesce(EVIDENCE, own)  # a pair of equal keys meets no edge, and spreads evenly where nulls would not
    ends = {str(IdentityEdges.left_key): F.least(own, other), str(IdentityEdges.right_key): F.greatest(own, other)}
    return nodes.withColumns(ends).join(evidence, on=pair, how="left")


def _to_contract(nodes: DataFrame) -> DataFrame:
    return nodes.select(
        IdentityMap.node_key,
        IdentityMap.namespace,
        IdentityMap.kind,
        IdentityMap.identifier_hash,
        IdentityMap.is_identified,
        IdentityMap.component_key,
        F.col(EVIDENCE).alias(IdentityMap.evidence_key),
        IdentityMap.evidence_rule,
        IdentityMap.evidence_count,
        F.col(ANCHOR).alias(IdentityMap.anchor_key),
        F.col(EXACT).alias(IdentityMap.exact_key),
        F.col(EVENTS).alias(IdentityMap.event_count),
        IdentityMap.within_window,
        IdentityMap.first_seen_ts,
        IdentityMap.last_seen_ts,
        _known_since_expr().alias(IdentityMap.valid_from),
        F.lit(OPEN_END).cast("timestamp").alias(IdentityMap.valid_to),
    )


def _known_since_expr() -> Column:
    """Return since when an identifier is known to belong: a device, since its own link and that of the person it is linked to."""
    linked = F.when(F.col(IdentityMap.kind) != "person", F.col(IdentityMap.valid_from))
    return F.coalesce(F.greatest(F.timestamp_micros(SINCE), linked), IdentityMap.first_seen_ts)
