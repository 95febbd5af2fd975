"""Lists of customers to act on first: probability times worth, cut at what people can handle.

Ties are broken by a hash of list and customer, so nobody is first because of their id, and the same
scores give the same list.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, Window, functions as F

from crosschannel.contracts.acting import ActionLists, ScoreReasons
from crosschannel.contracts.ml import CustomerScores
from crosschannel.contracts.serving import PublishedSegments
from crosschannel.settings.acting import ActionList

DIGITS = 6


def to_listed(scores: DataFrame, lists: Sequence[ActionList]) -> DataFrame | None:
    """Return the customers on each list with their place; ``None`` without lists.

    Parameters
    ----------
    scores
        Rows of ``ml.customer_scores`` of one day.
    """
    if not lists:
        return None
    first = reduce(DataFrame.unionByName, (_first(scores, one) for one in lists))
    by_list = Window.partitionBy(ActionLists.list_name).orderBy(*_order(F.col(ActionLists.list_name)))
    return first.withColumn(ActionLists.place, F.row_number().over(by_list))


def to_list_rows(scores: DataFrame, reasons: DataFrame, customer_rows: DataFrame, lists: Sequence[ActionList]) -> DataFrame | None:
    """Return the rows of ``serving.action_lists`` of one day, without the release.

    A listed customer without reasons is left with a null method, for the contract to refuse.
    """
    listed = to_listed(scores, lists)
    if listed is None:
        return None
    why = reasons.select(
        ScoreReasons.customer_id, ScoreReasons.score_name, ScoreReasons.method,
        _said(1).alias(ActionLists.drivers), _said(-1).alias(ActionLists.cautions),
    )  # fmt: skip
    segments = customer_rows.select(PublishedSegments.customer_id, PublishedSegments.segment_id)
    joined = listed.join(why, on=[str(ScoreReasons.customer_id), str(ScoreReasons.score_name)], how="left")
    whole = joined.join(segments, on=str(PublishedSegments.customer_id), how="left")
    return whole.select(*[c for c in ActionLists.contract.columns if c != ActionLists.release_id])


def _first(scores: DataFrame, one: ActionList) -> DataFrame:
    worth = F.coalesce(F.col(CustomerScores.outcome_value), F.lit(1.0))
    qualified = scores.where((F.col(CustomerScores.score_name) == F.lit(one.score)) & (F.col(CustomerScores.probability) >= one.min_probability))
    ranked = qualified.select(
        F.lit(one.name).alias(ActionLists.list_name),
        CustomerScores.customer_id,
        F.round(F.col(CustomerScores.probability) * worth, DIGITS).alias(ActionLists.expected_value),
        F.round(F.col(CustomerScores.probability), DIGITS).alias(ActionLists.probability),
        F.round(worth, DIGITS).alias(ActionLists.outcome_value),
        CustomerScores.score_name,
        CustomerScores.model_version,
        CustomerScores.as_of_date,
    )
    counted = qualified.agg(F.count(F.lit(1)).alias(ActionLists.candidates))
    return ranked.orderBy(*_order(F.lit(one.name))).limit(one.capacity).crossJoin(F.broadcast(counted))


def _order(list_name: Column) -> list[Column]:
    customer = F.col(ActionLists.customer_id)
    return [F.col(ActionLists.expected_value).desc(), F.xxhash64(list_name, customer), customer]


def _said(sign: int) -> Column:
    """Return the phrases of the reasons of one sign, strongest first."""
    mine = F.filter(F.col(ScoreReasons.reasons), lambda r: r["sign"] == F.lit(sign))
    return F.transform(mine, lambda r: r["phrase"])
