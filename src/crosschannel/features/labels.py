"""From customers' events to labels: what happened in the horizon after each as_of_date.

Input   ``silver.events`` with ``CustomerEvents``; ``gold.customer_features`` for the populations
Output  ``gold.customer_labels``

Invariants: the horizon is the ``horizon_days`` days after as_of_date; a label exists only where its
whole horizon lies inside the data, and only for customers in its population.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.contracts.silver import CustomerEvents, Events
from crosschannel.features.atoms import where_expr
from crosschannel.features.population import is_active_expr
from crosschannel.settings.labels import Label

MET = "MET"


def only_in_population(features: DataFrame, *, label: Label) -> DataFrame:
    """Keep the rows of ``gold.customer_features`` whose customers the label is defined for."""
    within_days = label.population.active_within_days
    return features if within_days is None else features.where(is_active_expr(within_days))


def complete_dates(label: Label, as_of_dates: Sequence[date], last_event_date: date) -> tuple[date, ...]:
    """Return the dates whose whole horizon lies inside the data."""
    return tuple(d for d in sorted(as_of_dates) if label.is_complete(d, last_event_date))


def to_customer_labels(
    events: DataFrame, *, features: DataFrame, labels: Sequence[Label], as_of_dates: Sequence[date], last_event_date: date
) -> DataFrame:
    """Return one row per customer in the population, complete as_of_date and label."""
    made = [
        events.transform(_to_label, features=features, label=label, as_of_dates=complete_dates(label, as_of_dates, last_event_date))
        for label in labels
    ]
    return reduce(DataFrame.unionByName, made)


def _to_label(events: DataFrame, *, features: DataFrame, label: Label, as_of_dates: Sequence[date]) -> DataFrame:
    is_labelled = F.col(CustomerFeatures.as_of_date).isin(*as_of_dates) if as_of_dates else F.lit(False)
    customers = features.where(is_labelled).transform(only_in_population, label=label)
    met = events.transform(_to_met, label=label, as_of_dates=as_of_dates)
    # one to at most one: met is distinct by customer and as_of_date
    joined = customers.join(met, on=[str(c) for c in CustomerFeatures.contract.key], how="left")
    value, otherwise = label.outcome.value_if_met, 1 - label.outcome.value_if_met
    return joined.select(
        CustomerLabels.customer_id,
        CustomerLabels.as_of_date,
        F.lit(label.name).alias(CustomerLabels.label_name),
        F.when(F.col(MET), F.lit(value)).otherwise(F.lit(otherwise)).alias(CustomerLabels.label_value),
        F.lit(label.horizon_days).alias(CustomerLabels.horizon_days),
    )


def _to_met(events: DataFrame, *, label: Label, as_of_dates: Sequence[date]) -> DataFrame:
    known = F.array(*[F.lit(d) for d in as_of_dates]) if as_of_dates else F.array().cast("array<date>")
    ahead = F.datediff(F.col(Events.event_date), F.col(CustomerFeatures.as_of_date))
    return (
        events.where(F.col(CustomerEvents.customer_id).isNotNull() & where_expr(label.outcome.where))
        .select(CustomerEvents.customer_id, Events.event_date)
        .distinct()
        .withColumn(CustomerFeatures.as_of_date, F.explode(known))
        .where((ahead >= 1) & (ahead <= label.horizon_days))
        .select(CustomerFeatures.customer_id, CustomerFeatures.as_of_date, F.lit(True).alias(MET))
        .distinct()
    )
