"""Plays: which play of the playbook fits each customer, and the actions it would take.

Grain of what comes out: one row per customer and action; one row with order 0 for a customer whose
play has no action, or whom no play fits. Nothing is forbidden here yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.activation import NO_PLAY, CandidateActions, WithheldActions
from crosschannel.contracts.column import Column as Named
from crosschannel.contracts.serving import PublishedSegments, score_columns
from crosschannel.settings.playbook import Action, Play, PlaybookSettings, ScoreCondition

PLAY, STEP, PLANNED, WHY, NOTHING = "PLAY", "STEP", "PLANNED", "WHY", "NOTHING"
STEP_TYPE = (
    "array<struct<action_order:int,channel:string,template:string,message_class:string,offer:string,not_before_date:date,expires_date:date>>"
)
STEP_FIELDS: tuple[Named, ...] = (
    CandidateActions.action_order, CandidateActions.channel, CandidateActions.template, CandidateActions.message_class,
    CandidateActions.offer, CandidateActions.not_before_date, CandidateActions.expires_date,
)  # fmt: skip
Segments = Sequence[tuple[str, str]]  # id and name of every published segment


def to_planned(customers: DataFrame, playbook: PlaybookSettings, segments: Segments, as_of_date: date) -> DataFrame:
    """Return the actions of every customer's play.

    Parameters
    ----------
    customers
        ``serving.customer_segments`` of one release, with the score columns.
    """
    plays = [(play, [id_ for id_, name in segments if play.takes(id_, name)]) for play in playbook.plays]
    chosen = _first([(_fits_expr(play, ids), _play_expr(play, as_of_date)) for play, ids in plays if ids])
    planned = customers.withColumn(PLANNED, chosen)
    step = F.explode_outer(F.col(PLANNED)[STEP]).alias(STEP)
    kept = (PublishedSegments.customer_id, PublishedSegments.segment_id, PublishedSegments.segment_name)
    return planned.select(
        *[F.col(c) for c in kept],
        F.col(PLANNED)[PLAY].alias(CandidateActions.play),
        F.col(PLANNED)[CandidateActions.campaign].alias(CandidateActions.campaign),
        F.col(PLANNED)[NOTHING].alias(NOTHING),
        F.col(PLANNED)[WHY].alias(CandidateActions.reasons),
        step,
    ).select(
        *[F.col(c) for c in kept], CandidateActions.play, CandidateActions.campaign, NOTHING, CandidateActions.reasons,
        F.coalesce(F.col(STEP)[WithheldActions.action_order], F.lit(0)).alias(CandidateActions.action_order),
        *[F.col(STEP)[c].alias(c) for c in STEP_FIELDS[1:]],
    )  # fmt: skip


def _first(cases: Sequence[tuple[Column, Column]]) -> Column:
    nothing = F.array(F.lit("no play of the playbook fits segment and scores"))
    otherwise = _struct(F.lit(NO_PLAY), F.lit(None), F.lit(None), nothing, F.lit(None))
    return reduce(lambda rest, case: F.when(case[0], case[1]).otherwise(rest), reversed(cases), otherwise)


def _fits_expr(play: Play, segment_ids: Sequence[str]) -> Column:
    in_segment = F.col(PublishedSegments.segment_id).isin(*segment_ids)
    return reduce(and_, (_holds_expr(c) for c in play.when), in_segment)


def _holds_expr(condition: ScoreCondition) -> Column:
    """Tell whether a score condition holds; a score that is not there holds no condition."""
    score, decile, _ = score_columns([condition.score])
    parts = [F.col(score).isNotNull()]
    if condition.deciles:
        parts.append(F.col(decile).isin(*condition.deciles))
    if condition.at_least is not None:
        parts.append(F.col(score) >= condition.at_least)
    if condition.at_most is not None:
        parts.append(F.col(score) <= condition.at_most)
    return F.coalesce(reduce(and_, parts), F.lit(False))


def _play_expr(play: Play, as_of_date: date) -> Column:
    because = [F.concat(F.lit("segment "), F.col(PublishedSegments.segment_name)), *[_said(c) for c in play.when]]
    if play.none is not None:
        because.append(F.lit(f"the playbook says none: {play.none}"))
    steps = [_step(action, number, as_of_date) for number, action in enumerate(play.actions, 1)]
    return _struct(F.lit(play.name), F.lit(play.campaign), F.lit(play.none), F.array(*because), F.array(*steps) if steps else F.lit(None))


def _struct(play: Column, campaign: Column, nothing: Column, why: Column, steps: Column) -> Column:
    return F.struct(
        play.alias(PLAY),
        campaign.cast("string").alias(CandidateActions.campaign),
        nothing.cast("string").alias(NOTHING),
        why.cast("array<string>").alias(WHY),
        steps.cast(STEP_TYPE).alias(STEP),
    )


def _step(action: Action, number: int, as_of_date: date) -> Column:
    expires = None if action.expires_days is None else as_of_date + timedelta(days=action.expires_days)
    start = as_of_date + timedelta(days=1 + action.wait_days)
    values = (number, action.channel, action.template, action.message_class, action.offer, start, expires)
    return F.struct(*[F.lit(v).cast(c.spec.dtype).alias(c) for v, c in zip(values, STEP_FIELDS, strict=True)])


def _said(condition: ScoreCondition) -> Column:
    """Say what a customer's score is, and what was asked of it."""
    score, decile, _ = score_columns([condition.score])
    asked = [f"at least {condition.at_least:g}"] if condition.at_least is not None else []
    asked += [f"at most {condition.at_most:g}"] if condition.at_most is not None else []
    asked += [f"decile in {', '.join(map(str, condition.deciles))}"] if condition.deciles else []
    return F.concat(
        F.lit(f"{condition.score} "), F.format_number(F.col(score), 4), F.lit(", decile "), F.coalesce(F.col(decile).cast("string"), F.lit("none")),
        F.lit(f" ({' and '.join(asked)})"),
    )  # fmt: skip
