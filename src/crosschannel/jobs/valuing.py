"""Part of ``value_customers``: whose orders they are, a rehearsal on days held out, and the model of the day.

The rehearsal knows orders and identities up to the cutoff only; what customers did after it is found
under the ids they have now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.customers import IdentityAliases, IdentityHistory
from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.contracts.values import CustomerValues, OrderHistories
from crosschannel.features.labels import with_living_id
from crosschannel.features.orders import ACTS, OWNED_ACTS, to_order_days, to_order_histories, to_owned_counts
from crosschannel.features.population import to_eligible
from crosschannel.identity.as_of import to_known_members
from crosschannel.jobs.boosting import boosted_of, days_of
from crosschannel.models.value_groups import order_groups, spend_groups
from crosschannel.models.value_judgement import Judgement, judged
from crosschannel.models.value_model import ValueModel, fit_values, to_values
from crosschannel.models.value_report import Valued
from crosschannel.runtime.context import JobContext
from crosschannel.settings.features import Population
from crosschannel.settings.values import ValuesSettings

CURRENCIES = "CURRENCIES"
Keep = Callable[[DataFrame], DataFrame]


def histories_of(ctx: JobContext, settings: ValuesSettings, keep: Keep) -> DataFrame:
    """Return the order histories of the days that are looked at, and count the orders of nobody known."""
    days = days_of(ctx, settings)
    members = to_known_members(ctx.read(IdentityMap), ctx.read(IdentityHistory), days)
    owners = members.transform(to_eligible, population=Population(identified_only=settings.identified_only))
    ordered = keep(ctx.read(Events).transform(to_order_days, orders=settings.orders, last=ctx.as_of_date))
    counts = ordered.transform(to_owned_counts, owners=owners, as_of_date=ctx.as_of_date).collect()[0]
    ctx.check("order events whose customer is known", observed=counts[OWNED_ACTS], expected=counts[ACTS], passed=True)
    ctx.log("order events", found=counts[ACTS], of_nobody_known=counts[ACTS] - counts[OWNED_ACTS])
    return keep(ordered.transform(to_order_histories, owners=owners, held_out_days=settings.holdout_days))


def value_model_of(ctx: JobContext, settings: ValuesSettings, histories: DataFrame) -> Valued:
    """Fit the model of both days, and judge the earlier one by what came after it."""
    today, cutoff, *_ = days_of(ctx, settings)
    told = histories.where(F.col(OrderHistories.as_of_date).isin(today, cutoff))
    groups, unit = order_groups(told, settings.max_groups)
    spenders = spend_groups(told, settings.max_groups)
    lowest, highest = told.agg(F.min(OrderHistories.first_currency), F.max(OrderHistories.last_currency)).collect()[0]
    currencies = 1 if lowest == highest else 2
    rehearsal, model = (fit_values(groups.get(day), spenders.get(day), settings, currencies=currencies) for day in (cutoff, today))
    judgement = None if rehearsal.refusal else _judge(ctx, settings, histories, rehearsal, cutoff)
    valued = Valued(today, cutoff, settings, model, rehearsal, judgement, unit)
    if judgement is None or valued.refusal:
        return valued
    return replace(valued, boosted=boosted_of(ctx, settings, histories, rehearsal, judgement))


def only_day(histories: DataFrame, day: date) -> DataFrame:
    """Keep the histories of one day."""
    return histories.where(F.col(OrderHistories.as_of_date) == F.lit(day))


def to_value_rows(today: DataFrame, valued: Valued, settings: ValuesSettings) -> DataFrame:
    """Return what the model of the day foretells of each customer's history."""
    foretold = today.transform(to_values, valued.model, days=settings.horizon_days, share=settings.interval, boost=valued.boosted.boost)
    of_day = {CustomerValues.model_version: valued.stored[1], CustomerValues.horizon_days: settings.horizon_days, CustomerValues.as_of_date: valued.as_of_date}
    return foretold.withColumns({str(name): F.lit(value) for name, value in of_day.items()}).select(*CustomerValues.contract.columns)


def _judge(ctx: JobContext, settings: ValuesSettings, histories: DataFrame, rehearsal: ValueModel, cutoff: date) -> Judgement:
    then = histories.transform(only_day, cutoff)
    foretold = then.transform(to_values, rehearsal, days=settings.holdout_days, share=settings.interval)
    living = foretold.transform(with_living_id, ctx.read(IdentityAliases))
    return judged(living, histories.transform(only_day, ctx.as_of_date), with_value=rehearsal.spend is not None)
