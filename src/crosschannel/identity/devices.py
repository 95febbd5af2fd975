"""Give devices (and household identifiers) to the one customer they are seen with.

Input   ``silver.identity_edges`` and the anchors of person identifiers
Output  owners, one row per device that belongs to a customer

A device seen with one customer belongs to it. A device seen with several is shared and joins none
of them, unless one customer's share of its events is overwhelming and the others were there on one
day only (settings ``devices``). Where logins stray, one seen with its customer on one day only may
be nobody's. A device never joins the customers of two people: that is what
keeps a family tablet from making one person of a family.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.silver import BY_DECISION, IdentityEdges, IdentityMap
from crosschannel.identity.edges import EVENTS
from crosschannel.identity.resolve import ANCHOR, EVIDENCE, EXACT, SINCE
from crosschannel.settings.identity import Devices

DEVICE, PERSON = "DEVICE", "PERSON"
RECORDS, BEST, IS_BRIEF, IS_DECIDED = "RECORDS", "BEST", "IS_BRIEF", "IS_DECIDED"
LAST_EXACT = "LAST_EXACT"
GROUPS, TOTAL, TOP, LASTING = "GROUPS", "TOTAL", "TOP", "LASTING"


def to_sightings(edges: DataFrame, *, groups: DataFrame, people: tuple[str, ...], vetoes: DataFrame | None = None) -> DataFrame:
    """Count how often each device was seen with each customer.

    Parameters
    ----------
    groups
        One row per person identifier: node_key, component_key, ANCHOR.
    people
        Person namespaces.
    vetoes
        Pairs of a device and a person that people declared not to belong together.

    Returns
    -------
    DataFrame
        One row per device and customer: DEVICE, ANCHOR, component_key, RECORDS (events), IS_BRIEF
        (all on one day), IS_DECIDED (people said so), EVIDENCE (the customer's identifier seen with
        the device most), SINCE (when that one is known to belong to the customer), EXACT (anchor
        of the customer's exact part; null if the device was seen with several).
    """
    best = F.struct(IdentityEdges.record_count, IdentityEdges.last_seen_ts, (-F.col(PERSON)).alias(PERSON), F.col(SINCE))
    first, last = F.min(IdentityEdges.first_seen_ts), F.max(IdentityEdges.last_seen_ts)
    with_group = edges.transform(to_device_persons, people=people).join(
        groups.drop(EVIDENCE), on=F.col(PERSON) == F.col(IdentityMap.node_key), how="inner"
    )
    if vetoes is not None:
        with_group = with_group.join(_to_barred(vetoes, groups), on=[DEVICE, ANCHOR], how="left_anti")
    return (
        with_group.groupBy(DEVICE, ANCHOR, IdentityMap.component_key)
        .agg(
            F.sum(IdentityEdges.record_count).alias(RECORDS),
            (F.to_date(first) == F.to_date(last)).alias(IS_BRIEF),
            F.bool_or(F.col(IdentityEdges.seen_on) == BY_DECISION).alias(IS_DECIDED),
            F.max(best).alias(BEST),
            F.min(EXACT).alias(EXACT),
            F.max(EXACT).alias(LAST_EXACT),
        )
        .select(
            DEVICE,
            ANCHOR,
            IdentityMap.component_key,
            RECORDS,
            IS_BRIEF,
            IS_DECIDED,
            (-F.col(BEST)[PERSON]).alias(EVIDENCE),
            F.col(BEST)[SINCE].alias(SINCE),
            F.when(F.col(EXACT) == F.col(LAST_EXACT), F.col(EXACT)).alias(EXACT),
        )
    )


def to_owners(sightings: DataFrame, *, nodes: DataFrame, rule: Devices) -> DataFrame:
    """Keep the sightings with a device's owner, for devices that have one.

    Parameters
    ----------
    nodes
        Identifiers with EVENTS, how many events carried each; read if the rule knows weak links.

    Returns
    -------
    DataFrame
        One row per owned device: node_key (the device), component_key, ANCHOR, EVIDENCE, EXACT
        (null unless it was seen with one exact part alone) and SINCE (of the evidence).
    """
    facts = (IdentityMap.component_key, EVIDENCE, EXACT, SINCE, IS_BRIEF)
    ranked = F.struct(F.col(IS_DECIDED), F.col(RECORDS), (-F.col(ANCHOR)).alias(ANCHOR), *map(F.col, facts))
    is_only = F.col(GROUPS) == 1
    share_is_enough = F.col(TOP)[RECORDS] * 100 >= F.col(TOTAL) * rule.owner_share_percent
    owned = (
        sightings.groupBy(DEVICE)
        .agg(
            F.count(F.lit(1)).alias(GROUPS),
            F.sum(RECORDS).alias(TOTAL),
            F.count_if(~F.col(IS_BRIEF)).alias(LASTING),
            F.max(ranked).alias(TOP),
        )
        .where(is_only | F.col(TOP)[IS_DECIDED] | (share_is_enough & (F.col(LASTING) <= 1)))
    )
    if rule.weak_share_percent:
        owned = owned.transform(_without_weak, nodes=nodes, rule=rule)
    return owned.select(
        F.col(DEVICE).alias(IdentityMap.node_key),
        F.col(TOP)[IdentityMap.component_key].alias(IdentityMap.component_key),
        (-F.col(TOP)[ANCHOR]).alias(ANCHOR),
        F.col(TOP)[EVIDENCE].alias(EVIDENCE),
        F.when(is_only, F.col(TOP)[EXACT]).alias(EXACT),
        F.col(TOP)[SINCE].alias(SINCE),
    )


def _without_weak(owned: DataFrame, *, nodes: DataFrame, rule: Devices) -> DataFrame:
    """Drop owners that were there on one day only, in too small a share of the device's events."""
    events = nodes.select(F.col(IdentityMap.node_key).alias(DEVICE), EVENTS)
    is_weak = F.col(TOP)[IS_BRIEF] & (F.col(TOP)[RECORDS] * 100 < F.col(EVENTS) * rule.weak_share_percent)
    # a device is one node
    return owned.join(events, on=DEVICE, how="inner").where(F.col(TOP)[IS_DECIDED] | ~is_weak)


def _to_barred(vetoes: DataFrame, groups: DataFrame) -> DataFrame:
    """Return which device may not belong to which customer; a veto may name its device first or last."""
    left, right = F.col(IdentityEdges.left_key), F.col(IdentityEdges.right_key)
    either = vetoes.select(left.alias(DEVICE), right.alias(PERSON)).unionByName(vetoes.select(right.alias(DEVICE), left.alias(PERSON)))
    return either.join(groups, on=F.col(PERSON) == F.col(IdentityMap.node_key), how="inner").select(DEVICE, ANCHOR)


def to_device_persons(edges: DataFrame, *, people: tuple[str, ...]) -> DataFrame:
    """Keep the edges between a person identifier and one of another kind, and name the two ends.

    Adds DEVICE and PERSON, their keys.
    """
    left_is_person = F.col(IdentityEdges.left_namespace).isin(*people)
    right_is_person = F.col(IdentityEdges.right_namespace).isin(*people)
    left, right = F.col(IdentityEdges.left_key), F.col(IdentityEdges.right_key)
    return edges.where(left_is_person != right_is_person).withColumns({
        DEVICE: F.when(left_is_person, right).otherwise(left),
        PERSON: F.when(left_is_person, left).otherwise(right),
    })  # fmt: skip
