"""Publish the segments and scores of a day as one release.

Reads   ml.customer_segments, ml.customer_scores, ml.segment_profiles, silver.consents, silver.identity_map, and the release before
Writes  serving.segment_profiles, serving.customer_scores, serving.customer_segments,
        serving.segment_changes; serving.releases last, which shows the release
Rerun   the same rows publish nothing; after a kill between two commits, the rerun compares with the
        last whole release and ends in the same rows
Submit  spark-submit --properties-file conf/spark/local.conf jobs/publish_segments.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from pyspark.sql import functions as F

from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments, Releases, SegmentChanges
from crosschannel.io.releases import Release, current_release, is_current, read_release
from crosschannel.io.staging import small_frame, staging
from crosschannel.jobs.releasing import Frames, Names, check_content, contract_of, rows_of_day, without
from crosschannel.publish.changes import to_changes, with_change, with_row_hash
from crosschannel.publish.digest import release_id_of, to_model_versions, to_summary
from crosschannel.publish.release import CUSTOMERS, PROFILES, SCORES, Content
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.project import settings_hash
from crosschannel.settings.scores import PublishSettings


def run(ctx: JobContext, settings: PublishSettings, forgotten: Names = ()) -> None:
    """Assemble the rows of the day, check them, and commit them unless they are published already; of ``forgotten`` customers no change is told."""
    day, before = ctx.as_of_date, current_release(ctx.lake)
    with staging() as keep:
        rows = rows_of_day(ctx, settings, keep)
        frames = {name: keep(df) for name, df in rows.items()}  # hashed, checked and written from one computation
        content = Content.of(to_summary(frames).collect(), to_model_versions(frames[CUSTOMERS], frames[SCORES]).collect(), day)
        check_content(ctx, content)
        if before is not None and before.digest == content.digest and is_current(ctx.lake, before):
            return ctx.log(f"no change: release {before.release_id} holds these rows already", **content.rows)
        return _commit(ctx, settings, frames, content, before, forgotten)


def _commit(ctx: JobContext, settings: PublishSettings, frames: Frames, content: Content, before: Release | None, forgotten: Names) -> None:
    release_id = release_id_of(content.digest, before.release_id if before else None)
    in_release, day = {str(PublishedSegments.release_id): F.lit(release_id)}, content.as_of_date
    rows_before = without(read_release(ctx.lake, PublishedSegments, before), forgotten)
    ctx.write(PublishedProfiles, frames[PROFILES].withColumns(in_release))
    ctx.write(PublishedScores, frames[SCORES].withColumns(in_release))
    customer_rows = frames[CUSTOMERS].transform(with_row_hash).transform(with_change, before=rows_before, as_of_date=day)
    stored = ctx.write(contract_of(settings), customer_rows.withColumns(in_release))
    changes = ctx.write(SegmentChanges, stored.transform(to_changes, before=rows_before).withColumns(in_release))
    mine = changes.where(F.col(SegmentChanges.release_id) == release_id).groupBy(SegmentChanges.change_type).count()
    changed = {row[0]: row[1] for row in mine.collect()}
    counts = {**content.rows, SegmentChanges.contract.name: sum(changed.values())}
    number = before.release_number + 1 if before else 1
    row = (release_id, number, day, dict(ctx.outputs), counts, content.model_versions, content.digest, settings_hash(settings), ctx.now)
    ctx.write(Releases, small_frame(ctx.spark, [row], Releases.contract.columns))  # last: from here on readers see the release
    ctx.log(f"published release {release_id}", customers=counts[CUSTOMERS], **changed)


JOB = Job("publish_segments", run, settings=lambda p: PublishSettings(scores=p.scores, consent=p.consent))
