"""What a release changed: each row's hash, and how it differs from the release before.

Grain: one row per customer. A row's hash covers what a reader would act on (segment, confidence,
scores, model versions), not the day or the release it was published with, so a customer about whom
nothing changed keeps hash and ``updated_at``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.serving import PublishedSegments, SegmentChanges

INSERT, UPDATE, UNCHANGED, DELETE = "insert", "update", "unchanged", "delete"
NOT_CONTENT = (
    PublishedSegments.as_of_date,
    PublishedSegments.release_id,
    PublishedSegments.row_hash,
    PublishedSegments.change_type,
    PublishedSegments.updated_at,
)
HASH_BEFORE, UPDATED_BEFORE = "HASH_BEFORE", "UPDATED_BEFORE"
HASH_LENGTH = 32


def content_expr(columns: Iterable[str]) -> Column:
    """Return the text of a row that hashes are made of: JSON, nulls spelled out."""
    return F.to_json(F.struct(*columns), {"ignoreNullFields": "false"})


def with_row_hash(customer_rows: DataFrame) -> DataFrame:
    """Add the hash of a row's content."""
    content = sorted(c for c in customer_rows.columns if c not in NOT_CONTENT)  # by name: the order of scores in a project is no change
    return customer_rows.withColumn(PublishedSegments.row_hash, F.substring(F.sha2(content_expr(content), 256), 1, HASH_LENGTH))


def with_change(customer_rows: DataFrame, before: DataFrame, as_of_date: date) -> DataFrame:
    """Add how each row differs from the release before, and when it last changed.

    ``updated_at`` is the midnight that ends ``as_of_date`` for a new or changed row; an unchanged
    one keeps its own. No clock is read, so a rerun publishes the same rows.
    """
    known = before.select(
        PublishedSegments.customer_id,
        F.col(PublishedSegments.row_hash).alias(HASH_BEFORE),
        F.col(PublishedSegments.updated_at).alias(UPDATED_BEFORE),
    )
    same = F.col(HASH_BEFORE) == F.col(PublishedSegments.row_hash)
    change = F.when(F.col(HASH_BEFORE).isNull(), INSERT).when(same, UNCHANGED).otherwise(UPDATE)
    end_of_day = F.lit(as_of_date + timedelta(days=1)).cast("timestamp")
    return (
        customer_rows.join(known, on=PublishedSegments.customer_id, how="left")
        .withColumns({PublishedSegments.change_type: change, PublishedSegments.updated_at: F.when(same, F.col(UPDATED_BEFORE)).otherwise(end_of_day)})
        .drop(HASH_BEFORE, UPDATED_BEFORE)
    )


def to_changes(customer_rows: DataFrame, before: DataFrame) -> DataFrame:
    """Return one row per customer that was inserted, updated or deleted."""
    after = customer_rows.select(
        PublishedSegments.customer_id,
        PublishedSegments.change_type,
        F.col(PublishedSegments.segment_id).alias(SegmentChanges.segment_after),
    )
    left = before.select(PublishedSegments.customer_id, F.col(PublishedSegments.segment_id).alias(SegmentChanges.segment_before))
    change = F.coalesce(F.col(PublishedSegments.change_type), F.lit(DELETE))  # only in the release before
    return (
        after.join(left, on=PublishedSegments.customer_id, how="full")
        .withColumn(SegmentChanges.change_type, change)
        .where(F.col(SegmentChanges.change_type) != UNCHANGED)
    )
