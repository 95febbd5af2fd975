"""Which evidence a report draws: chosen by rule, the same for any partitioning, and few rows whatever the lake holds.

The chain is the longest one among the ``MAX_CUSTOMERS`` customers most of whose identifiers hang on another
than the anchor. The refusal is one of the commonest rule, the pair with the smallest keys: keys are hashes,
so that is nobody in particular.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pyspark.sql import DataFrame, Row, functions as F

from crosschannel.contracts.silver import IdentityEdges, IdentityMap, IdentityRefusals

MAX_CUSTOMERS = 5
MAX_MEMBERS = 5_000  # identifiers of these customers that are looked at
MAX_EDGES = 1_000  # among about a dozen identifiers: a bound no pair of them reaches
FAR, LINKED, ROWS, FIRST = "FAR", "LINKED", "ROWS", "FIRST"
ENDS = (str(IdentityEdges.left_key), str(IdentityEdges.right_key))


def to_far_reaching(identity_map: DataFrame) -> DataFrame:
    """Return the customers with most identifiers that are linked to another than the anchor."""
    is_far = F.coalesce(F.col(IdentityMap.evidence_key) != F.col(IdentityMap.anchor_key), F.lit(False))
    counts = (F.count_if(is_far).alias(FAR), F.count(F.lit(1)).alias(LINKED))
    linked = identity_map.where(F.col(IdentityMap.evidence_key).isNotNull()).groupBy(IdentityMap.customer_id).agg(*counts)
    return linked.orderBy(F.col(FAR).desc(), F.col(LINKED).desc(), IdentityMap.customer_id).limit(MAX_CUSTOMERS)


def to_common_refusal(refusals: DataFrame) -> DataFrame:
    """Return one refused pair of the commonest rule; no row if no pair was refused."""
    ends = F.struct(*(F.col(c) for c in (*ENDS, IdentityRefusals.observed, IdentityRefusals.permitted)))
    pairs = refusals.where(F.col(ENDS[0]) != F.col(ENDS[1])).groupBy(IdentityRefusals.stage, IdentityRefusals.rule)
    commonest = pairs.agg(F.count(F.lit(1)).alias(ROWS), F.min(ends).alias(FIRST)).orderBy(
        F.col(ROWS).desc(), IdentityRefusals.stage, IdentityRefusals.rule
    )
    return commonest.limit(1)


def only_members(identity_map: DataFrame, customers: Iterable[str]) -> DataFrame:
    """Keep the identifiers of a few customers."""
    return identity_map.where(F.col(IdentityMap.customer_id).isin(*customers)).orderBy(IdentityMap.node_key).limit(MAX_MEMBERS)


def only_between(edges: DataFrame, keys: Sequence[int]) -> DataFrame:
    """Keep the links among a few identifiers."""
    inside = F.col(ENDS[0]).isin(*keys) & F.col(ENDS[1]).isin(*keys)
    return edges.where(inside).orderBy(*ENDS).limit(MAX_EDGES)


def chain_to_anchor(members: Mapping[int, Row], start: int) -> list[int]:
    """Return the identifiers from one to its customer's anchor, by the evidence that joined each."""
    chain, here = [start], members[start][IdentityMap.evidence_key]
    while here is not None and here in members and here not in chain:
        chain.append(here)
        here = members[here][IdentityMap.evidence_key]
    return chain


def longest_chain(members: Mapping[int, Row], customers: Iterable[str]) -> list[int]:
    """Return the longest chain within the customers: of equal ones that with most namespaces, then the smallest keys."""
    chosen = set(customers)
    chains = (chain_to_anchor(members, key) for key, row in members.items() if row[IdentityMap.customer_id] in chosen)
    return min(chains, key=lambda chain: (-len(chain), -len({members[key][IdentityMap.namespace] for key in chain}), chain), default=[])

