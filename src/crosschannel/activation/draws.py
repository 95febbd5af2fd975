"""Lots: who drew which, through merges and splits of customers.

- **own**: a customer published before keeps its lot.
- **merge**: where several lots meet, the earliest goes on; of the same day the customer's own, then the smaller id.
- **split**: a new customer that came out of another one carries that one's lot.
- **new**: everybody else draws with the own id.

A lot, once drawn, is only ever replaced by an earlier one, so a run that is repeated changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.activation.arms import mixed_expr
from crosschannel.contracts.activation import MERGE, SPLIT, HoldoutDraws, HoldoutEvents
from crosschannel.contracts.customers import SPLIT as DIVISION, IdentityAliases, IdentityEvents
from crosschannel.exprs.hashing import content_id_expr
from crosschannel.settings.holdouts import HoldoutRule

OWN, UNITED, PART, GRAND_PART, NEW = 0, 1, 2, 3, 4  # how a customer comes by a lot
RANK, PARENT, HOLDER, CLAIMS, BEST, CLAIM = "RANK", "PARENT", "HOLDER", "CLAIMS", "BEST", "CLAIM"


def to_claims(customer_ids: DataFrame, draws: DataFrame, aliases: DataFrame, events: DataFrame, as_of_date: date) -> DataFrame:
    """Return every lot that a published customer has a claim to, the best one first.

    Parameters
    ----------
    customer_ids
        One row per published customer.
    draws
        Rows of ``gold.holdout_draws`` as the last run left them.
    aliases, events
        ``silver.identity_aliases`` and ``silver.identity_events``.
    """
    known = draws.select(F.col(HoldoutDraws.customer_id).alias(HOLDER), HoldoutDraws.draw_id, HoldoutDraws.since_date)
    own = known.select(F.col(HOLDER).alias(HoldoutDraws.customer_id), *_lot(F.lit(OWN)))
    heirs = aliases.where(F.col(IdentityAliases.customer_id).isNotNull())
    united = heirs.join(known, on=F.col(IdentityAliases.retired_customer_id) == F.col(HOLDER), how="inner").select(
        IdentityAliases.customer_id, *_lot(F.lit(UNITED))
    )
    parts = _ancestors(events).join(known, on=F.col(PARENT) == F.col(HOLDER), how="inner").select(IdentityEvents.customer_id, *_lot(F.col(RANK)))
    fresh = customer_ids.select(
        HoldoutDraws.customer_id,
        F.col(HoldoutDraws.customer_id).alias(HOLDER),
        F.col(HoldoutDraws.customer_id).alias(HoldoutDraws.draw_id),
        F.lit(as_of_date).alias(HoldoutDraws.since_date),
        F.lit(NEW).alias(RANK),
    )
    claims = own.unionByName(united).unionByName(parts).unionByName(fresh)
    ordered = F.struct(HoldoutDraws.since_date, RANK, HoldoutDraws.draw_id, HOLDER)
    all_of = claims.groupBy(HoldoutDraws.customer_id).agg(F.array_sort(F.collect_set(ordered)).alias(CLAIMS))
    live = all_of.where(F.exists(CLAIMS, lambda c: c[RANK] == NEW))  # only a published customer draws a new lot
    return live.withColumn(CLAIMS, _standing_expr()).withColumn(BEST, F.element_at(CLAIMS, 1))


def to_draws(claims: DataFrame) -> DataFrame:
    """Return the lot of each published customer."""
    return claims.select(
        HoldoutDraws.customer_id,
        F.col(BEST)[HoldoutDraws.draw_id].alias(HoldoutDraws.draw_id),
        F.col(BEST)[HoldoutDraws.since_date].alias(HoldoutDraws.since_date),
    )


def to_holdout_events(claims: DataFrame, rules: Sequence[HoldoutRule], as_of_date: date) -> DataFrame:
    """Return what merges and splits did to lots; what an earlier run told is told once more, under the same key."""
    kept, claim = F.col(BEST)[HoldoutDraws.draw_id], F.col(CLAIM)
    met = claims.select(HoldoutDraws.customer_id, BEST, F.explode(CLAIMS).alias(CLAIM))
    is_given_up = claim[HoldoutDraws.draw_id] != kept
    is_part = claim[RANK].isin(PART, GRAND_PART)
    event_type = F.when(is_part & ~is_given_up, F.lit(SPLIT)).otherwise(F.lit(MERGE))
    other = F.when(is_part & ~is_given_up, claim[HOLDER]).otherwise(claim[HoldoutDraws.draw_id])
    said = met.where(is_given_up | is_part).select(
        event_type.alias(HoldoutEvents.event_type),
        HoldoutEvents.customer_id,
        kept.alias(HoldoutEvents.draw_id),
        other.alias(HoldoutEvents.other_id),
        mixed_expr(rules, kept, claim[HoldoutDraws.draw_id]).alias(HoldoutEvents.mixed_holdouts),
        F.lit(as_of_date).alias(HoldoutEvents.as_of_date),
    )
    names = (HoldoutEvents.event_type, HoldoutEvents.customer_id, HoldoutEvents.draw_id, HoldoutEvents.other_id)
    return said.withColumn(HoldoutEvents.event_key, content_id_expr(*[F.col(c) for c in names])).dropDuplicates([HoldoutEvents.event_key])


def _lot(rank: Column) -> tuple[Column, ...]:
    return F.col(HOLDER), F.col(HoldoutDraws.draw_id), F.col(HoldoutDraws.since_date), rank.alias(RANK)


def _standing_expr() -> Column:
    """Return the claims that count: the lot of a parent only without one's own and nearest first, a new lot only without any."""
    has_own = F.exists(CLAIMS, lambda c: c[RANK] == OWN)
    has_parent = F.exists(CLAIMS, lambda c: c[RANK] == PART)
    settled = F.filter(
        CLAIMS,
        lambda c: c[RANK].isin(OWN, UNITED) | ((c[RANK] == PART) & ~has_own) | ((c[RANK] == GRAND_PART) & ~has_own & ~has_parent),
    )
    return F.when(F.size(settled) == 0, F.col(CLAIMS)).otherwise(settled)


def _ancestors(events: DataFrame) -> DataFrame:
    """Return, for each part of a split, the customer it came from and the one that came from: both may lie between two runs."""
    split = events.where(F.col(IdentityEvents.event_type) == DIVISION)
    parts = split.select(F.explode(IdentityEvents.other_customer_ids).alias(IdentityEvents.customer_id), F.col(IdentityEvents.customer_id).alias(PARENT))
    further = parts.select(F.col(IdentityEvents.customer_id).alias(HOLDER), F.col(PARENT).alias(CLAIM))
    older = parts.join(further, on=F.col(PARENT) == F.col(HOLDER), how="inner").select(IdentityEvents.customer_id, F.col(CLAIM).alias(PARENT))
    return parts.withColumn(RANK, F.lit(PART)).unionByName(older.withColumn(RANK, F.lit(GRAND_PART)))
