"""Publish the segments and scores of a day as one release.

Reads   ml.customer_segments, ml.customer_scores, ml.score_reasons, ml.segment_profiles, silver.consents, silver.identity_map, and the release before
Writes  serving.segment_profiles, serving.customer_scores, serving.action_lists, serving.customer_segments,
        serving.segment_changes; serving.releases last, which shows the release
Rerun   the same rows publish nothing; after a kill between two commits, it compares with the last whole release
Submit  spark-submit --properties-file conf/spark/local.conf jobs/publish_segments.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from pyspark.sql import functions as F

from crosschannel.contracts.acting import ActionLists
from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments, Releases, SegmentChanges
from crosschannel.io.releases import Release, current_release, read_release
from crosschannel.io.staging import small_frame, staging
from crosschannel.jobs.pointing import pointer_row, reason_to_stay
from crosschannel.jobs.releasing import Frames, Names, check_content, contract_of, rows_of_day, without
from crosschannel.publish.changes import to_changes, with_change, with_row_hash
from crosschannel.publish.digest import release_id_of, to_model_versions, to_summary
from crosschannel.publish.release import CUSTOMERS, SCORES, Content
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.project import settings_hash
from crosschannel.settings.scores import PublishSettings


def run(ctx: JobContext, settings: PublishSettings, forgotten: Names | None = None) -> None:
    """Assemble the rows of the day, check them, and commit them unless they are published already; of ``forgotten`` customers no change is told."""
    day, before = ctx.as_of_date, current_release(ctx.lake)
    with staging() as keep:
        rows = rows_of_day(ctx, settings, keep)
        frames = {name: keep(df) for name, df in rows.items()}  # hashed, checked and written from one computation
        content = Content.of(to_summary(frames).collect(), to_model_versions(frames[CUSTOMERS], frames[SCORES]).collect(), day)
        check_content(ctx, content)
        said = reason_to_stay(ctx.lake, before, content.digest, is_erasure=forgotten is not None)
        return ctx.log(said, **content.rows) if said else _commit(ctx, settings, frames, content, before, forgotten or ())


def _commit(ctx: JobContext, settings: PublishSettings, frames: Frames, content: Content, before: Release | None, forgotten: Names) -> None:
    release_id = release_id_of(content.digest, before.release_id if before else None)
    in_release = {str(PublishedSegments.release_id): F.lit(release_id)}
    rows_before = without(read_release(ctx.lake, PublishedSegments, before), forgotten)
    for table in (t for t in (PublishedProfiles, PublishedScores, ActionLists) if t.contract.name in frames):
        ctx.write(table, frames[table.contract.name].withColumns(in_release))
    customer_rows = frames[CUSTOMERS].transform(with_row_hash).transform(with_change, before=rows_before, as_of_date=content.as_of_date)
    stored = ctx.write(contract_of(settings), customer_rows.withColumns(in_release))
    changes = ctx.write(SegmentChanges, stored.transform(to_changes, before=rows_before).withColumns(in_release))
    kinds = changes.where(F.col(SegmentChanges.release_id) == release_id).groupBy(SegmentChanges.change_type)
    changed = {row[0]: row[1] for row in kinds.count().collect()}
    counts = {**content.rows, SegmentChanges.contract.name: sum(changed.values())}
    pointer = small_frame(ctx.spark, [pointer_row(ctx, content, release_id, counts, before, settings_hash(settings))], Releases.contract.columns)
    ctx.write(Releases, pointer)  # last: from here on readers see the release
    ctx.log(f"published release {release_id}", customers=counts[CUSTOMERS], **changed)


JOB = Job("publish_segments", run, settings=lambda p: PublishSettings(scores=p.scores, consent=p.consent))
