"""From customers' events to labels: what happened in the horizon after each as_of_date.

Input   ``silver.events`` with ``CustomerEvents``; ``gold.customer_features`` for the populations;
        ``silver.identity_aliases``, by which a customer who merged later is followed
Output  every customer of each label's population, with the outcome or why there is none

Invariants: the horizon is the ``horizon_days`` days that begin ``gap_days`` after as_of_date; a label
exists only where all that decides it lies inside the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.customers import IdentityAliases
from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.contracts.silver import CustomerEvents
from crosschannel.features.outcomes import AMOUNT, DAYS, IS_EXCLUDED, IS_MET, KEYS, LIVING, to_excluded, to_outcomes
from crosschannel.features.population import is_active_expr
from crosschannel.settings.labels import Label

STATUS, LABELLED, EXCLUDED, UNDECIDED = "STATUS", "labelled", "excluded", "undecided"


def only_in_population(features: DataFrame, *, label: Label) -> DataFrame:
    """Keep the rows of ``gold.customer_features`` whose customers the label is defined for."""
    within_days = label.population.active_within_days
    return features if within_days is None else features.where(is_active_expr(within_days))


def complete_dates(label: Label, as_of_dates: Sequence[date], last_event_date: date) -> tuple[date, ...]:
    """Return the dates for which all that decides the label lies inside the data."""
    return tuple(d for d in sorted(as_of_dates) if label.is_complete(d, last_event_date))


def with_living_id(features: DataFrame, aliases: DataFrame) -> DataFrame:
    """Add the id under which the customer of an earlier date is known now; events carry today's ids."""
    known = aliases.select(
        F.col(IdentityAliases.retired_customer_id).alias(CustomerFeatures.customer_id), F.col(IdentityAliases.customer_id).alias(LIVING)
    )
    joined = features.join(known, on=str(CustomerFeatures.customer_id), how="left")  # a retired id is one hop from one that lives
    return joined.withColumn(LIVING, F.coalesce(LIVING, F.col(CustomerFeatures.customer_id)))


def to_judged(events: DataFrame, *, features: DataFrame, labels: Sequence[Label], as_of_dates: Sequence[date], last_event_date: date) -> DataFrame:
    """Return one row per customer in the population, complete as_of_date and label.

    Parameters
    ----------
    features
        Rows of ``gold.customer_features`` with ``LIVING``.

    Returns
    -------
    DataFrame
        Columns of ``gold.customer_labels``, and ``STATUS``: labelled, excluded, or undecided, if what
        decides the label never came.
    """
    made = [_judged(events, features, label, complete_dates(label, as_of_dates, last_event_date)) for label in labels]
    return reduce(DataFrame.unionByName, made)


def to_customer_labels(judged: DataFrame) -> DataFrame:
    """Return rows of ``gold.customer_labels``."""
    return judged.where(F.col(STATUS) == LABELLED).select(*CustomerLabels.contract.columns)


def _judged(events: DataFrame, features: DataFrame, label: Label, dates: Sequence[date]) -> DataFrame:
    is_dated = F.col(CustomerFeatures.as_of_date).isin(*dates) if dates else F.lit(False)
    customers = features.where(is_dated).transform(only_in_population, label=label).select(CustomerFeatures.customer_id, *KEYS)
    own = events.where(F.col(CustomerEvents.customer_id).isNotNull()).withColumnRenamed(CustomerEvents.customer_id, LIVING)
    # one to at most one: outcomes and exclusions are distinct by customer and as_of_date
    judged = customers.join(own.transform(to_outcomes, label=label, dates=dates), on=KEYS, how="left")
    if label.exclude:
        judged = judged.join(own.transform(to_excluded, label=label, dates=dates), on=KEYS, how="left")
    return judged.withColumn(STATUS, _status_expr(label)).select(*_label_columns(label), STATUS)


def _label_columns(label: Label) -> list[Column]:
    value, spent = label.outcome.value_if_met, F.coalesce(F.col(AMOUNT), F.lit(0)) if label.outcome.spend else F.lit(None)
    return [
        F.col(CustomerLabels.customer_id),
        F.col(CustomerLabels.as_of_date),
        F.lit(label.name).alias(CustomerLabels.label_name),
        F.when(F.col(IS_MET), F.lit(value)).otherwise(F.lit(1 - value)).alias(CustomerLabels.label_value),
        F.lit(label.days_until_known).alias(CustomerLabels.horizon_days),
        spent.cast("decimal(18,2)").alias(CustomerLabels.spent_amount),
        F.col(DAYS).alias(CustomerLabels.after_days),
    ]


def _status_expr(label: Label) -> Column:
    """Say whether a customer has a label; a response nobody was asked for and a value nobody stated decide nothing."""
    status = F.lit(LABELLED)
    if label.outcome.response is not None or label.outcome.attribute is not None:
        status = F.when(F.col(IS_MET).isNull(), F.lit(UNDECIDED)).otherwise(status)
    return F.when(F.col(IS_EXCLUDED), F.lit(EXCLUDED)).otherwise(status) if label.exclude else status
