"""Between attribute records and the identity graph: unique ids in, edges and refusals out.

``to_record_edges`` gives one edge per join, a tree per person, so the graph's own rules (limits,
decisions, sizes) have the last word. ``to_link_refusals`` names pairs that looked alike and were kept apart.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.people import Profiles, RecordCustomers, RecordLinks, RecordUniqueIds
from crosschannel.contracts.silver import ON_RECORDS, Identifiers, IdentityEdges, IdentityMap, IdentityRefusals
from crosschannel.identity.edges import only_usable
from crosschannel.settings.identity import IdentitySettings

LINKAGE_STAGE = "linkage"  # of refusals
LEFT, RIGHT, EVENT = "LEFT", "RIGHT", "EVENT"


def to_unique_ids(identifiers: DataFrame, profiles: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Return what may not differ within a person: identifiers with limit 1 on a record, and records of sources with ``one_each``."""
    unique = [name for name, n in settings.namespaces.items() if n.kind == "person" and n.limit == 1]
    usable = identifiers.transform(only_usable)
    on_record = profiles.select(Profiles.node_key).join(
        usable.select(Identifiers.node_key, Identifiers.event_id), on=Identifiers.node_key, how="inner"
    )
    values = usable.where(F.col(Identifiers.namespace).isin(*unique)).select(
        Identifiers.event_id, Identifiers.namespace, F.col(Identifiers.node_key).alias(RecordUniqueIds.value_key)
    )
    held = on_record.join(values, on=Identifiers.event_id, how="inner").select(*RecordUniqueIds.columns).distinct()
    one_each = profiles.where(F.col(Profiles.source).isin(*[name for name, r in settings.records.items() if r.one_each]))
    alone = one_each.select(
        Profiles.node_key,
        F.concat(F.lit("one_each:"), Profiles.source).alias(RecordUniqueIds.namespace),
        F.col(Profiles.node_key).alias(RecordUniqueIds.value_key),
    )
    return held.unionByName(alone)


def to_record_edges(links: DataFrame, profiles: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Return the joins as rows of ``silver.identity_edges``."""
    left, right = (
        profiles.select(F.col(Profiles.node_key).alias(end), F.struct(Profiles.source, Profiles.observed_ts).alias(name))
        for end, name in ((IdentityEdges.left_key, LEFT), (IdentityEdges.right_key, RIGHT))
    )
    names = [part for name, r in settings.records.items() for part in (F.lit(name), F.lit(r.namespace))]
    seen = F.greatest(F.col(LEFT)[Profiles.observed_ts], F.col(RIGHT)[Profiles.observed_ts])
    ends = links.where(RecordLinks.is_evidence).select(
        F.col(RecordLinks.left_key).alias(IdentityEdges.left_key), F.col(RecordLinks.right_key).alias(IdentityEdges.right_key)
    )
    both = ends.join(left, on=IdentityEdges.left_key, how="inner").join(right, on=IdentityEdges.right_key, how="inner")
    of_left, of_right = (F.create_map(*names)[F.col(side)[Profiles.source]] for side in (LEFT, RIGHT))
    return both.select(
        IdentityEdges.left_key,
        IdentityEdges.right_key,
        F.lit(ON_RECORDS).alias(IdentityEdges.rule),
        of_left.alias(IdentityEdges.left_namespace),
        of_right.alias(IdentityEdges.right_namespace),
        F.lit("person").alias(IdentityEdges.kind),
        F.lit(1).cast("bigint").alias(IdentityEdges.record_count),
        seen.alias(IdentityEdges.first_seen_ts),
        seen.alias(IdentityEdges.last_seen_ts),
        F.array_sort(F.array_distinct(F.array(F.col(LEFT)[Profiles.source], F.col(RIGHT)[Profiles.source]))).alias(IdentityEdges.sources),
        F.lit(ON_RECORDS).alias(IdentityEdges.seen_on),
    )


def to_link_refusals(links: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Return pairs at the cut that were kept apart; ``observed`` is the weight in whole bits."""
    return links.where(F.col(RecordLinks.refused_by).isNotNull()).select(
        F.lit(LINKAGE_STAGE).alias(IdentityRefusals.stage),
        F.col(RecordLinks.refused_by).alias(IdentityRefusals.rule),
        F.col(RecordLinks.left_key).alias(IdentityRefusals.left_key),
        F.col(RecordLinks.right_key).alias(IdentityRefusals.right_key),
        F.floor(RecordLinks.weight).cast("bigint").alias(IdentityRefusals.observed),
        F.lit(settings.matching.cut_bits).cast("bigint").alias(IdentityRefusals.permitted),
    )


def to_record_customers(profiles: DataFrame, identity_map: DataFrame, links: DataFrame) -> DataFrame:
    """Return ``silver.record_customers``: whose each record is, and the link behind it."""
    mapped = identity_map.select(IdentityMap.node_key, IdentityMap.customer_id, IdentityMap.evidence_key, IdentityMap.evidence_rule)
    own, other = F.col(RecordCustomers.node_key), F.coalesce(F.col(RecordCustomers.evidence_key), F.col(RecordCustomers.node_key))
    weights = links.select(RecordLinks.left_key, RecordLinks.right_key, RecordLinks.weight)
    ends = {str(RecordLinks.left_key): F.least(own, other), str(RecordLinks.right_key): F.greatest(own, other)}
    return (
        profiles.join(mapped, on=Profiles.node_key, how="inner")
        .withColumns(ends)
        .join(weights, on=[str(RecordLinks.left_key), str(RecordLinks.right_key)], how="left")
        .withColumn(RecordCustomers.weight, _only_on_records(F.col(RecordLinks.weight)))
        .select(*RecordCustomers.contract.columns)
    )


def _only_on_records(weight: Column) -> Column:
    return F.when(F.col(RecordCustomers.evidence_rule) == ON_RECORDS, weight)


def union_all(frames: list[DataFrame]) -> DataFrame:
    """Return the rows of all frames."""
    return reduce(DataFrame.unionByName, frames)
