"""Part of ``train_scores``: hold every new score beside the champion, say who is better and for whom, and move the aliases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crosschannel.contracts.ml import Models, SegmentModels
from crosschannel.io.model_registry import TAKEN_BACK_TAG
from crosschannel.jobs.studying import findings_of
from crosschannel.jobs.train_segments import SEGMENTS
from crosschannel.models.comparison import Comparison, compared
from crosschannel.models.gate import Verdict, first_verdict, same_verdict, taken_back_verdict, unreadable_verdict
from crosschannel.models.paired import to_pairs
from crosschannel.models.score_model import ScoreModel, stored_score
from crosschannel.models.score_report import base_log_loss, native_of, score_evidence
from crosschannel.models.scores import TrainedScore, can_read
from crosschannel.models.segment_model import stored_segments
from crosschannel.models.slices import Slicing, slicing_of
from crosschannel.models.variants import BASELINE, Finding
from crosschannel.runtime.context import JobContext
from crosschannel.settings.scores import TrainScoresSettings


@dataclass(frozen=True)
class Reviewed:
    """A trained score, the champion it was held against, what comparison and studies found, and the verdict."""

    trained: TrainedScore
    champion: ScoreModel | None
    comparison: Comparison
    verdict: Verdict
    findings: tuple[Finding, ...]


def reviewed(ctx: JobContext, trained: Sequence[TrainedScore], settings: TrainScoresSettings) -> list[Reviewed]:
    """Compare each score with its champion on the customers no fit has seen, one pass a score."""
    segments = stored_segments(ctx.read(SegmentModels), ctx.tracker.champion(SEGMENTS))
    slicing = slicing_of(settings.features.feature_columns(), settings.scores.review, segments)
    return [_reviewed(ctx, one, slicing, settings) for one in trained]


def settle(ctx: JobContext, review: Reviewed) -> None:
    """Show a review in MLflow, register the model and move the aliases."""
    model, verdict = review.trained.model, review.verdict
    evidence = score_evidence(review.trained, verdict, review.comparison, review.findings)
    tags = {"sha256": model.sha256, **verdict.tags}
    ctx.tracker.log(evidence)
    ctx.tracker.register(model.name, model.version, native_of(review.trained), tags, evidence.card)
    ctx.tracker.settle(model.name, model.version, is_accepted=verdict.is_accepted)
    ctx.log(f"{model.name} {model.version} {verdict.word}: {verdict.reason}", auc=round(review.trained.metrics["auc"], 3))


def _reviewed(ctx: JobContext, trained: TrainedScore, slicing: Slicing, settings: TrainScoresSettings) -> Reviewed:
    model = trained.model
    champion = stored_score(ctx.read(Models), model.name, ctx.tracker.champion(model.name))
    rival = champion if champion and champion.version != model.version and can_read(trained.held_out, champion) else None
    pairs = to_pairs(trained.held_out, model, rival, slicing)
    comparison = compared(pairs, slicing, settings.scores.review, has_champion=rival is not None, seed=ctx.seed)
    findings = findings_of(ctx, trained, settings, is_first=champion is None)
    verdict = _verdict(ctx, trained, champion, comparison) if champion else _first(trained, findings, settings)
    return Reviewed(trained, champion, comparison, verdict, findings)


def _first(trained: TrainedScore, findings: Sequence[Finding], settings: TrainScoresSettings) -> Verdict:
    beside = next((f.gaps["log_loss"] for f in findings if f.study == BASELINE), None)
    metrics, must_beat = trained.metrics, settings.scores.review.must_beat_baseline
    return first_verdict(metrics["log_loss"], metrics["auc"], base_log_loss(trained.test), beside, must_beat=must_beat)


def _verdict(ctx: JobContext, trained: TrainedScore, champion: ScoreModel, comparison: Comparison) -> Verdict:
    model = trained.model
    if champion.version == model.version:
        return same_verdict()
    known = ctx.tracker.registry.entry(model.name, model.version)
    if known is not None and TAKEN_BACK_TAG in known.tags:
        return taken_back_verdict(known.tags[TAKEN_BACK_TAG])
    return comparison.verdict or unreadable_verdict()
