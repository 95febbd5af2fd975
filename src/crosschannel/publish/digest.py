"""The digest of a release: the same rows give the same digest in any order and partitioning.

Each row is reduced to one number, and a table to the exact sum and count of its rows; ids are
SHA-256 over these. The digest finds change, it is no defence against forgery.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame, Row, functions as F

from crosschannel.contracts.ml import SegmentProfiles
from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments
from crosschannel.publish.changes import content_expr

TABLE, ROWS, KEYS, SUM, UNNAMED = "TABLE", "ROWS", "KEYS", "SUM", "UNNAMED"
NAME, VERSION, VERSIONS = "NAME", "VERSION", "VERSIONS"
SEGMENTS = "segments"
ID_LENGTH = 16


def to_summary(frames: Mapping[str, DataFrame]) -> DataFrame:
    """Return one row per table: rows, customers or segments among them, digest sum, rows without segment name."""
    return reduce(DataFrame.unionByName, (_summary_of(name, df) for name, df in frames.items()))


def to_model_versions(customer_rows: DataFrame, score_rows: DataFrame) -> DataFrame:
    """Return one row per score, and one for the segments, with all model versions behind it."""
    segments = customer_rows.select(F.lit(SEGMENTS).alias(NAME), F.col(PublishedSegments.segment_model_version).alias(VERSION))
    scores = score_rows.select(F.col(PublishedScores.score_name).alias(NAME), F.col(PublishedScores.model_version).alias(VERSION))
    return segments.unionByName(scores).groupBy(NAME).agg(F.sort_array(F.collect_set(VERSION)).alias(VERSIONS))


def digest_of(summary: Mapping[str, Row], as_of_date: date) -> str:
    """Return the digest of all published rows of a day."""
    parts = [f"{name}:{summary[name][ROWS]}:{summary[name][SUM]}" for name in sorted(summary)]
    return hashlib.sha256("|".join([as_of_date.isoformat(), *parts]).encode()).hexdigest()


def digests_of(summary: Mapping[str, Row]) -> dict[str, str]:
    """Return the digest of each table's rows."""
    return {name: hashlib.sha256(f"{name}:{row[ROWS]}:{row[SUM]}".encode()).hexdigest()[:32] for name, row in sorted(summary.items())}


def release_id_of(digest: str, before: str | None) -> str:
    """Return the id of a release: its content and the release it follows, so going back to old content is a new release."""
    return "r_" + hashlib.sha256(f"{before or ''}|{digest}".encode()).hexdigest()[:ID_LENGTH]


def _summary_of(name: str, df: DataFrame) -> DataFrame:
    number = F.xxhash64(content_expr(sorted(df.columns))).cast("decimal(20,0)")
    unit = PublishedProfiles.segment_id if PublishedScores.customer_id not in df.columns else PublishedScores.customer_id
    unnamed = F.count_if(F.col(SegmentProfiles.segment_name).isNull()) if SegmentProfiles.segment_name in df.columns else F.lit(0)
    return df.agg(
        F.lit(name).alias(TABLE),
        F.count(F.lit(1)).alias(ROWS),
        F.count_distinct(unit).alias(KEYS),
        F.coalesce(F.sum(number), F.lit(0)).cast("decimal(38,0)").alias(SUM),
        unnamed.cast("bigint").alias(UNNAMED),
    )
