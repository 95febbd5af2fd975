"""Give events the customer they belong to.

Input   ``silver.events`` and ``silver.identity_map``
Output  the same events with customer_id and is_identified; no row is added or dropped
"""

from __future__ import annotations

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
