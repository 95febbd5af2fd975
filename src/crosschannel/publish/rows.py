"""The rows of a release: one per customer, one per customer and score, one per segment.

Everything here depends on the published day alone, never on the release before, so the same models
and customers give the same rows. Floats are rounded to six decimals: what a reader sees is what was
hashed, and no tenth decimal makes a customer look changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.ml import CustomerScores, CustomerSegments, SegmentProfiles
from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments, score_columns

DIGITS = 6
EXACT = "decimal(20,6)"  # sums of decimals do not depend on the order of rows
MEAN = "MEAN"
TOTAL = "TOTAL"


def rounded_expr(column: str) -> Column:
    """Return a float as it is published; adding zero turns -0.0 into 0.0, which hash differently."""
    return (F.round(F.col(column), DIGITS) + F.lit(0.0)).alias(column)


def only_day(df: DataFrame, as_of_date: date) -> DataFrame:
    """Keep the rows of one day; the column has this name in both ml tables."""
    return df.where(F.col(CustomerSegments.as_of_date) == F.lit(as_of_date))


def to_score_rows(scores: DataFrame) -> DataFrame:
    """Return the long form of a day's scores."""
    floats = {CustomerScores.score, CustomerScores.probability}
    kept = [c for c in PublishedScores.contract.columns if c != PublishedScores.release_id]
    return scores.select(*[rounded_expr(c) if c in floats else F.col(c) for c in kept])


def to_customer_rows(segments: DataFrame, profiles: DataFrame, score_rows: DataFrame, score_names: Iterable[str]) -> DataFrame:
    """Return one row per customer with a segment; scores a customer does not have are null.

    A segment without profile leaves ``segment_name`` null, for the caller to refuse.
    """
    names = profiles.select(SegmentProfiles.model_version, SegmentProfiles.segment_id, SegmentProfiles.segment_name)
    return (
        segments.join(F.broadcast(names), on=[str(SegmentProfiles.model_version), str(SegmentProfiles.segment_id)], how="left")
        .select(
            F.col(CustomerSegments.customer_id),
            F.col(CustomerSegments.segment_id),
            F.col(SegmentProfiles.segment_name),
            rounded_expr(CustomerSegments.confidence).alias(PublishedSegments.segment_confidence),
            F.col(CustomerSegments.model_version).alias(PublishedSegments.segment_model_version),
            F.col(CustomerSegments.as_of_date),
        )
        .join(_to_wide_scores(score_rows, score_names), on=PublishedSegments.customer_id, how="left")
    )


def to_profile_rows(profiles: DataFrame, customer_rows: DataFrame, score_rows: DataFrame) -> DataFrame:
    """Return the cards of the segment model in use, with sizes and mean scores of the published customers."""
    model = customer_rows.select(F.col(PublishedSegments.segment_model_version).alias(SegmentProfiles.model_version)).distinct()
    sizes = customer_rows.groupBy(PublishedSegments.segment_id).agg(F.count(F.lit(1)).alias(PublishedProfiles.customers))
    total = customer_rows.agg(F.count(F.lit(1)).alias(TOTAL), F.max(PublishedSegments.as_of_date).alias(PublishedProfiles.as_of_date))
    customers = F.coalesce(F.col(PublishedProfiles.customers), F.lit(0))
    return (
        profiles.drop(SegmentProfiles.customers, SegmentProfiles.share)
        .join(F.broadcast(model), on=SegmentProfiles.model_version, how="left_semi")
        .join(sizes, on=PublishedProfiles.segment_id, how="left")
        .join(_to_mean_scores(customer_rows, score_rows), on=PublishedProfiles.segment_id, how="left")
        .crossJoin(F.broadcast(total))
        .select(
            PublishedProfiles.segment_id,
            PublishedProfiles.segment_name,
            PublishedProfiles.description,
            customers.alias(PublishedProfiles.customers),
            F.round(customers / F.col(TOTAL), DIGITS).alias(PublishedProfiles.share),
            PublishedProfiles.preferred_channel,
            PublishedProfiles.traits,
            F.coalesce(F.col(PublishedProfiles.mean_scores), F.create_map().cast(PublishedProfiles.mean_scores.spec.dtype)).alias(
                PublishedProfiles.mean_scores
            ),
            PublishedProfiles.model_version,
            PublishedProfiles.as_of_date,
        )
    )


def _to_wide_scores(score_rows: DataFrame, score_names: Iterable[str]) -> DataFrame:
    picked = []
    for name in score_names:
        value, decile, version = score_columns([name])
        mine = F.col(PublishedScores.score_name) == F.lit(name)
        for target, source in ((value, PublishedScores.score), (decile, PublishedScores.decile), (version, PublishedScores.model_version)):
            picked.append(F.max(F.when(mine, F.col(source))).alias(target))  # one row per customer and score, so max is that row
    return score_rows.groupBy(PublishedScores.customer_id).agg(*picked)


def _to_mean_scores(customer_rows: DataFrame, score_rows: DataFrame) -> DataFrame:
    members = customer_rows.select(PublishedSegments.customer_id, PublishedSegments.segment_id)
    means = (
        score_rows.join(members, on=PublishedScores.customer_id, how="inner")
        .groupBy(PublishedSegments.segment_id, PublishedScores.score_name)
        .agg(F.round(F.avg(F.col(PublishedScores.score).cast(EXACT)), DIGITS).cast("double").alias(MEAN))
    )
    entries = F.array_sort(F.collect_list(F.struct(PublishedScores.score_name, MEAN)))
    return means.groupBy(PublishedSegments.segment_id).agg(F.map_from_entries(entries).alias(PublishedProfiles.mean_scores))
