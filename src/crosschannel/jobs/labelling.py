"""Which dates are labelled, and what is held against the labels before anybody learns from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels, LabelAudit, LabelLeaks
from crosschannel.errors import QualityError
from crosschannel.features.leaks import Leak, judged_features
from crosschannel.io.staging import small_frame
from crosschannel.models.sample import customer_hash_expr
from crosschannel.runtime.context import JobContext
from crosschannel.settings.labels import BuildLabelsSettings, LabelsSettings

SHOWN = 5
ORDER = "ORDER"


def dates_to_label(ctx: JobContext, features: DataFrame, wanted: Sequence[date]) -> list[date]:
    """Return the dates of this run that have features, and all others whose labels are not complete yet."""
    days = [row[0] for row in features.select(CustomerFeatures.as_of_date).distinct().collect() if row[0] <= ctx.as_of_date]  # one row a date
    if ctx.before is None or not ctx.before.same_rules:
        return sorted(days)
    told = ctx.read(CustomerLabels).groupBy(CustomerLabels.as_of_date).agg(F.count_distinct(CustomerLabels.label_name))
    labels = {row[0]: row[1] for row in told.collect()}  # one row a date
    most = max(labels.values(), default=0)
    return sorted(d for d in days if d in set(wanted) or labels.get(d, 0) < most)


def check_coverage(ctx: JobContext, settings: LabelsSettings, audit: DataFrame, dates: Sequence[date]) -> None:
    """Refuse a label that could be told of too few customers of its population."""
    rows = audit.where(F.col(LabelAudit.as_of_date).isin(*dates)).orderBy(LabelAudit.label_name, LabelAudit.as_of_date)
    for row in rows.collect():  # one row a date and label
        name, day, least = row[LabelAudit.label_name], row[LabelAudit.as_of_date], settings.label(row[LabelAudit.label_name]).least_coverage
        numbers = {n: row[n] for n in (LabelAudit.population, LabelAudit.labelled, LabelAudit.positives, LabelAudit.excluded, LabelAudit.undecided)}
        ctx.log(f"{name} as of {day}", **{n: v for n, v in numbers.items() if v})
        coverage = row[LabelAudit.coverage]
        ctx.check(f"coverage of label {name} as of {day}", observed=coverage, expected=least, passed=coverage >= least)


def refuse_leaks(ctx: JobContext, settings: BuildLabelsSettings, features: DataFrame, outcomes: DataFrame) -> None:
    """Measure each feature alone against each label on the latest labelled date, keep it, and refuse what knows the future.

    Raises
    ------
    QualityError
        A feature tells an outcome better than ``audit.max_feature_auc``; no label is written.
    """
    latest = outcomes.groupBy(CustomerLabels.label_name).agg(F.max(CustomerLabels.as_of_date)).collect()  # one row a label
    found = {(name, day): _leaks(ctx, settings, features, outcomes, name, day) for name, day in sorted(map(tuple, latest))}
    rows = [
        (day, name, leak.feature, leak.auc, leak.sampled, leak.positives, leak.is_alarm) for (name, day), leaks in found.items() for leak in leaks
    ]
    if rows:
        ctx.write(LabelLeaks, small_frame(ctx.spark, rows, LabelLeaks.contract.columns), slices=sorted({row[0] for row in rows}))
    for (name, day), leaks in found.items():
        _refuse(ctx, settings.labels, name, day, leaks)


def _leaks(ctx: JobContext, settings: BuildLabelsSettings, features: DataFrame, outcomes: DataFrame, name: str, day: date) -> list[Leak]:
    names = [f.name for f in settings.features.feature_columns()]
    told = outcomes.where((F.col(CustomerLabels.label_name) == F.lit(name)) & (F.col(CustomerLabels.as_of_date) == F.lit(day)))
    of_day = features.where(F.col(CustomerFeatures.as_of_date) == F.lit(day)).drop(CustomerFeatures.as_of_date)
    # one to one: both are distinct by customer
    joined = of_day.join(told, on=str(CustomerFeatures.customer_id), how="inner")
    order = [customer_hash_expr(ctx.seed), F.col(CustomerFeatures.customer_id)]
    limited = joined.orderBy(*order).limit(settings.labels.audit.sample_rows).select(CustomerLabels.label_value, *names)
    sample = limited.toArrow()  # at most sample_rows customers
    outcome = sample.column(0).to_numpy() == 1
    return judged_features(sample.drop_columns([str(CustomerLabels.label_value)]), outcome, settings.labels.audit)


def _refuse(ctx: JobContext, settings: LabelsSettings, name: str, day: date, leaks: Sequence[Leak]) -> None:
    best = max(leaks, key=lambda leak: (leak.auc, leak.feature))
    limit = settings.audit.max_feature_auc
    alarms = sorted((leak for leak in leaks if leak.is_alarm), key=lambda leak: (-leak.auc, leak.feature))
    if alarms:
        shown = ", ".join(f"{leak.feature} ({leak.auc:.3f})" for leak in alarms[:SHOWN])
        ctx.log(f"label {name} as of {day} leaks", features=len(alarms))
        told = f"{shown} {'tells' if len(alarms) == 1 else 'tell'} it alone with an area under the curve beyond {limit}"
        raise QualityError(
            f"build_labels: label {name!r} as of {day} leaks: {told}; a feature that good usually knows the outcome. "
            f"Remove it from features.yaml, or name it under audit.trusted in labels.yaml if you know why"
        )
    ctx.check(f"best single feature for label {name} as of {day}", observed=best.auc, expected=limit, passed=True)
