"""Give events the customer they belong to.

Input   ``silver.events`` and ``silver.identity_map``, or the memberships of any day
Output  the same events with customer_id and is_identified; no row is added or dropped
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.silver import CustomerEvents, Events, IdentityMap


def with_customer(events: DataFrame, identity_map: DataFrame) -> DataFrame:
    """Add the customer of each event's strongest identifier.

    Events without a usable identifier (such as campaign spend) keep a null customer_id and are
    not identified.
    """
    customers = identity_map.select(
        F.col(IdentityMap.node_key).alias(Events.node_key),
        F.col(IdentityMap.customer_id).alias(CustomerEvents.customer_id),
        F.col(IdentityMap.is_identified).alias(CustomerEvents.is_identified),
    )
    # many events to one identifier: node_key is the key of the map
    joined = events.join(customers, on=Events.node_key, how="left")
    return joined.withColumn(CustomerEvents.is_identified, F.coalesce(CustomerEvents.is_identified, F.lit(False)))


def with_customer_as_of(events: DataFrame, memberships: DataFrame, as_of_date: date) -> DataFrame:
    """Add the customer each event's identifier was known to belong to at the end of a day.

    Parameters
    ----------
    memberships
        Open and ended memberships (:func:`.history.to_memberships`).
    as_of_date
        Last day that may be known: a link found later, or a number that passed to somebody else
        later, changes nothing.

    Returns
    -------
    DataFrame
        The events up to that day; one whose identifier was not linked yet has a null customer_id.
    """
    known_until = F.lit(end_of(as_of_date)).cast("timestamp")
    valid = (F.col(IdentityMap.valid_from) < known_until) & (F.col(IdentityMap.valid_to) >= known_until)
    return events.where(F.col(Events.event_date) <= F.lit(as_of_date)).transform(with_customer, memberships.where(valid))


def end_of(day: date) -> datetime:
    """Return the first moment after a day."""
    return datetime.combine(day + timedelta(days=1), time())
