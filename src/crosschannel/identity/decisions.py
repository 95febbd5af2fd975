"""What people decided: pairs that are two persons, pairs that are one, values that name nobody.

Input   ``ops.identity_actions``
Output  what stands: the latest decision about each pair or value, unless it was taken back

A decision holds until another one about the same pair or value, whatever is stitched in between.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window, functions as F

from crosschannel.contracts.ops import IdentityActions
from crosschannel.contracts.silver import BY_DECISION, Identifiers, IdentityEdges, IdentityMap
from crosschannel.settings.identity import IdentitySettings

SPLIT, JOIN, BLOCK = "split", "join", "block"
LATEST = "LATEST"
VETO_DDL = f"{IdentityEdges.left_key} bigint, {IdentityEdges.right_key} bigint"
VIA_DECISION = "@decision"  # ends the rule of such an edge


def only_standing(actions: DataFrame) -> DataFrame:
    """Keep the latest decision about each pair or value, without those taken back."""
    subject = Window.partitionBy(IdentityActions.left_key, IdentityActions.right_key)
    newest_first = subject.orderBy(F.col(IdentityActions.acted_ts).desc(), IdentityActions.action_id).rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    latest = actions.withColumn(LATEST, F.first(IdentityActions.action_id).over(newest_first))
    return latest.where((F.col(LATEST) == F.col(IdentityActions.action_id)) & ~F.col(IdentityActions.is_lifted)).drop(LATEST)


def to_vetoes(standing: DataFrame) -> DataFrame:
    """Return the pairs that are two persons."""
    return _only(standing, SPLIT).select(
        F.col(IdentityActions.left_key).alias(IdentityEdges.left_key), F.col(IdentityActions.right_key).alias(IdentityEdges.right_key)
    )


def without_blocked(identifiers: DataFrame, standing: DataFrame) -> DataFrame:
    """Drop the values that people said name nobody."""
    return identifiers.join(_to_blocked_keys(standing), on=Identifiers.node_key, how="left_anti").select(*identifiers.columns)


def only_blocked(identifiers: DataFrame, standing: DataFrame) -> DataFrame:
    """Keep the values that people said name nobody."""
    return identifiers.join(_to_blocked_keys(standing), on=Identifiers.node_key, how="left_semi").select(*identifiers.columns)


def to_decided_edges(standing: DataFrame, *, nodes: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Turn pairs that are one person into edges, where both identifiers are known and usable.

    Returns
    -------
    DataFrame
        ``silver.identity_edges`` without a single event behind them.
    """
    left, right = (nodes.select(F.col(IdentityMap.node_key).alias(end)) for end in (IdentityActions.left_key, IdentityActions.right_key))
    joined = _only(standing, JOIN).join(left, on=IdentityActions.left_key, how="left_semi").join(right, on=IdentityActions.right_key, how="left_semi")
    names = F.array(*[F.lit(name) for name in settings.ranked])
    codes = [F.array_position(names, F.col(end)) for end in (IdentityActions.left_namespace, IdentityActions.right_namespace)]
    kinds = F.array(*[F.lit(settings.namespaces[name].kind) for name in settings.ranked])
    strong, weak = F.least(*codes).cast("int"), F.greatest(*codes).cast("int")
    return joined.select(
        F.col(IdentityActions.left_key).alias(IdentityEdges.left_key),
        F.col(IdentityActions.right_key).alias(IdentityEdges.right_key),
        F.concat(F.element_at(names, strong), F.lit("+"), F.element_at(names, weak), F.lit(VIA_DECISION)).alias(IdentityEdges.rule),
        F.col(IdentityActions.left_namespace).alias(IdentityEdges.left_namespace),
        F.col(IdentityActions.right_namespace).alias(IdentityEdges.right_namespace),
        F.element_at(kinds, weak).alias(IdentityEdges.kind),
        F.lit(0).cast("bigint").alias(IdentityEdges.record_count),
        F.col(IdentityActions.acted_ts).alias(IdentityEdges.first_seen_ts),
        F.col(IdentityActions.acted_ts).alias(IdentityEdges.last_seen_ts),
        F.array(F.lit(BY_DECISION)).alias(IdentityEdges.sources),
        F.lit(BY_DECISION).alias(IdentityEdges.seen_on),
    )


def to_decided_on(actions: DataFrame) -> DataFrame:
    """Return the identifiers any decision was about, standing or not."""
    ends = F.array(F.col(IdentityActions.left_key), F.col(IdentityActions.right_key))
    return actions.select(F.explode(ends).alias(IdentityMap.node_key)).distinct()


def is_block_expr() -> Column:
    """Tell whether a decision is about a value that names nobody."""
    return F.col(IdentityActions.action) == BLOCK


def _to_blocked_keys(standing: DataFrame) -> DataFrame:
    return F.broadcast(_only(standing, BLOCK).select(F.col(IdentityActions.left_key).alias(Identifiers.node_key)))


def _only(standing: DataFrame, action: str) -> DataFrame:
    return standing.where(F.col(IdentityActions.action) == action)
