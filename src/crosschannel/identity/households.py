"""Households: a second graph, over customers, that never feeds back into the first.

Input   ``silver.identity_edges`` and ``silver.identity_map``
Output  ``silver.households``, one row per customer that shares a household with another

Customers meet at what belongs to none of them: a landline, an address, a tablet. A household
identifier speaks at once, a device only if both used it on more than one day; either is silent if
more than ``max_customers`` meet there (an office, a hotel). The strongest links join first, up to
``max_persons`` customers.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Window, functions as F

from crosschannel.contracts.customers import Households
from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.exprs.hashing import content_id_expr
from crosschannel.identity.devices import DEVICE, PERSON, to_device_persons
from crosschannel.identity.solve import Graph, Longs, Rules, solve

PLACE, PLACE_KIND, CUSTOMER, PEOPLE = "PLACE", "PLACE_KIND", "CUSTOMER", "PEOPLE"
HUB, RECORDS, SINCE, UNTIL = "HUB", "RECORDS", "SINCE", "UNTIL"
HOUSE, SIZE = "HOUSE", "SIZE"
ID_KIND, ID_DIGITS = "household", 20
HOUSES_DDL = f"{CUSTOMER} bigint, {HOUSE} bigint"


def to_meetings(
    edges: DataFrame, *, identity_map: DataFrame, people: tuple[str, ...], max_customers: int, is_lasting: bool = True
) -> DataFrame:
    """Return where customers meet.

    Parameters
    ----------
    max_customers
        A place more of them visit says nothing.
    is_lasting
        Whether one day on a device is too little.

    Returns
    -------
    DataFrame
        One row per shared identifier (``DEVICE``) and customer (``CUSTOMER``, its anchor): namespace
        ``PLACE``, ``RECORDS``, ``SINCE``, ``UNTIL``, and ``HUB``, the customer seen there most.
    """
    free = identity_map.where((F.col(IdentityMap.kind) != "person") & ~F.col(IdentityMap.is_identified)).select(
        F.col(IdentityMap.node_key).alias(DEVICE), F.col(IdentityMap.namespace).alias(PLACE), F.col(IdentityMap.kind).alias(PLACE_KIND)
    )
    persons = identity_map.where(F.col(IdentityMap.kind) == "person").select(
        F.col(IdentityMap.node_key).alias(PERSON), F.col(IdentityMap.anchor_key).alias(CUSTOMER)
    )
    at_place = Window.partitionBy(DEVICE)
    most_first = at_place.orderBy(F.col(RECORDS).desc(), CUSTOMER).rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    counts = (F.col(PLACE_KIND) == "household") | (F.to_date(SINCE) < F.to_date(UNTIL)) if is_lasting else F.lit(True)
    return (
        edges.transform(to_device_persons, people=people)
        .join(free, on=DEVICE, how="inner")
        .join(persons, on=PERSON, how="inner")
        .groupBy(DEVICE, PLACE, PLACE_KIND, CUSTOMER)
        .agg(
            F.sum(IdentityEdges.record_count).alias(RECORDS),
            F.min(IdentityEdges.first_seen_ts).alias(SINCE),
            F.max(IdentityEdges.last_seen_ts).alias(UNTIL),
        )
        .where(counts)
        .withColumns({PEOPLE: F.count(F.lit(1)).over(at_place), HUB: F.first(CUSTOMER).over(most_first)})
        .where(F.col(PEOPLE).between(2, max_customers))
        .drop(PLACE_KIND, PEOPLE)
    )


def to_links(meetings: DataFrame) -> DataFrame:
    """Return one row per pair of customers that meet: HUB, CUSTOMER, RECORDS, SINCE and UNTIL in microseconds."""
    apart = meetings.where(F.col(CUSTOMER) != F.col(HUB))
    ends = F.least(HUB, CUSTOMER).alias(HUB), F.greatest(HUB, CUSTOMER).alias(CUSTOMER)
    moments = F.min(F.unix_micros(SINCE)).alias(SINCE), F.max(F.unix_micros(UNTIL)).alias(UNTIL)
    return apart.groupBy(*ends).agg(F.sum(RECORDS).alias(RECORDS), *moments)


def houses_of(links: pa.Table, max_persons: int) -> pa.Table:
    """Group the customers of a table of links; pure, on the driver. One row per customer: ``CUSTOMER``, ``HOUSE``."""

    def longs(name: str) -> Longs:
        return np.asarray(links.column(name), dtype=np.int64)

    keys = np.unique(np.concatenate([longs(HUB), longs(CUSTOMER)]))
    size, count = len(keys), links.num_rows
    graph = Graph(
        keys=keys,
        codes=np.zeros(size, dtype=np.int64),
        first_seen=np.zeros(size, dtype=np.int64),
        events=np.zeros(size, dtype=np.int64),
        counted=np.ones(size, dtype=np.bool_),
        left=np.searchsorted(keys, longs(HUB)),
        right=np.searchsorted(keys, longs(CUSTOMER)),
        records=longs(RECORDS),
        since=longs(SINCE),
        until=longs(UNTIL),
        inferred=np.zeros(count, dtype=np.bool_),
        decided=np.zeros(count, dtype=np.bool_),
        vetoes=np.zeros((0, 2), dtype=np.int64),
    )
    found = solve(graph, Rules((max_persons,), (max_persons,), 0, max_persons)).anchor if size else keys
    return pa.table({CUSTOMER: keys, HOUSE: keys[found]})


def to_households(houses: DataFrame, *, meetings: DataFrame, identity_map: DataFrame) -> DataFrame:
    """Name the households and say what each customer shares with the others.

    Returns
    -------
    DataFrame
        ``silver.households``; a customer whose links all found the household full is in none.
    """
    anchors = identity_map.where(F.col(IdentityMap.node_key) == F.col(IdentityMap.anchor_key)).select(
        F.col(IdentityMap.anchor_key).alias(CUSTOMER), IdentityMap.customer_id
    )
    within = Window.partitionBy(HOUSE)
    named = (
        houses.join(anchors, on=CUSTOMER, how="inner")
        .withColumns({SIZE: F.count(F.lit(1)).over(within), HUB: F.min(IdentityMap.customer_id).over(within)})
        .where(F.col(SIZE) > 1)
    )
    shared = meetings.groupBy(CUSTOMER).agg(
        F.array_sort(F.collect_set(PLACE)).alias(Households.evidence),
        F.sum(RECORDS).alias(Households.record_count),
        F.min(SINCE).alias(Households.first_seen_ts),
        F.max(UNTIL).alias(Households.last_seen_ts),
    )
    household_id = F.concat(F.lit("h_"), F.left(content_id_expr(F.lit(ID_KIND), F.col(HUB)), F.lit(ID_DIGITS)))
    return named.join(shared, on=CUSTOMER, how="inner").select(
        F.col(IdentityMap.customer_id).alias(Households.customer_id),
        household_id.alias(Households.household_id),
        F.col(SIZE).cast("bigint").alias(Households.customers),
        Households.evidence,
        Households.record_count,
        Households.first_seen_ts,
        Households.last_seen_ts,
    )
