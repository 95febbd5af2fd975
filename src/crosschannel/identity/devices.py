"""Give devices (and household identifiers) to the one customer they are seen with.

Input   ``silver.identity_edges`` and the anchors of person identifiers
Output  owners, one row per device that belongs to a customer; sightings, one row per device and customer

A device seen with one customer belongs to it. A device seen with several is shared and joins none
of them, unless one customer's share of its events is overwhelming (settings ``device_owner``).
A device never joins two customers to each other: that is what keeps a family tablet from making
one person of a family.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.identity.resolve import ANCHOR, EVIDENCE
from crosschannel.settings.identity import DeviceOwner

DEVICE, PERSON, ENDS = "DEVICE", "PERSON", "ENDS"
RECORDS, BEST = "RECORDS", "BEST"
GROUPS, TOTAL, TOP, FREQUENT = "GROUPS", "TOTAL", "TOP", "FREQUENT"


def to_sightings(edges: DataFrame, *, groups: DataFrame) -> DataFrame:
    """Count how often each device was seen with each customer.

    Returns
    -------
    DataFrame
        DEVICE, ANCHOR, component_key, RECORDS (events), EVIDENCE (the person identifier seen with it most).
    """
    return (
        edges.transform(_to_device_persons)
        .join(groups.drop(EVIDENCE), on=F.col(PERSON) == F.col(IdentityMap.node_key), how="inner")
        .groupBy(DEVICE, ANCHOR, IdentityMap.component_key)
        .agg(
            F.sum(IdentityEdges.record_count).alias(RECORDS),
            F.max(F.struct(IdentityEdges.record_count, IdentityEdges.last_seen_ts, (-F.col(PERSON)).alias(PERSON))).alias(BEST),
        )
        .select(DEVICE, ANCHOR, IdentityMap.component_key, RECORDS, (-F.col(BEST)[PERSON]).alias(EVIDENCE))
    )


def to_owners(sightings: DataFrame, *, rule: DeviceOwner) -> DataFrame:
    """Keep the sightings with a device's owner, for devices that have one.

    Returns
    -------
    DataFrame
        One row per owned device: node_key (the device), component_key, ANCHOR and EVIDENCE.
    """
    ranked = F.struct(F.col(RECORDS), (-F.col(ANCHOR)).alias(ANCHOR), F.col(IdentityMap.component_key), F.col(EVIDENCE))
    often = F.count_if(F.col(RECORDS) > rule.max_other_records)
    share_is_enough = F.col(TOP)[RECORDS] * 100 >= F.col(TOTAL) * rule.min_share_percent
    others_are_few = F.col(FREQUENT) <= 1
    return (
        sightings.groupBy(DEVICE)
        .agg(F.count(F.lit(1)).alias(GROUPS), F.sum(RECORDS).alias(TOTAL), F.max(ranked).alias(TOP), often.alias(FREQUENT))
        .where((F.col(GROUPS) == 1) | (share_is_enough & others_are_few))
        .select(
            F.col(DEVICE).alias(IdentityMap.node_key),
            F.col(TOP)[IdentityMap.component_key].alias(IdentityMap.component_key),
            (-F.col(TOP)[ANCHOR]).alias(ANCHOR),
            F.col(TOP)[EVIDENCE].alias(EVIDENCE),
        )
    )


def _to_device_persons(edges: DataFrame) -> DataFrame:
    """Turn each edge both ways; the join with person identifiers then keeps the right one, if any."""
    one_way = F.struct(F.col(IdentityEdges.left_key).alias(DEVICE), F.col(IdentityEdges.right_key).alias(PERSON))
    other_way = F.struct(F.col(IdentityEdges.right_key).alias(DEVICE), F.col(IdentityEdges.left_key).alias(PERSON))
    return (
        edges.where(F.col(IdentityEdges.kind) != "person")
        .withColumn(ENDS, F.explode(F.array(one_way, other_way)))
        .select(F.col(ENDS)[DEVICE].alias(DEVICE), F.col(ENDS)[PERSON].alias(PERSON), IdentityEdges.record_count, IdentityEdges.last_seen_ts)
    )
