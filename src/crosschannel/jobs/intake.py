"""Take a delivery in: parse once, settle every record's fate, check the sums, and only then write.

A file that changes or turns out to be damaged while it is read is named and left out; the others are
read once more without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.bronze import Blocks, Numbering, Quarantine, RawEvents
from crosschannel.contracts.ops import Drift, Files, TouchedDays
from crosschannel.contracts.privacy import Suppressions
from crosschannel.contracts.raw import LOOK_AGAIN, Account, RawFile
from crosschannel.ingest.account import accounts, ledger_rows, numbering, report
from crosschannel.ingest.dedupe import only_first, to_duplicates, to_file_counts, to_repeated_hashes
from crosschannel.ingest.discover import (
    Again,
    fingerprint,
    only_new,
    only_unseen,
    read_later_rows,
    readable,
    refused_as_changed,
    to_look_at_again,
    with_csv_columns,
    with_notices,
)
from crosschannel.ingest.drift import file_drift, refused_for_columns, to_new_fields
from crosschannel.ingest.lateness import to_newest, to_touched_days
from crosschannel.ingest.records import only_good, only_sources, to_all_records, to_blocks, to_bronze, to_quarantine, with_record_id
from crosschannel.io.raw_files import READ_ERRORS, only_changed, read_raw, with_content, with_counts, with_damage
from crosschannel.io.staging import small_frame, staging
from crosschannel.jobs.suppressing import suppressed_in
from crosschannel.runtime.context import JobContext
from crosschannel.settings.sources import SourcesSettings

Keep = Callable[[DataFrame], DataFrame]


@dataclass(frozen=True)
class Judged:
    """A delivery that was read and judged, and what was known before it.

    Attributes
    ----------
    files
        What was delivered; ``rows_in`` was counted by a pass of its own.
    blocks
        Rows of :class:`Blocks`.
    placed
        Judged records with ``record_id``, ``file_id`` and ``line_ordinal``.
    known
        Records of the same sources in bronze.
    newest
        What :func:`to_newest` gave; ``None`` if nothing was known.
    suppressed
        Records of erased people, by ``record_id``; ``None`` if there are no such people.
    """

    files: Sequence[RawFile]
    blocks: Sequence[Any]
    placed: DataFrame
    known: DataFrame
    newest: DataFrame | None
    suppressed: DataFrame | None = None


def take_files(ctx: JobContext, settings: SourcesSettings, found: Sequence[RawFile], again: Again) -> list[Any]:
    """Take in those of the files found that are new, and book them; return the ledger as it is then."""
    ledger = ctx.read(Files).collect()  # one row a file
    known = with_content(ctx.spark, only_unseen(found, ledger, again))
    new = with_csv_columns(with_notices(only_new(known, ledger, again), ledger), settings)
    counted = with_counts(ctx.spark, refused_for_columns(new, settings))
    files = refused_as_changed(counted, only_changed(ctx.spark, counted))
    booked = read_later_rows(known, ledger)
    if not files and not booked:
        ctx.log("no new file")
        return ledger
    ctx.log("new files", files=len(files), rows_in=sum(f.rows_in for f in files))
    for file in files:
        if file.reason or file.notice:
            ctx.log(f"{file.path}: {'refused, ' if file.reason else ''}{file.reason or file.notice}")
    booked += ledger_rows(take_in(ctx, settings, files), ctx.now) if files else []
    return ctx.write(Files, small_frame(ctx.spark, booked, Files.contract.columns)).collect()  # one row a file


def what_lies_there(ctx: JobContext, found: Sequence[RawFile]) -> str:
    """Return a digest of the files found; another one each time while there are some to look at once more."""
    again = to_look_at_again(found, ctx.read(Files).where(F.col(Files.reason).isin(*LOOK_AGAIN)).collect())  # one row a file
    return f"{fingerprint(found)} {ctx.now}" if again else fingerprint(found)


def take_in(ctx: JobContext, settings: SourcesSettings, files: Sequence[RawFile]) -> list[Account]:
    """Write the records of a delivery where they belong; the files that could be read are booked by the caller."""
    while readable(files):
        try:
            settled = _settled(ctx, settings, files)
        except READ_ERRORS:
            settled = None
            suspects = _without_bad_files(ctx, files)
            if suspects == list(files):
                raise  # no file is to blame
            files = suspects
        if settled is not None:
            return settled
        files = _without_changed_files(ctx, files)
    _write_drift(ctx, settings, files, [], None)
    return accounts(files, [], [])


def _settled(ctx: JobContext, settings: SourcesSettings, files: Sequence[RawFile]) -> list[Account] | None:
    """Return the accounts of the files, None if one changed while it was read: nothing is written then."""
    known = ctx.read(RawEvents).transform(only_sources, {f.source for f in files})
    with staging() as keep:
        newest = keep(to_newest(known, small_frame(ctx.spark, [(f.file_id,) for f in files], [RawEvents.file_id])))
        newest_by_source = {row[0]: row[1] for row in newest.collect()}  # one row a source
        records = keep(to_all_records(settings, files, read=lambda group: read_raw(ctx.spark, group), newest=newest_by_source))
        blocks = records.transform(to_blocks).collect()  # one row per part of a file
        if only_changed(ctx.spark, readable(files)):
            return None
        numbers = small_frame(ctx.spark, numbering(files, blocks), Numbering.columns)
        placed = records.transform(with_record_id, numbers)
        judged = Judged(files, blocks, placed, known, newest if newest_by_source else None, suppressed_in(ctx, settings, ctx.read(Suppressions), placed, keep))
        settled = write_judged(ctx, judged, keep, ctx.now)
        _write_drift(ctx, settings, files, blocks, records.transform(to_new_fields, numbers, now=ctx.now))
    return settled


def write_judged(ctx: JobContext, judged: Judged, keep: Keep, now: datetime, *, part: str = "") -> list[Account]:
    """Tell duplicates, check the sums, and only then write bronze, quarantine and the days that late events touch.

    Parameters
    ----------
    part
        Tells the checks of one run apart, if it writes several deliveries.
    """
    good, out = judged.placed.transform(only_good), judged.suppressed
    good = good if out is None else good.transform(only_first, out)
    duplicates = duplicates_of(ctx, good, judged.known, keep, sum(f.rows_in for f in judged.files))
    kept_out = [] if out is None else out.groupBy(RawEvents.source, RawEvents.file_id).count().collect()  # one row a file
    settled = accounts(judged.files, judged.blocks, duplicates.transform(to_file_counts).collect(), kept_out)  # one row a file
    report(settled, ctx.log, lambda name, **found: ctx.check(name + part, **found))
    accepted = good.transform(only_first, duplicates, sum(a.duplicate for a in settled))
    ctx.write(RawEvents, accepted.transform(to_bronze, ingest_ts=now), only_in=(RawEvents.file_id, {f.file_id for f in judged.files}), is_kept=True)
    ctx.write(Quarantine, judged.placed.transform(to_quarantine, ingest_ts=now))
    if judged.newest is not None:
        ctx.write(TouchedDays, accepted.transform(to_touched_days, judged.newest, now=now))
    return settled


def duplicates_of(ctx: JobContext, good: DataFrame, known: DataFrame, keep: Keep, count: int) -> DataFrame:
    """Return the duplicates among at most ``count`` good records, kept."""
    repeated = keep(to_repeated_hashes(good, known, count))
    keys = repeated.count()
    ctx.log("keys looked at twice", keys=keys)
    return keep(to_duplicates(good, known, repeated, keys))


def _write_drift(ctx: JobContext, settings: SourcesSettings, files: Sequence[RawFile], blocks: Sequence[Any], new: DataFrame | None) -> None:
    rows = small_frame(ctx.spark, file_drift(files, blocks, settings, ctx.now), Drift.contract.columns)
    has_new = new is not None and any(b[Blocks.extras_count] for b in blocks)
    if has_new or not rows.isEmpty():
        ctx.write(Drift, rows.unionByName(new) if has_new and new is not None else rows)


def _without_bad_files(ctx: JobContext, files: Sequence[RawFile]) -> list[RawFile]:
    steady = _without_changed_files(ctx, files)
    return steady if steady != list(files) else with_damage(ctx.spark, files)


def _without_changed_files(ctx: JobContext, files: Sequence[RawFile]) -> list[RawFile]:
    return refused_as_changed(files, only_changed(ctx.spark, readable(files)))
