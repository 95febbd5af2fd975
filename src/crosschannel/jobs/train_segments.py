"""Group customers by what they did in all channels, and name the groups; ids stay stable.

Reads   gold.customer_features of the as-of date; silver.consents, silver.identity_map; its own last ml.segment_models
Writes  ml.segment_models, one row per model version; ml.segment_profiles, one row per segment; a registered model
Rerun   on the features the champion was trained on, nothing is trained; other features give a new version with the old ids
Submit  spark-submit --properties-file conf/spark/local.conf jobs/train_segments.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from pyspark.sql import DataFrame

from crosschannel.contracts.ml import SegmentModels, SegmentProfiles
from crosschannel.io.staging import staging
from crosschannel.jobs.consenting import permitted
from crosschannel.models.migration import Migration, migration_of, to_moves
from crosschannel.models.rows import to_table
from crosschannel.models.segment_model import SegmentModel, stored_segments
from crosschannel.models.segment_report import NATIVE_FILE, model_rows, profile_rows, segment_evidence, verdict_on
from crosschannel.models.segments import Keep, train_segments, training_digest
from crosschannel.models.split import only_as_of
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.features import features_contract
from crosschannel.settings.scores import TrainSegmentsSettings

SEGMENTS = "segments"  # name in the model registry


def run(ctx: JobContext, settings: TrainSegmentsSettings) -> None:
    """Train segments on customers who allow it, keep ids where they were, and promote the model if it is stable enough."""
    of_day = ctx.read(features_contract(settings.features)).transform(only_as_of, ctx.as_of_date)
    with permitted(ctx, of_day, settings.consent, "training") as features, staging() as keep:
        _train(ctx, settings, features, keep)


def _train(ctx: JobContext, settings: TrainSegmentsSettings, features: DataFrame, keep: Keep) -> None:
    before = stored_segments(ctx.read(SegmentModels), ctx.tracker.champion(SEGMENTS))
    digest = training_digest(features, settings.segments, seed=ctx.seed)
    if before is not None and before.data_digest == digest:
        ctx.log(f"segments {before.version} were trained on exactly these features: nothing to do")
        return
    trained = train_segments(features, settings.segments, before=before, digest=digest, seed=ctx.seed, keep=keep)
    verdict = verdict_on(trained, settings.segments, before)
    moved = _migration(features, before, trained.model)
    ctx.write(SegmentModels, to_table(ctx.spark, SegmentModels, model_rows(trained, ctx.as_of_date)))
    ctx.write(SegmentProfiles, to_table(ctx.spark, SegmentProfiles, profile_rows(trained)))
    ctx.tracker.log(evidence := segment_evidence(trained, settings.segments, verdict, ctx.as_of_date, moved))
    ctx.tracker.register(SEGMENTS, trained.model.version, {NATIVE_FILE: trained.model.content}, verdict.tags, evidence.card)
    ctx.tracker.settle(SEGMENTS, trained.model.version, is_accepted=verdict.is_accepted)
    ctx.log(f"segments {trained.model.version}: {trained.choice.reason}", k=trained.choice.k)


def _migration(features: DataFrame, before: SegmentModel | None, after: SegmentModel) -> Migration | None:
    if before is None or not set(before.geometry.features) <= set(features.columns):
        return None
    return migration_of(to_moves(features, before, after).collect(), before, after)  # one row per pair of segments


JOB = Job("train_segments", run, settings=lambda p: TrainSegmentsSettings(features=p.features, segments=p.segments, consent=p.consent))
