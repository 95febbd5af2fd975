"""From events to the ledger of consent: one row per statement and identifier.

Input   silver.events and silver.identifiers
Output  silver.consents

A statement is booked for every identifier of its event that may link somebody. So an opt-out made
on one device holds wherever that device, or the address beside it, ends up.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.privacy import ALL_CHANNELS, GRANTED, WITHDRAWN, Consents
from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.exprs.hashing import content_id_expr
from crosschannel.settings.consent import Statement

SAID, ONE = "SAID", "ONE"
SAID_TYPE = f"array<struct<{Consents.purpose}:string,{Consents.channel}:string,{Consents.basis}:string,{Consents.status}:string>>"


def to_statements(events: DataFrame, identifiers: DataFrame, statements: Sequence[Statement]) -> DataFrame:
    """Return the rows of ``silver.consents`` that events make."""
    told = events.where(reduce(or_, [_applies_expr(s) for s in statements]))
    said = F.filter(F.array(*[_said_expr(s) for s in statements]).cast(SAID_TYPE), lambda one: one[Consents.status].isNotNull())
    spread = told.select(Events.event_id, Events.source, Events.event_ts, F.explode(said).alias(ONE))
    usable = identifiers.where(F.col(Identifiers.screen_reason).isNull()).select(Identifiers.event_id, Identifiers.node_key, Identifiers.namespace)
    rows = spread.join(usable, on=str(Events.event_id), how="inner")
    one = F.col(ONE)
    return rows.select(
        content_id_expr(F.col(Events.event_id), F.col(Identifiers.node_key), one[Consents.purpose], one[Consents.channel]).alias(Consents.statement_id),
        F.col(Identifiers.node_key).alias(Consents.node_key),
        F.col(Identifiers.namespace).alias(Consents.namespace),
        *[one[c].alias(c) for c in (Consents.purpose, Consents.channel, Consents.status, Consents.basis)],
        F.col(Events.source).alias(Consents.source),
        F.col(Events.event_id).alias(Consents.event_id),
        F.col(Events.event_ts).alias(Consents.event_ts),
    ).transform(_only_strictest)


def _applies_expr(statement: Statement) -> Column:
    mine = F.col(Events.source) == statement.source
    if statement.property is None:
        return mine & (F.col(Events.verb) == statement.verb)
    return mine & (_value_expr(statement).isNotNull() if statement.status is None else _is_true_expr(statement))


def _said_expr(statement: Statement) -> Column:
    status = F.lit(statement.status) if statement.status else F.when(_is_true_expr(statement), GRANTED).otherwise(WITHDRAWN)
    return F.struct(
        F.lit(statement.purpose), F.lit(statement.channel or ALL_CHANNELS), F.lit(statement.basis), F.when(_applies_expr(statement), status)
    )


def _value_expr(statement: Statement) -> Column:
    return F.col(Events.properties)[F.lit(statement.property)]


def _is_true_expr(statement: Statement) -> Column:
    return F.coalesce(F.trim(_value_expr(statement)).try_cast("boolean"), F.lit(False))  # what is not clearly a yes is a no


def _only_strictest(rows: DataFrame) -> DataFrame:
    """Keep one row a statement: where two declarations read one event differently, the withdrawal."""
    others = [c for c in Consents.contract.columns if c not in (Consents.statement_id, Consents.status)]
    least = F.max(F.struct(Consents.status, *others))  # withdrawn comes after granted
    kept = rows.groupBy(Consents.statement_id).agg(least.alias(ONE))
    return kept.select(Consents.statement_id, F.col(f"{ONE}.*")).select(*Consents.contract.columns)
