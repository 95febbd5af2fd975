"""Turn weighed pairs into people, on the executors: one component of look-alikes after the other.

Input   weighed pairs, components of the pairs at the cut, unique identifiers of records
Output  per pair at the cut: whether it carries a join, and why it was refused if it was

Components are dealt into buckets and a bucket is solved in one call (:mod:`.linkage`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.people import RecordUniqueIds
from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.identity.records.blocking import LEFT, RIGHT
from crosschannel.identity.records.linkage import MICROBITS, Bounds, Longs, Pairs, UniqueIds, link
from crosschannel.identity.records.scoring import WEIGHT
from crosschannel.settings.identity import IdentitySettings

BUCKETS = 64  # calls, not results, depend on it
BUCKET, NAMESPACE_CODE, CARRIES, REFUSED = "BUCKET", "NAMESPACE_CODE", "CARRIES", "REFUSED"
JOINED_DDL = f"{LEFT} bigint, {RIGHT} bigint, {CARRIES} boolean, {REFUSED} string"
JOINED = pa.schema([(LEFT, pa.int64()), (RIGHT, pa.int64()), (CARRIES, pa.bool_()), (REFUSED, pa.string())])


def bounds_of(settings: IdentitySettings) -> Bounds:
    """Return the cut, the counterweight and the largest customer as whole micro-bits."""
    matching = settings.matching
    return Bounds(round(matching.cut_bits * MICROBITS), round(matching.against_bits * MICROBITS), settings.max_customer_size)


def to_alike(weighed: DataFrame, unique_ids: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Return the edges whose components linkage works on: pairs at the cut, and records that share a unique identifier."""
    pairs = weighed.where(F.col(WEIGHT) >= settings.matching.cut_bits).select(F.col(LEFT), F.col(RIGHT))
    holders = unique_ids.groupBy(RecordUniqueIds.namespace, RecordUniqueIds.value_key).agg(F.min(RecordUniqueIds.node_key).alias(LEFT))
    same = unique_ids.join(holders, on=[str(RecordUniqueIds.namespace), str(RecordUniqueIds.value_key)], how="inner")
    stars = same.where(F.col(LEFT) != F.col(RecordUniqueIds.node_key)).select(LEFT, F.col(RecordUniqueIds.node_key).alias(RIGHT))
    return pairs.unionByName(stars).select(
        F.col(LEFT).alias(IdentityEdges.left_key), F.col(RIGHT).alias(IdentityEdges.right_key), F.lit("person").alias(IdentityEdges.kind)
    )


def to_joined(weighed: DataFrame, unique_ids: DataFrame, components: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Group the records of each component: LEFT, RIGHT, CARRIES, REFUSED for each pair at the cut.

    Parameters
    ----------
    components
        node_key and component_key of the edges of :func:`to_alike`.
    """
    of_left, of_right = (
        components.select(F.col(IdentityMap.node_key).alias(end), F.col(IdentityMap.component_key).alias(name))
        for end, name in ((LEFT, IdentityMap.component_key), (RIGHT, REFUSED))
    )
    micros = F.round(F.col(WEIGHT) * MICROBITS).cast("bigint").alias(WEIGHT)
    inside = (
        weighed.join(of_left, on=LEFT, how="inner").join(of_right, on=RIGHT, how="inner").where(F.col(IdentityMap.component_key) == F.col(REFUSED))
    )
    pairs = inside.select(_bucket_expr(), LEFT, RIGHT, micros, IdentityMap.component_key)
    namespace = F.xxhash64(RecordUniqueIds.namespace).alias(NAMESPACE_CODE)
    ids = unique_ids.join(components, on=RecordUniqueIds.node_key, how="inner")
    held = ids.select(_bucket_expr(), F.col(RecordUniqueIds.node_key).alias(LEFT), namespace, RecordUniqueIds.value_key)
    # average linkage has no form in Spark SQL; whole buckets keep the calls few
    return pairs.groupBy(BUCKET).cogroup(held.groupBy(BUCKET)).applyInArrow(_joiner(bounds_of(settings)), JOINED_DDL)


def _joiner(bounds: Bounds) -> Callable[[pa.Table, pa.Table], pa.Table]:
    def join_bucket(pairs: pa.Table, ids: pa.Table) -> pa.Table:
        pairs = pairs.sort_by([(LEFT, "ascending"), (RIGHT, "ascending")])  # ties go to the smaller keys
        left, right, weights = (_longs(pairs, name) for name in (LEFT, RIGHT, WEIGHT))
        keys = np.unique(np.concatenate([left, right]))
        places = np.searchsorted(keys, left), np.searchsorted(keys, right)
        components = np.zeros(len(keys), dtype=np.int64)
        components[places[0]] = components[places[1]] = _longs(pairs, IdentityMap.component_key)
        linked = link(Pairs(*places, weights), _unique_ids(ids, keys), components, bounds)
        at_cut = np.flatnonzero(weights >= bounds.cut)
        reasons = [linked.refused.get(place) for place in at_cut.tolist()]
        return pa.table([left[at_cut], right[at_cut], linked.carries[at_cut], reasons], schema=JOINED)

    return join_bucket


def _unique_ids(ids: pa.Table, keys: Longs) -> UniqueIds:
    records, namespaces, values = (_longs(ids, name) for name in (LEFT, NAMESPACE_CODE, RecordUniqueIds.value_key))
    known = np.isin(records, keys)
    return UniqueIds(np.searchsorted(keys, records[known]), namespaces[known], values[known])


def _longs(table: pa.Table, name: str) -> Longs:
    return np.asarray(table.column(name), dtype=np.int64)


def _bucket_expr() -> Column:
    return F.pmod(IdentityMap.component_key, F.lit(BUCKETS)).alias(BUCKET)
