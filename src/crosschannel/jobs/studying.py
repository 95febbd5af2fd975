"""Part of ``train_scores``: hold first models beside a logistic regression, and show what channels and families are worth."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import functions as F

from crosschannel.contracts.acting import ModelStudies
from crosschannel.models.baseline import baseline_log_odds
from crosschannel.models.paired import log_odds
from crosschannel.models.rows import to_table
from crosschannel.models.score_model import ScoreModel, Scorer
from crosschannel.models.scores import TrainedScore
from crosschannel.models.split import TEST
from crosschannel.models.study_report import study_rows_of
from crosschannel.models.study_rows import study_rows
from crosschannel.models.variants import Finding, beside_baseline, studied
from crosschannel.runtime.context import JobContext
from crosschannel.settings.scores import TrainScoresSettings
from crosschannel.settings.study import Study


def findings_of(ctx: JobContext, trained: TrainedScore, settings: TrainScoresSettings, *, is_first: bool) -> tuple[Finding, ...]:
    """Study a score of trees: a first model beside the baseline, a new version of the studied score by channel and family."""
    model, scores = trained.model, settings.scores
    score, study = scores.score(model.name), scores.study or Study()
    is_new = model.name == scores.studied and not _is_known(ctx, model)
    if score is None or not (is_first or is_new):
        return ()
    rows = study_rows(trained.sliced, model, trained.slices, limit=study.rows, seed=ctx.seed)
    draws = {"draws": scores.review.draws, "seed": ctx.seed}
    found = []
    if is_first:
        ours = log_odds(Scorer(model), rows.values[rows.of(TEST)])
        found.append(beside_baseline(rows, ours, baseline_log_odds(rows, model.levels), **draws))
    if is_new:
        found += studied(rows, settings.features.feature_columns(), score, study, **draws)
    return tuple(found)


def write_studies(ctx: JobContext, studies: Sequence[tuple[ScoreModel, Sequence[Finding]]]) -> None:
    """Keep what the studies found; a run without one writes nothing."""
    rows = [row for model, findings in studies for row in study_rows_of(model, findings, ctx.as_of_date)]
    if rows:
        ctx.write(ModelStudies, to_table(ctx.spark, ModelStudies, rows))


def _is_known(ctx: JobContext, model: ScoreModel) -> bool:
    own = (F.col(ModelStudies.model_name) == F.lit(model.name)) & (F.col(ModelStudies.model_version) == F.lit(model.version))
    return not ctx.read(ModelStudies).where(own).isEmpty()
