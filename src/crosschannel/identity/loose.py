"""The loose tier: customers that share devices, joined as far as limits and decisions allow.

Input   where customers meet (:func:`.households.to_meetings`), the map
Output  ``loose_id`` of the map, for audiences that bear a wrong guess; it decides nothing else

Every loose customer is a union of whole customers, so the tiers nest. It bears the id of the one
whose anchor comes first. The customers that meet are few and are solved on the driver.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.identity.devices import DEVICE
from crosschannel.identity.households import CUSTOMER, HUB, RECORDS, SINCE, UNTIL
from crosschannel.identity.resolve import CODE
from crosschannel.identity.solve import Graph, Longs, Rules, solve
from crosschannel.settings.identity import IdentitySettings

LOOSE, PLACES = "LOOSE", "PLACES"
LOOSE_DDL = f"{IdentityMap.anchor_key} bigint, {LOOSE} bigint"


def to_people(identity_map: DataFrame, *, meetings: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Return the person identifiers of the customers that meet: node_key, anchor_key, CODE, within_window."""
    names = F.array(*[F.lit(name) for name in settings.people])
    met = meetings.select(F.col(CUSTOMER).alias(IdentityMap.anchor_key)).distinct()
    people = identity_map.where(F.col(IdentityMap.kind) == "person").join(met, on=IdentityMap.anchor_key, how="left_semi")
    code = (F.array_position(names, F.col(IdentityMap.namespace)) - 1).cast("bigint").alias(CODE)
    return people.select(IdentityMap.node_key, IdentityMap.anchor_key, code, IdentityMap.within_window)


def loose_anchors(people: pa.Table, links: pa.Table, vetoes: pa.Table, rules: Rules) -> pa.Table:
    """Join customers over their links, strongest first; pure, on the driver. One row per customer: anchor_key, ``LOOSE``."""
    people = people.sort_by(str(IdentityMap.node_key))
    keys, anchors = _longs(people, IdentityMap.node_key), _longs(people, IdentityMap.anchor_key)
    own = np.flatnonzero(keys != anchors)  # a customer is one before it is joined to others
    zeros, count = np.zeros(len(own), dtype=np.int64), links.num_rows
    known = vetoes.filter(pa.array(_is_known(vetoes, keys)))
    graph = Graph(
        keys=keys,
        codes=_longs(people, CODE),
        first_seen=np.zeros(len(keys), dtype=np.int64),
        events=np.zeros(len(keys), dtype=np.int64),
        counted=np.asarray(people.column(IdentityMap.within_window), dtype=np.bool_),
        left=np.concatenate([own, np.searchsorted(keys, _longs(links, HUB))]),
        right=np.concatenate([np.searchsorted(keys, anchors[own]), np.searchsorted(keys, _longs(links, CUSTOMER))]),
        records=np.concatenate([zeros, _longs(links, RECORDS)]),
        since=np.concatenate([zeros, _longs(links, SINCE)]),
        until=np.concatenate([zeros, _longs(links, UNTIL)]),
        inferred=np.zeros(len(own) + count, dtype=np.bool_),
        decided=np.arange(len(own) + count) < len(own),
        vetoes=np.searchsorted(keys, np.stack([_longs(known, IdentityEdges.left_key), _longs(known, IdentityEdges.right_key)], axis=1)),
    )
    found = keys[solve(graph, rules).anchor] if len(keys) else keys
    first = keys == anchors
    return pa.table({str(IdentityMap.anchor_key): keys[first], LOOSE: found[first]})


def with_loose_id(named: DataFrame, *, loose: DataFrame, meetings: DataFrame) -> DataFrame:
    """Add ``loose_id``; a shared device goes with its customers if all of them became one."""
    anchors = named.where(F.col(IdentityMap.node_key) == F.col(IdentityMap.anchor_key)).select(
        F.col(IdentityMap.anchor_key).alias(LOOSE), F.col(IdentityMap.customer_id).alias(IdentityMap.loose_id)
    )
    places = (
        meetings.join(loose, on=F.col(CUSTOMER) == F.col(IdentityMap.anchor_key), how="inner")
        .groupBy(DEVICE)
        .agg(F.count_distinct(LOOSE).alias(PLACES), F.min(LOOSE).alias(LOOSE))
        .where(F.col(PLACES) == 1)
        .select(F.col(DEVICE).alias(IdentityMap.anchor_key), LOOSE)
    )
    ids = loose.unionByName(places).join(anchors, on=LOOSE, how="inner").select(IdentityMap.anchor_key, IdentityMap.loose_id)
    joined = named.join(ids, on=IdentityMap.anchor_key, how="left")  # many identifiers to at most one
    return joined.withColumn(IdentityMap.loose_id, F.coalesce(IdentityMap.loose_id, IdentityMap.customer_id))


def _longs(table: pa.Table, name: str) -> Longs:
    return np.asarray(table.column(name), dtype=np.int64)


def _is_known(vetoes: pa.Table, keys: Longs) -> np.ndarray:
    return np.isin(_longs(vetoes, IdentityEdges.left_key), keys) & np.isin(_longs(vetoes, IdentityEdges.right_key), keys)
