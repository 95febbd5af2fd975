"""Learn the scores from outcomes that are known, and judge them on customers no fit has seen.

Reads   gold.customer_features, gold.customer_labels, silver.consents and silver.identity_map, to leave out who did not allow it; ml.segment_models, to judge by segment; the champions in its own ml.models
Writes  ml.models, one row per model version; ml.model_metrics, ml.model_studies; registered models
Rerun   the same features, labels and seed give the same bytes, and so the same version and nothing new
Submit  spark-submit --properties-file conf/spark/cluster.conf jobs/train_scores.py --conf conf/demo --lake hdfs:///lake
"""

from __future__ import annotations

from crosschannel.contracts.gold import CustomerLabels
from crosschannel.contracts.ml import ModelMetrics, Models
from crosschannel.jobs.consenting import permitted
from crosschannel.jobs.reviewing import reviewed, settle
from crosschannel.jobs.studying import write_studies
from crosschannel.models.rows import to_table
from crosschannel.models.score_report import metric_rows, model_rows
from crosschannel.models.scores import train_scores
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.features import features_contract
from crosschannel.settings.scores import TrainScoresSettings


def run(ctx: JobContext, settings: TrainScoresSettings) -> None:
    """Train every score of the project; each replaces its champion only if it is clearly better, for everybody."""
    with permitted(ctx, ctx.read(features_contract(settings.features)), settings.consent, "training") as features:
        trained = train_scores(features, ctx.read(CustomerLabels), settings, as_of_date=ctx.as_of_date, seed=ctx.seed)
        reviews = reviewed(ctx, trained, settings)
    ctx.write(Models, to_table(ctx.spark, Models, model_rows(trained, ctx.as_of_date)))
    ctx.write(ModelMetrics, to_table(ctx.spark, ModelMetrics, metric_rows(trained, [r.comparison.slices for r in reviews])))
    write_studies(ctx, [(r.trained.model, r.findings) for r in reviews])
    for review in reviews:
        settle(ctx, review)


JOB = Job(
    "train_scores", run, settings=lambda p: TrainScoresSettings(features=p.features, labels=p.labels, scores=p.scores, consent=p.consent)
)
