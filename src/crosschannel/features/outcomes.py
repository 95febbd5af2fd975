"""What decided a label of each customer and as_of_date: an event, a response, an amount, a stated value.

Input   events of customers, under the ids they have now (``LIVING``)
Output  one row per customer and as_of_date of which something is known
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.contracts.silver import Events
from crosschannel.features.atoms import where_expr
from crosschannel.features.facts import PROFILE_VERB
from crosschannel.settings.labels import Attribute, Label, Response

LIVING = "LIVING_ID"
IS_MET, AMOUNT, DAYS = "IS_MET", "AMOUNT", "DAYS"
IS_EXCLUDED = "IS_EXCLUDED"
VALUE, CONTACT_TS, RESPONSE_TS = "VALUE", "CONTACT_TS", "RESPONSE_TS"
AS_OF = str(CustomerFeatures.as_of_date)
KEYS = [LIVING, AS_OF]
DAY_SECONDS = 86_400


def to_outcomes(own: DataFrame, *, label: Label, dates: Sequence[date]) -> DataFrame:
    """Return customer, as_of_date, ``IS_MET``, ``AMOUNT`` (null unless it is one) and ``DAYS`` after as_of_date."""
    outcome = label.outcome
    if outcome.response is not None:
        return _to_responses(own, outcome.response, label, dates)
    if outcome.attribute is not None:
        return _to_stated(own, outcome.attribute, label, dates)
    matching = own.where(where_expr(outcome.where)).transform(_to_dated, dates, label.gap_days + 1, label.gap_days + label.horizon_days)
    amount = F.sum(Events.order_amount) if outcome.spend else F.lit(None).cast("decimal(28,2)")
    found = matching.groupBy(*KEYS).agg(amount.alias(AMOUNT), F.min(DAYS).alias(DAYS))
    is_met = F.coalesce(F.col(AMOUNT) >= F.lit(outcome.spend.at_least), F.lit(False)) if outcome.spend else F.lit(True)
    return found.withColumn(IS_MET, is_met)


def to_excluded(own: DataFrame, *, label: Label, dates: Sequence[date]) -> DataFrame:
    """Return the customers and as_of_dates that an exclusion of the label leaves out."""
    widest = max(e.within_days for e in label.exclude)
    recent = own.where(reduce(or_, [where_expr(e.where) for e in label.exclude])).transform(_to_dated, dates, 1 - widest, 0)
    barred = reduce(or_, [where_expr(e.where) & (F.col(DAYS) > -e.within_days) for e in label.exclude])
    return recent.where(barred).select(*KEYS, F.lit(True).alias(IS_EXCLUDED)).distinct()


def _to_responses(own: DataFrame, response: Response, label: Label, dates: Sequence[date]) -> DataFrame:
    """Follow each contact of the horizon; who had none in it is not in the result."""
    contacts = own.where(where_expr(response.to)).transform(_to_dated, dates, label.gap_days + 1, label.gap_days + label.horizon_days)
    contacted = contacts.select(*KEYS, F.col(Events.event_ts).alias(CONTACT_TS)).distinct()
    answers = own.where(where_expr(response.by) & _in_reach(dates, label)).select(LIVING, F.col(Events.event_ts).alias(RESPONSE_TS)).distinct()
    ahead = F.unix_micros(RESPONSE_TS) - F.unix_micros(CONTACT_TS)
    in_time = (ahead > 0) & (ahead <= response.within_days * DAY_SECONDS * 1_000_000)
    # many contacts to the answers of the same customer
    followed = contacted.join(answers, on=LIVING, how="left")
    after = F.datediff(F.to_date(RESPONSE_TS), F.col(AS_OF))
    return (
        followed.groupBy(*KEYS)
        .agg(F.coalesce(F.max(in_time), F.lit(False)).alias(IS_MET), F.min(F.when(in_time, after)).alias(DAYS))
        .withColumn(AMOUNT, F.lit(None).cast("decimal(28,2)"))
    )


def _to_stated(own: DataFrame, attribute: Attribute, label: Label, dates: Sequence[date]) -> DataFrame:
    """Take the latest value stated; of several at one moment the largest."""
    value = F.trim(F.col(Events.properties).getItem(attribute.property))
    of_source = F.lit(True) if attribute.source is None else F.col(Events.source) == F.lit(attribute.source)
    stated = own.where((F.col(Events.verb) == PROFILE_VERB) & of_source & (F.length(value) > 0))
    first = label.gap_days + 1 if label.horizon_days else None
    latest = F.max(F.struct(F.col(Events.event_ts), value.alias(VALUE), F.col(DAYS)))
    found = stated.transform(_to_dated, dates, first, label.gap_days + label.horizon_days).groupBy(*KEYS).agg(latest.alias(VALUE))
    return found.select(
        *KEYS,
        F.col(VALUE)[VALUE].isin(*attribute.is_in).alias(IS_MET),
        F.lit(None).cast("decimal(28,2)").alias(AMOUNT),
        F.col(VALUE)[DAYS].alias(DAYS),
    )


def _to_dated(events: DataFrame, dates: Sequence[date], first: int | None, last: int) -> DataFrame:
    """Return the events once per as_of_date they lie ``first`` to ``last`` days after, with ``DAYS``; no ``first`` is any time before."""
    known = F.array(*[F.lit(d) for d in dates]) if dates else F.array().cast("array<date>")
    ahead = F.datediff(F.col(Events.event_date), F.col(AS_OF))
    dated = events.withColumn(AS_OF, F.explode(known)).withColumn(DAYS, ahead)
    return dated.where((F.col(DAYS) <= last) if first is None else F.col(DAYS).between(first, last))


def _in_reach(dates: Sequence[date], label: Label) -> Column:
    if not dates:
        return F.lit(False)
    return F.col(Events.event_date).between(min(dates), max(dates) + timedelta(days=label.days_until_known))
