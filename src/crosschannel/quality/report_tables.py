"""The bounded tables a report is made of: every one an aggregate with few rows, none about one customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.ml import ModelMetrics
from crosschannel.contracts.ops import Checks, Files, Runs
from crosschannel.contracts.serving import PublishedScores
from crosschannel.contracts.silver import Events, IdentityEdges, IdentityMap, IdentityRefusals

ROWS, FILES, REFUSED_FILES, REASON = "ROWS", "FILES", "REFUSED_FILES", "REASON"
FIRST, LAST, CUSTOMERS, IDENTIFIED, LINKS = "FIRST", "LAST", "CUSTOMERS", "IDENTIFIED", "LINKS"
LOW, MEAN, HIGH, BIN = "LOW", "MEAN", "HIGH", "BIN"
BINS = 20
WEIGHT = "weight"  # metric of a slice such as act=web view
EXACT = "decimal(20,6)"
MAX_ROWS = 200  # of any table of a report


def to_source_counts(files: DataFrame) -> DataFrame:
    """Return files and records by source."""
    counts = (Files.rows_in, Files.rows_good, Files.rows_quarantined, Files.rows_duplicate, Files.rows_suppressed)
    refused = F.count_if(F.col(Files.status) == "refused")
    return files.groupBy(Files.source).agg(_rows().alias(FILES), refused.alias(REFUSED_FILES), *[F.sum(c).alias(c) for c in counts])


def to_reasons(quarantine: DataFrame) -> DataFrame:
    """Return quarantined records by source and reason; a record with two reasons counts under both."""
    spread = quarantine.select(Quarantine.source, F.explode(Quarantine.reasons).alias(REASON))
    return _largest(spread.groupBy(Quarantine.source, REASON).agg(_rows().alias(ROWS)), Quarantine.source, REASON)


def to_channel_counts(events: DataFrame) -> DataFrame:
    """Return events by channel, how many name somebody, and the days they span."""
    named = F.count(Events.node_key).alias(IDENTIFIED)
    spans = (F.min(Events.event_date).alias(FIRST), F.max(Events.event_date).alias(LAST))
    return _largest(events.groupBy(Events.channel).agg(_rows().alias(ROWS), named, *spans), Events.channel)


def to_identifier_counts(identity_map: DataFrame) -> DataFrame:
    """Return identifiers and customers by namespace."""
    keys = (IdentityMap.namespace, IdentityMap.kind)
    return _largest(identity_map.groupBy(*keys).agg(_rows().alias(ROWS), F.count_distinct(IdentityMap.customer_id).alias(CUSTOMERS)), *keys)


def to_customer_counts(identity_map: DataFrame) -> DataFrame:
    """Return one row: customers, those with a person identifier, and identifiers of the largest one."""
    per_customer = identity_map.groupBy(IdentityMap.customer_id).agg(_rows().alias(ROWS), F.max(IdentityMap.is_identified).alias(IDENTIFIED))
    return per_customer.agg(_rows().alias(CUSTOMERS), F.count_if(IDENTIFIED).alias(IDENTIFIED), F.coalesce(F.max(ROWS), F.lit(0)).alias(HIGH))


def to_rule_counts(edges: DataFrame) -> DataFrame:
    """Return evidence by rule: pairs of identifiers, and events that carried both."""
    seen = F.sum(IdentityEdges.record_count).alias(ROWS)
    return _largest(edges.groupBy(IdentityEdges.rule, IdentityEdges.kind).agg(_rows().alias(LINKS), seen), IdentityEdges.rule)


def to_newest_checks(checks: DataFrame, runs: DataFrame, job: str, names: Sequence[str]) -> DataFrame:
    """Return what a job measured last: one row per check with a limit, in the order of their names."""
    known = checks.where((F.col(Checks.job) == job) & F.col(Checks.check_name).isin(*names) & F.col(Checks.expected).isNotNull())
    newest = F.max(F.struct(Runs.started_ts, Checks.observed, Checks.expected)).alias(LAST)
    found = known.join(runs.select(Runs.run_id, Runs.started_ts), on=str(Checks.run_id), how="inner").groupBy(Checks.check_name).agg(newest)
    return found.select(Checks.check_name, F.col(LAST)[Checks.observed].alias(Checks.observed), F.col(LAST)[Checks.expected].alias(Checks.expected)).orderBy(
        Checks.check_name
    )


def to_refusal_counts(refusals: DataFrame) -> DataFrame:
    """Return refused links by stage and rule."""
    keys = (IdentityRefusals.stage, IdentityRefusals.rule)
    return _largest(refusals.groupBy(*keys).agg(_rows().alias(ROWS)), *keys)


def to_deciles(scores: DataFrame) -> DataFrame:
    """Return size and mean probability of each tenth of customers, by score."""
    mean = F.avg(F.col(PublishedScores.probability).cast(EXACT)).cast("double").alias(MEAN)
    return scores.groupBy(PublishedScores.score_name, PublishedScores.decile).agg(_rows().alias(ROWS), mean)


def to_histogram(scores: DataFrame, spans: Mapping[str, float]) -> DataFrame:
    """Return customers by score and bin of equal width, from 0 to the span of the score."""
    span = F.create_map(*[F.lit(v) for pair in spans.items() for v in pair])[F.col(PublishedScores.score_name)]
    place = F.floor(F.col(PublishedScores.score) / span * BINS).cast("int")
    return scores.groupBy(PublishedScores.score_name, F.greatest(F.lit(0), F.least(place, F.lit(BINS - 1))).alias(BIN)).agg(_rows().alias(ROWS))


def only_versions(metrics: DataFrame, versions: Mapping[str, str]) -> DataFrame:
    """Keep what was measured, over everybody, of the published model versions."""
    mine = F.col(ModelMetrics.model_version).isin(*versions.values()) & (F.col(ModelMetrics.slice) == "all")
    return metrics.where(mine).orderBy(*ModelMetrics.contract.key).limit(MAX_ROWS * 5)


def only_weights(metrics: DataFrame, versions: Mapping[str, str]) -> DataFrame:
    """Keep what one act weighs in the published models, by channel, lightest act first."""
    mine = F.col(ModelMetrics.model_version).isin(*versions.values()) & (F.col(ModelMetrics.metric) == WEIGHT)
    channel = F.substring_index(F.col(ModelMetrics.slice), " ", 1)
    return metrics.where(mine).orderBy(channel, ModelMetrics.value, ModelMetrics.slice).limit(MAX_ROWS)


def _rows() -> Column:
    return F.count(F.lit(1))


def _largest(df: DataFrame, *keys: str) -> DataFrame:
    size = LINKS if LINKS in df.columns else ROWS
    return df.orderBy(F.col(size).desc(), *keys).limit(MAX_ROWS)
