"""Who gets a row of features, and how many do not, by reason.

A customer's first matching reason is counted: not_identified, then inactive, then barely_seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.contracts.silver import CustomerEvents, Events
from crosschannel.settings.conditions import OWN_VERBS
from crosschannel.settings.features import OWN_ACTION_RECENCY, Population

NOT_IDENTIFIED, INACTIVE, BARELY_SEEN = "not_identified", "inactive", "barely_seen"
REASON, CUSTOMERS = "REASON", "CUSTOMERS"
IDENTIFIED, LAST_OWN_DATE, OWN_DAYS = "IDENTIFIED", "LAST_OWN_DATE", "OWN_DAYS"


def only_customers(events: DataFrame) -> DataFrame:
    """Keep events that belong to a customer; spend and events without identifier do not."""
    return events.where(F.col(CustomerEvents.customer_id).isNotNull())


def only_eligible(events: DataFrame, *, population: Population) -> DataFrame:
    """Keep events of customers who may be in the population at all."""
    return events.where(CustomerEvents.is_identified) if population.identified_only else events


def only_active(features: DataFrame, *, population: Population) -> DataFrame:
    """Keep customers with own actions on enough of the last days; without a window all are kept."""
    if population.active_within_days is None:
        return features
    active = features.where(is_active_expr(population.active_within_days))
    if population.min_active_days == 1:
        return active
    return active.where(F.col(population.active_days_feature) >= F.lit(float(population.min_active_days)))


def is_active_expr(within_days: int) -> Column:
    """Tell whether a row of features has an own action among the last ``within_days`` days, as_of_date included."""
    return F.coalesce(F.col(OWN_ACTION_RECENCY.name) < F.lit(float(within_days)), F.lit(False))


def to_excluded_counts(events: DataFrame, *, population: Population, as_of_dates: Sequence[date]) -> DataFrame:
    """Count the customers known at each as_of_date who get no row.

    Returns
    -------
    DataFrame
        One row per as_of_date and reason: as_of_date, ``REASON``, ``CUSTOMERS``.
    """
    own_date = F.when(F.col(Events.verb).isin(*OWN_VERBS), F.col(Events.event_date))
    calendar = F.explode(F.array(*[F.lit(d) for d in sorted(as_of_dates)])).alias(CustomerFeatures.as_of_date)
    days = events.groupBy(CustomerEvents.customer_id, Events.event_date).agg(
        F.max(CustomerEvents.is_identified).alias(IDENTIFIED), F.max(own_date).alias(LAST_OWN_DATE)
    )
    seen = days.select("*", calendar).where(F.col(Events.event_date) <= F.col(CustomerFeatures.as_of_date))
    customers = seen.groupBy(CustomerEvents.customer_id, CustomerFeatures.as_of_date).agg(
        F.max(IDENTIFIED).alias(IDENTIFIED),
        F.max(LAST_OWN_DATE).alias(LAST_OWN_DATE),
        F.count_if(_days_ago(LAST_OWN_DATE) < (population.active_within_days or 0)).alias(OWN_DAYS),
    )
    excluded = customers.withColumn(REASON, _reason_expr(population)).where(F.col(REASON).isNotNull())
    return excluded.groupBy(CustomerFeatures.as_of_date, REASON).agg(F.count("*").alias(CUSTOMERS))


def _reason_expr(population: Population) -> Column:
    reason = F.lit(None).cast("string")
    if population.active_within_days is not None:
        is_active = F.coalesce(_days_ago(LAST_OWN_DATE) < population.active_within_days, F.lit(False))
        reason = F.when(F.col(OWN_DAYS) < population.min_active_days, F.lit(BARELY_SEEN)).otherwise(reason)
        reason = F.when(~is_active, F.lit(INACTIVE)).otherwise(reason)
    if population.identified_only:
        reason = F.when(~F.col(IDENTIFIED), F.lit(NOT_IDENTIFIED)).otherwise(reason)
    return reason


def _days_ago(day: str) -> Column:
    return F.datediff(F.col(CustomerFeatures.as_of_date), F.col(day))
