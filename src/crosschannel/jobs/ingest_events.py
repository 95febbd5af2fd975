"""Take raw files in: accept, quarantine or recognise every record.

Reads   the project's raw sources; ops.files, to know which files are new; bronze.events, to know which events are
Writes  bronze.events, one row per accepted record; bronze.quarantine, one per refused record; ops.touched_days, the days that
        late events were added to; ops.drift, how files differ from their contract; ops.files, one row per file, booked last
Rerun   a file is known by its content: the same files add nothing; after a kill the same records are written once
Submit  spark-submit --properties-file conf/spark/local.conf jobs/ingest_events.py --conf conf/demo --raw var/raw --lake var/lake
"""

from __future__ import annotations

from crosschannel.contracts.ops import Files
from crosschannel.contracts.raw import RawFile
from crosschannel.ingest.account import ledger_rows
from crosschannel.ingest.discover import Again, fingerprint, only_new, only_unseen, refused_as_changed, with_csv_columns, with_notices
from crosschannel.ingest.drift import refused_for_columns
from crosschannel.ingest.thresholds import judge_refusals
from crosschannel.io.raw_files import list_files, only_changed, with_content, with_counts
from crosschannel.io.staging import small_frame
from crosschannel.jobs.intake import take_in
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.sources import SourcesSettings


def run(ctx: JobContext, settings: SourcesSettings, again: Again = frozenset()) -> None:
    """Judge every record of every new file, write it where it belongs, and book the files.

    Parameters
    ----------
    again
        Sources whose refused files are looked at once more.
    """
    ledger = ctx.read(Files).collect()  # one row a file
    known = with_content(ctx.spark, only_unseen(listing(ctx, settings), ledger, again))
    new = with_csv_columns(with_notices(only_new(known, ledger, again), ledger), settings)
    counted = with_counts(ctx.spark, refused_for_columns(new, settings))
    files = refused_as_changed(counted, only_changed(ctx.spark, counted))
    if not files:
        ctx.log("no new file")
        return judge_refusals(ledger, settings, ctx.log)
    ctx.log("new files", files=len(files), rows_in=sum(f.rows_in for f in files))
    for file in files:
        if file.reason or file.notice:
            ctx.log(f"{file.path}: {'refused, ' if file.reason else ''}{file.reason or file.notice}")
    booked = ledger_rows(take_in(ctx, settings, files), ctx.now)
    stored = ctx.write(Files, small_frame(ctx.spark, booked, Files.contract.columns))
    judge_refusals(stored.collect(), settings, ctx.log)  # one row a file


def listing(ctx: JobContext, settings: SourcesSettings) -> list[RawFile]:
    """Return all files of all sources."""
    return [f for s in settings.sources for f in list_files(ctx.spark, ctx.raw, s.source, s.format, s.path)]


JOB = Job("ingest_events", run, lambda project: project.sources, lambda ctx, settings: fingerprint(listing(ctx, settings)), needs_as_of=False)
