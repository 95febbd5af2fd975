"""The catalogue of features: measure coverage and drift of the run's date, and put them beside the declarations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures, FeatureStatistics
from crosschannel.features.statistics import drift_between, middle_of, to_coverage
from crosschannel.io.lake import Lake
from crosschannel.io.staging import small_frame
from crosschannel.models.sample import customer_hash_expr
from crosschannel.quality.feature_page import to_feature_page
from crosschannel.runtime.context import JobContext
from crosschannel.settings.features import FeaturesSettings, features_contract
from crosschannel.settings.project import Project

SAMPLE_ROWS = 20_000
LOOK_BACK = timedelta(days=28)  # drift is measured from the earliest date of the run in these days
PAGE = "feature_catalogue.html"


def measure_features(ctx: JobContext, settings: FeaturesSettings, as_of_dates: Sequence[date]) -> None:
    """Write the statistics of the run's date, and show the catalogue in MLflow."""
    columns, today = settings.feature_columns(), ctx.as_of_date
    stored = ctx.read(features_contract(settings))
    before = min((d for d in as_of_dates if today - LOOK_BACK <= d < today), default=None)
    of_today = stored.where(F.col(CustomerFeatures.as_of_date) == F.lit(today))
    customers, *counts = of_today.transform(to_coverage, columns).collect()[0]
    now = _sample(ctx, of_today, settings)
    then = None if before is None else _sample(ctx, stored.where(F.col(CustomerFeatures.as_of_date) == F.lit(before)), settings)
    rows = []
    for n, feature in enumerate(columns):
        known, nonzero = (count / max(customers, 1) for count in counts[2 * n : 2 * n + 2])
        drift = drift_between(then[feature.name], now[feature.name]) if then is not None and then.num_rows and now.num_rows else None
        compared = (before, drift.psi, drift.chance) if drift else (None, None, None)
        rows.append((today, feature.name, customers, known, nonzero, middle_of(now[feature.name]), *compared))
    written = small_frame(ctx.spark, rows, FeatureStatistics.contract.columns)
    ctx.write(FeatureStatistics, written, slices=[today])
    ctx.tracker.log_text(to_feature_page(columns, [dict(zip(FeatureStatistics.contract.columns, r, strict=True)) for r in rows]), PAGE)


def write_catalogue(lake: Lake, project: Project, out: Path) -> int:
    """Write the catalogue of a project as a page, with the newest statistics of a lake; return the number of features."""
    table = lake.read(FeatureStatistics.contract)
    newest = table.agg(F.max(FeatureStatistics.as_of_date)).collect()[0][0]
    rows = table.where(F.col(FeatureStatistics.as_of_date) == F.lit(newest)).collect() if newest else []  # one row a feature
    columns = project.features.feature_columns()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(to_feature_page(columns, [row.asDict() for row in rows]), encoding="utf-8")
    return len(columns)


def _sample(ctx: JobContext, features: DataFrame, settings: FeaturesSettings) -> pa.Table:
    """Return the features of at most ``SAMPLE_ROWS`` customers, those with the smallest hash."""
    customer = F.col(CustomerFeatures.customer_id)
    ordered = features.orderBy(customer_hash_expr(ctx.seed), customer).limit(SAMPLE_ROWS)
    return ordered.select(*[f.name for f in settings.feature_columns()]).toArrow()
