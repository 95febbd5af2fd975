"""Learn the scores from outcomes that are known, and judge them on customers no fit has seen.

Reads   gold.customer_features, gold.customer_labels; the champions in its own ml.models
Writes  ml.models, one row per model version; ml.model_metrics; registered models
Rerun   the same features, labels and seed give the same bytes, and so the same version and nothing new
Submit  spark-submit --properties-file conf/spark/cluster.conf jobs/train_scores.py --conf conf/demo --lake hdfs:///lake
"""

from __future__ import annotations

from crosschannel.contracts.gold import CustomerLabels
from crosschannel.contracts.ml import ModelMetrics, Models
from crosschannel.models.gate import verdict_on_score
from crosschannel.models.rows import to_table
from crosschannel.models.score_model import stored_score
from crosschannel.models.score_report import metric_rows, model_rows, native_of, score_evidence
from crosschannel.models.scores import TrainedScore, measured_on, train_scores
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.features import features_contract
from crosschannel.settings.scores import TrainScoresSettings


def run(ctx: JobContext, settings: TrainScoresSettings) -> None:
    """Train every score of the project; each replaces its champion only if it is not worse."""
    features, labels = ctx.read(features_contract(settings.features)), ctx.read(CustomerLabels)
    trained = train_scores(features, labels, settings, as_of_date=ctx.as_of_date, seed=ctx.seed)
    ctx.write(Models, to_table(ctx.spark, Models, model_rows(trained, ctx.as_of_date)))
    ctx.write(ModelMetrics, to_table(ctx.spark, ModelMetrics, metric_rows(trained)))
    for score in trained:
        _settle(ctx, score, settings.scores.max_log_loss_increase)


def _settle(ctx: JobContext, score: TrainedScore, allowed: float) -> None:
    """Compare a score with its champion on the same rows, show both, and move the aliases."""
    model = score.model
    champion = stored_score(ctx.read(Models), model.name, ctx.tracker.champion(model.name))
    theirs = measured_on(score.held_out, champion) if champion else None
    verdict = verdict_on_score(
        score.metrics, theirs, is_same=bool(champion and champion.version == model.version), is_first=champion is None, allowed=allowed
    )
    evidence = score_evidence(score, verdict, theirs)
    ctx.tracker.log(evidence)
    ctx.tracker.register(model.name, model.version, native_of(score), {"sha256": model.sha256, **verdict.tags}, evidence.card)
    ctx.tracker.settle(model.name, model.version, is_accepted=verdict.is_accepted)
    ctx.log(f"{model.name} {model.version} {verdict.tags['verdict']}: {verdict.reason}", auc=round(score.metrics["auc"], 3))


JOB = Job(
    "train_scores", run, settings=lambda p: TrainScoresSettings(features=p.features, labels=p.labels, scores=p.scores)
)
