"""From events to order histories: how often a customer ordered, when last, for how long, for how much.

Input   ``silver.events`` and whose identifiers they were known to be on each as_of_date
Output  one row per customer with an order and as_of_date (:class:`OrderHistories`)

Invariants: a day with orders is one order; the first is where a history begins, and only those after it
count; amounts are cents, so that no sum depends on an order. Identities are those known on the
as_of_date: nobody is joined by what was learned later.
"""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.silver import Events
from crosschannel.contracts.values import OrderHistories
from crosschannel.features.atoms import where_expr
from crosschannel.features.facts import SCALES, whole_expr
from crosschannel.features.windows import DATES
from crosschannel.settings.conditions import Conditions

DAY, CENTS, LEAST, MOST = "DAY", "CENTS", "LEAST", "MOST"
FIRST, FIRST_CENTS = "FIRST", "FIRST_CENTS"
ACTS, OWNED_ACTS = "ACTS", "OWNED_ACTS"


def to_order_days(events: DataFrame, *, orders: Conditions, last: date) -> DataFrame:
    """Return, per identifier and day up to ``last``, how many order events there were, their value and their currencies."""
    ordered = events.where(where_expr(orders) & (F.col(Events.event_date) <= F.lit(last)))
    cents = whole_expr(F.col(Events.order_amount), SCALES["amount"])
    currency = F.when(F.col(Events.order_amount).isNotNull(), F.coalesce(Events.currency_code, F.lit("")))  # an amount that names none is one of its own
    sums = (F.count(F.lit(1)).alias(ACTS), F.sum(cents).alias(CENTS), F.min(currency).alias(LEAST), F.max(currency).alias(MOST))
    return ordered.groupBy(Events.node_key, F.col(Events.event_date).alias(DAY)).agg(*sums)


def to_owned_counts(days: DataFrame, *, owners: DataFrame, as_of_date: date) -> DataFrame:
    """Return one row: order events, and those of them whose customer is known on a day."""
    known = owners.where(F.array_contains(DATES, F.lit(as_of_date))).select(Events.node_key, F.lit(1).alias(OWNED_ACTS))
    # many order days to the one owner an identifier has on a date
    owned = days.join(known, on=Events.node_key, how="left")
    counts = {ACTS: F.sum(ACTS), OWNED_ACTS: F.sum(F.col(ACTS) * F.col(OWNED_ACTS))}
    return owned.agg(*[F.coalesce(how, F.lit(0)).alias(name) for name, how in counts.items()])


def to_order_histories(days: DataFrame, *, owners: DataFrame, held_out_days: int) -> DataFrame:
    """Return the columns of :class:`OrderHistories`.

    Parameters
    ----------
    days
        As :func:`to_order_days` returns them.
    owners
        Whose an identifier was on which dates, as :func:`.population.to_eligible` returns it.
    held_out_days
        Orders of the last so many days of each date are counted apart as well: a model of the day before them does not know them.
    """
    # many order days to the one owner an identifier has on a date
    owned = days.join(owners, on=Events.node_key, how="inner").withColumn(OrderHistories.as_of_date, F.explode(DATES))
    known = owned.where(F.col(DAY) <= F.col(OrderHistories.as_of_date))
    sums = (F.sum(CENTS).alias(CENTS), F.min(LEAST).alias(LEAST), F.max(MOST).alias(MOST))
    by_day = known.groupBy(OrderHistories.customer_id, OrderHistories.as_of_date, DAY).agg(*sums)
    return by_day.transform(_to_histories, held_out_days)


def _to_histories(by_day: DataFrame, held_out_days: int) -> DataFrame:
    valued, late = F.greatest(F.col(CENTS), F.lit(0)), F.col(DAY) > F.date_sub(OrderHistories.as_of_date, held_out_days)
    gathered = by_day.groupBy(OrderHistories.customer_id, OrderHistories.as_of_date).agg(
        F.min(DAY).alias(FIRST),
        F.max(DAY).alias(DAY),
        F.min_by(valued, DAY).alias(FIRST_CENTS),
        F.count(F.lit(1)).alias(OrderHistories.repeat_orders),
        F.count_if(valued > 0).alias(OrderHistories.valued_orders),
        F.sum(valued).alias(OrderHistories.valued_cents),
        F.count_if(late).alias(OrderHistories.late_orders),
        F.sum(F.when(late, valued).otherwise(F.lit(0))).alias(OrderHistories.late_cents),
        F.min(LEAST).alias(OrderHistories.first_currency),
        F.max(MOST).alias(OrderHistories.last_currency),
    )
    first_valued = F.col(FIRST_CENTS) > 0
    return gathered.select(
        OrderHistories.customer_id,
        OrderHistories.as_of_date,
        (F.col(OrderHistories.repeat_orders) - 1).alias(OrderHistories.repeat_orders),
        F.datediff(DAY, FIRST).cast("bigint").alias(OrderHistories.last_order_days),
        F.datediff(OrderHistories.as_of_date, FIRST).cast("bigint").alias(OrderHistories.age_days),
        (F.col(OrderHistories.valued_orders) - first_valued.cast("bigint")).alias(OrderHistories.valued_orders),
        (F.col(OrderHistories.valued_cents) - F.col(FIRST_CENTS)).alias(OrderHistories.valued_cents),
        OrderHistories.late_orders,
        OrderHistories.late_cents,
        OrderHistories.first_currency,
        OrderHistories.last_currency,
    )
