"""What stitching came to, in one row of counts."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.silver import IdentityMap, IdentitySummary

PEOPLE, ALL, ROWS = "PEOPLE", "ALL", "ROWS"
SIZES = "SIZES"  # customers by number of identifiers, one count per entry of SIZE_NAMES
SIZE_BOUNDS = (1, 2, 3, 4, 5, 8, 16, 32, 64)  # largest size of each class but the last
SIZE_NAMES = ("1", "2", "3", "4", "5", "6-8", "9-16", "17-32", "33-64", "65+")


def to_summary(identity_map: DataFrame, *, max_customer_size: int) -> DataFrame:
    """Count identifiers and customers.

    Returns
    -------
    DataFrame
        One row with the columns of ``IdentitySummary``, and SIZES.
    """
    customers = identity_map.groupBy(IdentityMap.customer_id, IdentityMap.is_identified).agg(
        F.count_if(F.col(IdentityMap.kind) == "person").alias(PEOPLE), F.count(F.lit(1)).alias(ALL)
    )
    return customers.agg(
        F.coalesce(F.sum(ALL), F.lit(0)).alias(IdentitySummary.identifiers),
        F.count(F.lit(1)).alias(IdentitySummary.customers),
        F.count_if(F.col(IdentityMap.is_identified)).alias(IdentitySummary.identified_customers),
        F.count_if(F.col(ALL) > 1).alias(IdentitySummary.linked_customers),
        F.count_if(F.col(PEOPLE) * 2 > max_customer_size).alias(IdentitySummary.supersized_customers),
        F.coalesce(F.sum(PEOPLE), F.lit(0)).alias(IdentitySummary.person_identifiers),
        F.coalesce(F.max(PEOPLE), F.lit(0)).alias(IdentitySummary.largest_customer),
        F.coalesce(F.max(ALL), F.lit(0)).alias(IdentitySummary.most_identifiers),
        F.array(*_size_counts()).alias(SIZES),
    )


def to_rule_counts(rows: DataFrame, *columns: str) -> DataFrame:
    """Count links or refusals by rule; one row each, a short table."""
    return rows.groupBy(*columns).agg(F.count(F.lit(1)).alias(ROWS))


def _size_counts() -> list[Column]:
    bounds = zip((0, *SIZE_BOUNDS), (*SIZE_BOUNDS, None), strict=True)
    return [F.count_if((F.col(ALL) > low) & (F.lit(True) if high is None else F.col(ALL) <= high)) for low, high in bounds]
