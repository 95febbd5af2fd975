"""From events to the ledger of consent: one row per statement and identifier.

Input   silver.events and silver.identifiers
Output  silver.consents

A statement is booked for every identifier of its event that may link somebody. So an opt-out made
on one device holds wherever that device, or the address beside it, ends up. What says nothing new is not
booked: last week's export once more, or a second refusal after the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame, Window, functions as F

from crosschannel.contracts.privacy import ALL_CHANNELS, GRANTED, WITHDRAWN, Consents
from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.exprs.hashing import content_id_expr
from crosschannel.settings.consent import Statement

ONE, SAME_SOURCE, ANYBODY = "ONE", "SAME_SOURCE", "ANYBODY"
SUBJECT = (Consents.node_key, Consents.purpose, Consents.channel)
SAID_TYPE = f"array<struct<{Consents.purpose}:string,{Consents.channel}:string,{Consents.basis}:string,{Consents.status}:string>>"


def to_statements(events: DataFrame, identifiers: DataFrame, statements: Sequence[Statement]) -> DataFrame:
    """Return the rows of ``silver.consents`` that events make."""
    told = events.where(reduce(or_, [_applies_expr(s) for s in statements]))
    about: dict[tuple[str, str], list[Statement]] = {}
    for one in statements:
        about.setdefault((one.purpose, one.channel or ALL_CHANNELS), []).append(one)
    said = F.filter(F.array(*[_said_expr(*pair, group) for pair, group in about.items()]).cast(SAID_TYPE), lambda s: s[Consents.status].isNotNull())
    spread = told.select(Events.event_id, Events.source, Events.event_ts, F.explode(said).alias(ONE))
    usable = identifiers.where(F.col(Identifiers.screen_reason).isNull()).select(Identifiers.event_id, Identifiers.node_key, Identifiers.namespace)
    rows = spread.join(usable, on=str(Events.event_id), how="inner")
    return rows.transform(_to_ledger).transform(_only_news).select(*Consents.contract.columns)


def only_new_grants(statements: DataFrame) -> DataFrame:
    """Drop grants that only repeat what the same source said of the identifier before; withdrawals all stay."""
    marked = statements.withColumn(SAME_SOURCE, _said_before(*SUBJECT, Consents.source))
    return marked.where((F.col(Consents.status) == WITHDRAWN) | ~F.col(SAME_SOURCE).eqNullSafe(F.lit(GRANTED))).drop(SAME_SOURCE)


def _only_news(statements: DataFrame) -> DataFrame:
    """Drop grants that repeat their source, and withdrawals that repeat both their source and whoever spoke last."""
    before = {SAME_SOURCE: _said_before(*SUBJECT, Consents.source), ANYBODY: _said_before(*SUBJECT)}
    repeats_source, repeats_all = (F.col(name).eqNullSafe(F.col(Consents.status)) for name in before)
    is_news = ~repeats_source | ((F.col(Consents.status) == WITHDRAWN) & ~repeats_all)
    return statements.withColumns(before).where(is_news).drop(*before)


def _said_before(*subject: str) -> Column:
    """Return the status before; at one moment the grant comes first, so that the withdrawal is the last word."""
    return F.lag(Consents.status).over(Window.partitionBy(*subject).orderBy(Consents.event_ts, Consents.status, Consents.statement_id))


def _to_ledger(rows: DataFrame) -> DataFrame:
    one = F.col(ONE)
    return rows.select(
        content_id_expr(F.col(Events.event_id), F.col(Identifiers.node_key), one[Consents.purpose], one[Consents.channel]).alias(Consents.statement_id),
        F.col(Identifiers.node_key).alias(Consents.node_key),
        F.col(Identifiers.namespace).alias(Consents.namespace),
        *[one[c].alias(c) for c in (Consents.purpose, Consents.channel, Consents.status, Consents.basis)],
        F.col(Events.source).alias(Consents.source),
        F.col(Events.event_id).alias(Consents.event_id),
        F.col(Events.event_ts).alias(Consents.event_ts),
    )


def _said_expr(purpose: str, channel: str, group: Sequence[Statement]) -> Column:
    """Say what an event means for a purpose and channel: the withdrawal, where two declarations read it differently."""
    said = [F.when(_applies_expr(s), _status_expr(s)) for s in group]
    strictest = F.greatest(*said) if len(said) > 1 else said[0]  # withdrawn comes after granted
    basis = F.coalesce(*[F.when(status == strictest, F.lit(s.basis)) for s, status in zip(group, said, strict=True)])
    return F.struct(F.lit(purpose), F.lit(channel), basis, strictest)


def _applies_expr(statement: Statement) -> Column:
    mine = F.col(Events.source) == statement.source
    if statement.property is None:
        return mine & (F.col(Events.verb) == statement.verb)
    return mine & (_value_expr(statement).isNotNull() if statement.status is None else _is_true_expr(statement))


def _status_expr(statement: Statement) -> Column:
    return F.lit(statement.status) if statement.status else F.when(_is_true_expr(statement), GRANTED).otherwise(WITHDRAWN)


def _value_expr(statement: Statement) -> Column:
    return F.col(Events.properties)[F.lit(statement.property)]


def _is_true_expr(statement: Statement) -> Column:
    return F.coalesce(F.trim(_value_expr(statement)).try_cast("boolean"), F.lit(False))  # what is not clearly a yes is a no
