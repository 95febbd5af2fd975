"""What differs between any two releases: new, changed, gone; wide (a row per customer) and long (per customer and score).

Grain as said; keys are unique; rows that are the same in both are left out. Nothing depends on how the
releases were made, so it holds over a rollback and between releases that do not follow each other. A row
is valid from the midnight that ends the as-of date of the newer release.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.delivery import CHANGED, GONE, NEW, CustomerChanges, ScoreChanges
from crosschannel.contracts.serving import PublishedScores
from crosschannel.publish.changes import HASH_LENGTH, NOT_CONTENT, content_expr

HASH_BEFORE = "HASH_BEFORE"
SCORE_CONTENT = (PublishedScores.score, PublishedScores.probability, PublishedScores.decile, PublishedScores.model_version)


def to_customer_changes(before: DataFrame, after: DataFrame, as_of_date: date) -> DataFrame:
    """Return the customers that differ, from two readings of ``serving.customer_segments``."""
    left_out = {str(c) for c in (*NOT_CONTENT, CustomerChanges.customer_id)}
    content = [c for c in after.columns if c not in left_out]
    return _to_changes(before, after, (CustomerChanges.customer_id,), content, as_of_date)


def to_score_changes(before: DataFrame, after: DataFrame, as_of_date: date) -> DataFrame:
    """Return the scores that differ, from two readings of ``serving.customer_scores``."""
    return _to_changes(
        before.transform(_with_score_hash),
        after.transform(_with_score_hash),
        (ScoreChanges.customer_id, ScoreChanges.score_name),
        [str(c) for c in SCORE_CONTENT],
        as_of_date,
    )


def to_change_counts(changes: DataFrame) -> DataFrame:
    """Return one row per change type with its count."""
    return changes.groupBy(CustomerChanges.change_type).agg(F.count(F.lit(1)))


def _to_changes(before: DataFrame, after: DataFrame, key: Sequence[str], content: Sequence[str], as_of_date: date) -> DataFrame:
    """Hold two frames beside each other by key; ``CustomerChanges.row_hash`` tells whether a row changed."""
    names = [str(k) for k in key]
    old = before.select(*names, *[F.col(c).alias(_old(c)) for c in content if c in before.columns], F.col(CustomerChanges.row_hash).alias(HASH_BEFORE))
    new = after.select(*names, *content, CustomerChanges.row_hash)
    is_new, is_gone = F.col(HASH_BEFORE).isNull(), F.col(CustomerChanges.row_hash).isNull()
    change = F.when(is_new, NEW).when(is_gone, GONE).otherwise(CHANGED)
    kept = [F.when(is_gone, F.col(_old(c))).otherwise(F.col(c)).alias(c) if c in before.columns else F.col(c) for c in content]
    return (
        new.join(old, on=names, how="full")
        .where(~F.col(CustomerChanges.row_hash).eqNullSafe(F.col(HASH_BEFORE)))
        .select(
            *names,
            change.alias(CustomerChanges.change_type),
            _midnight_after(as_of_date).alias(CustomerChanges.valid_from),
            F.coalesce(F.col(CustomerChanges.row_hash), F.col(HASH_BEFORE)).alias(CustomerChanges.row_hash),
            *kept,
        )
    )


def _with_score_hash(scores: DataFrame) -> DataFrame:
    text = content_expr([str(c) for c in SCORE_CONTENT])
    return scores.withColumn(ScoreChanges.row_hash, F.substring(F.sha2(text, 256), 1, HASH_LENGTH))


def _midnight_after(day: date) -> Column:
    return F.lit(day + timedelta(days=1)).cast("timestamp")


def _old(name: str) -> str:
    return f"OLD_{name}"
