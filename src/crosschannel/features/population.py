"""Who gets a row of features, and how many do not, by reason.

A customer's first matching reason is counted: not_identified, then inactive, then barely_seen.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import ActivityTiles, CustomerFeatures
from crosschannel.contracts.silver import KnownMembers
from crosschannel.features.windows import DATES
from crosschannel.settings.features import OWN_ACTION_RECENCY, Population

NOT_IDENTIFIED, INACTIVE, BARELY_SEEN = "not_identified", "inactive", "barely_seen"
REASON, CUSTOMERS = "REASON", "CUSTOMERS"
GUEST_ON = "GUEST_ON"


def to_eligible(members: DataFrame, *, population: Population) -> DataFrame:
    """Return who owned an identifier on which dates: ``node_key``, ``customer_id``, ``DATES``; only who may get a row at all."""
    dates = KnownMembers.identified_on if population.identified_only else KnownMembers.known_on
    owners = members.select(KnownMembers.node_key, KnownMembers.customer_id, F.col(dates).alias(DATES))
    return owners.where(F.size(DATES) > 0)


def only_active(features: DataFrame, *, population: Population) -> DataFrame:
    """Keep customers with own actions on enough of the last days; without a window all are kept."""
    return features.where(_reason_expr(population).isNull())


def is_active_expr(within_days: int) -> Column:
    """Tell whether a row of features has an own action among the last ``within_days`` days, as_of_date included."""
    return F.coalesce(F.col(OWN_ACTION_RECENCY.name) < F.lit(float(within_days)), F.lit(False))


def to_excluded_counts(features: DataFrame, *, tiles: DataFrame, members: DataFrame, population: Population) -> DataFrame:
    """Count the customers known at each as_of_date who get no row.

    Parameters
    ----------
    features
        Of all eligible customers, active or not.
    tiles
        Tiles of the events, by which a customer who is not identified is known all the same.

    Returns
    -------
    DataFrame
        One row per as_of_date and reason: as_of_date, ``REASON``, ``CUSTOMERS``.
    """
    idle = features.select(CustomerFeatures.as_of_date, _reason_expr(population).alias(REASON)).where(F.col(REASON).isNotNull())
    counted = idle.groupBy(CustomerFeatures.as_of_date, REASON).agg(F.count(F.lit(1)).alias(CUSTOMERS))
    return counted.unionByName(_to_guest_counts(tiles, members)) if population.identified_only else counted


def _to_guest_counts(tiles: DataFrame, members: DataFrame) -> DataFrame:
    guest_on = F.array_except(KnownMembers.known_on, KnownMembers.identified_on)
    guests = members.select(KnownMembers.node_key, KnownMembers.customer_id, guest_on.alias(GUEST_ON)).where(F.size(GUEST_ON) > 0)
    first = tiles.groupBy(ActivityTiles.node_key).agg(F.min(ActivityTiles.event_date).alias(ActivityTiles.event_date))
    # many memberships to at most one row an identifier
    seen = guests.join(first, on=str(KnownMembers.node_key), how="inner").withColumn(
        CustomerFeatures.as_of_date, F.explode(F.filter(F.col(GUEST_ON), lambda d: d >= F.col(ActivityTiles.event_date)))
    )
    counted = seen.groupBy(CustomerFeatures.as_of_date).agg(F.count_distinct(KnownMembers.customer_id).alias(CUSTOMERS))
    return counted.select(CustomerFeatures.as_of_date, F.lit(NOT_IDENTIFIED).alias(REASON), CUSTOMERS)


def _reason_expr(population: Population) -> Column:
    """Return why an eligible customer gets no row; null if they get one."""
    if population.active_within_days is None:
        return F.lit(None).cast("string")
    reason = F.when(~is_active_expr(population.active_within_days), F.lit(INACTIVE))
    if population.min_active_days == 1:
        return reason
    days = F.col(population.active_days_feature)
    return reason.when(~F.coalesce(days >= F.lit(float(population.min_active_days)), F.lit(False)), F.lit(BARELY_SEEN))
