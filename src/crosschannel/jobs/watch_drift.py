"""Hold the models in use against the day they were trained on: keep, recalibrate or retrain, and why.

Reads   gold.customer_features, gold.customer_labels; ml.models, ml.segment_models, ml.model_metrics; its own ml.drift_references
Writes  ml.drift_references, one row per model version; ml.drift_report; ml.drift_verdicts, one row per day and model
Rerun   the day's slices are swapped whole: the same features, labels and champions give the same rows
Submit  spark-submit --properties-file conf/spark/local.conf jobs/watch_drift.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from crosschannel.contracts.gold import CustomerLabels
from crosschannel.contracts.ml import DriftReferences, DriftReport, DriftVerdicts, ModelMetrics, Models, SegmentModels
from crosschannel.jobs.champions import champion_names
from crosschannel.jobs.train_segments import SEGMENTS
from crosschannel.jobs.watching import Watch
from crosschannel.models.drift_report import drift_evidence, reference_rows, report_rows, verdict_rows
from crosschannel.models.rows import to_table
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.features import features_contract
from crosschannel.settings.scores import TrainScoresSettings


def run(ctx: JobContext, settings: TrainScoresSettings) -> None:
    """Judge every champion by the features, scores, outcomes and segments of the day."""
    watch = Watch(
        features=ctx.read(features_contract(settings.features)), labels=ctx.read(CustomerLabels), models=ctx.read(Models),
        segment_models=ctx.read(SegmentModels), metrics=ctx.read(ModelMetrics), known=ctx.read(DriftReferences),
        settings=settings, as_of_date=ctx.as_of_date, seed=ctx.seed,
    )  # fmt: skip
    champions = {name: ctx.tracker.champion(name) for name in (SEGMENTS, *settings.scores.names)}
    watched = watch.all_of({name: version for name, version in champions.items() if version}, ctx.log)
    ctx.write(DriftReferences, to_table(ctx.spark, DriftReferences, reference_rows([w.reference for w in watched])))
    ctx.write(DriftReport, to_table(ctx.spark, DriftReport, report_rows(watched, ctx.as_of_date)), slices=[ctx.as_of_date])
    ctx.write(DriftVerdicts, to_table(ctx.spark, DriftVerdicts, verdict_rows(watched, ctx.as_of_date)), slices=[ctx.as_of_date])
    for one in watched:
        ctx.tracker.log(drift_evidence(one, ctx.as_of_date))
        ctx.log(f"{one.reference.model_name} {one.reference.model_version}: {one.verdict.word}, {one.verdict.rests_on}")


JOB = Job(
    "watch_drift", run, settings=lambda p: TrainScoresSettings(features=p.features, labels=p.labels, scores=p.scores),
    also_depends_on=champion_names,
)  # fmt: skip
