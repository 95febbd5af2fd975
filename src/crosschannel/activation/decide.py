"""Decisions: which planned actions stand, and why the others do not.

A fixed order, the earlier wins: the play says none or no play fits; consent; the control group of
everything; the control group of the campaign. All that hold are said; the first is the reason.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.activation.plays import NOTHING
from crosschannel.contracts.activation import (
    CONTROL,
    EVERYTHING,
    HELD_OUT,
    NO_CONSENT,
    NO_PLAY,
    NONE,
    AllowedContacts,
    CandidateActions,
    Holdouts,
    WithheldActions,
)
from crosschannel.exprs.hashing import content_id_expr

ALLOWED, HELD, REASON, BLOCKS = "ALLOWED", "HELD", "REASON", "BLOCKS"
ROWS = "ROWS"


def with_decision(planned: DataFrame, allowed: DataFrame, holdouts: DataFrame, without_consent: Sequence[str]) -> DataFrame:
    """Add to every planned action what forbids it, if anything does.

    Parameters
    ----------
    allowed
        :class:`~crosschannel.contracts.activation.AllowedContacts`: who is not in it may not be reached.
    holdouts
        Rows of ``serving.holdouts``, whatever release; empty where the project holds out nobody.
    without_consent
        Channels in which nobody has to be asked.
    """
    agreed = allowed.select(AllowedContacts.customer_id, AllowedContacts.channel, F.lit(True).alias(ALLOWED)).distinct()
    return (
        planned.join(agreed, on=[str(AllowedContacts.customer_id), str(AllowedContacts.channel)], how="left")
        .join(_held(holdouts), on=CandidateActions.customer_id, how="left")
        .withColumn(BLOCKS, _blocks_expr(without_consent))
        .withColumn(REASON, F.get(BLOCKS, F.lit(0))[WithheldActions.reason])
    )


def to_candidates(decided: DataFrame, without_consent: Sequence[str]) -> DataFrame:
    """Return what nothing forbids."""
    parts = (CandidateActions.customer_id, CandidateActions.play, CandidateActions.action_order, CandidateActions.channel, CandidateActions.template)
    consent = F.when(F.col(CandidateActions.channel).isin(*without_consent), F.concat(F.lit("no consent is asked for "), F.col(CandidateActions.channel)))
    said = consent.otherwise(F.concat(F.lit("consent for "), F.col(CandidateActions.channel)))
    return decided.where(F.col(REASON).isNull()).withColumns(
        {
            str(CandidateActions.action_id): content_id_expr(*[F.col(c) for c in parts]),
            str(CandidateActions.reasons): F.concat(F.col(CandidateActions.reasons), F.array(said, F.lit("in no control group"))),
        }
    )


def to_withheld(decided: DataFrame) -> DataFrame:
    """Return what something forbids, with all that does."""
    words = F.transform(BLOCKS, lambda block: block[WithheldActions.reasons])
    return decided.where(F.col(REASON).isNotNull()).withColumns(
        {str(WithheldActions.reason): F.col(REASON), str(WithheldActions.reasons): F.concat(F.col(WithheldActions.reasons), words)}
    )


def to_decision_counts(decided: DataFrame) -> DataFrame:
    """Return one row per reason (null: nothing forbids it): actions, and customers by their first action."""
    is_first = F.col(CandidateActions.action_order) <= 1
    return decided.groupBy(REASON).agg(F.count(F.lit(1)).alias(ROWS), F.count_if(is_first).alias(HELD))


def _held(holdouts: DataFrame) -> DataFrame:
    """Return, per customer, the holdouts whose control group it is in, as covers and name, sorted."""
    control = holdouts.where(F.col(Holdouts.arm) == CONTROL)
    return control.groupBy(Holdouts.customer_id).agg(F.array_sort(F.collect_set(F.struct(Holdouts.covers, Holdouts.holdout))).alias(HELD))


def _blocks_expr(without_consent: Sequence[str]) -> Column:
    asked = ~F.coalesce(F.col(CandidateActions.channel).isin(*without_consent), F.lit(False))
    channel, campaign = F.col(CandidateActions.channel), F.col(CandidateActions.campaign)
    is_planned = channel.isNotNull()
    in_everything = F.filter(HELD, lambda h: h[Holdouts.covers] == EVERYTHING)
    in_campaign = F.filter(HELD, lambda h: (h[Holdouts.covers] != EVERYTHING) & (h[Holdouts.holdout] == campaign))
    return F.array_compact(
        F.array(
            F.when(F.col(CandidateActions.play) == NO_PLAY, _block(NO_PLAY, F.lit("no play fits"))),
            F.when(F.col(NOTHING).isNotNull(), _block(NONE, F.lit("the playbook says none"))),
            F.when(is_planned & asked & F.col(ALLOWED).isNull(), _block(NO_CONSENT, F.concat(F.lit("no consent for "), channel))),
            F.when(is_planned & (F.size(in_everything) > 0), _block(HELD_OUT, _of_group(in_everything))),
            F.when(is_planned & (F.size(in_campaign) > 0), _block(HELD_OUT, _of_group(in_campaign))),
        )
    )


def _block(reason: str, words: Column) -> Column:
    return F.struct(F.lit(reason).alias(WithheldActions.reason), words.alias(WithheldActions.reasons))


def _of_group(held: Column) -> Column:
    return F.concat(F.lit("in the control group of "), F.get(held, F.lit(0))[Holdouts.holdout])
