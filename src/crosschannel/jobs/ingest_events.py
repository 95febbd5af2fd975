"""Take raw files in: accept, quarantine or recognise every record.

Reads   the project's raw sources; ops.files, to know which files are new; bronze.events, to know which events are
Writes  bronze.events, one row per accepted record; bronze.quarantine, one per refused record; ops.files, one per file, booked last
Rerun   a file is known by its content: the same files add nothing; after a kill the same records are written once
Submit  spark-submit --properties-file conf/spark/local.conf jobs/ingest_events.py --conf conf/demo --raw var/raw --lake var/lake
"""

from __future__ import annotations

from collections.abc import Sequence

from crosschannel.contracts.bronze import Numbering, Quarantine, RawEvents
from crosschannel.contracts.ops import Files
from crosschannel.contracts.raw import Account, RawFile
from crosschannel.ingest.account import accounts, ledger_rows, numbering, report
from crosschannel.ingest.dedupe import only_first, to_duplicates, to_file_counts, to_repeated_hashes
from crosschannel.ingest.discover import changed_paths, fingerprint, only_new, only_unseen, readable
from crosschannel.ingest.records import only_good, only_sources, to_all_records, to_blocks, to_bronze, to_quarantine, with_record_id
from crosschannel.io.raw_files import list_files, read_raw, with_content, with_counts
from crosschannel.io.staging import small_frame, staging
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.sources import SourcesSettings


def run(ctx: JobContext, settings: SourcesSettings) -> None:
    """Judge every record of every new file, write it where it belongs, and book the files."""
    ledger = ctx.read(Files).collect()  # one row a file
    files = with_counts(ctx.spark, only_new(with_content(ctx.spark, only_unseen(_listing(ctx, settings), ledger)), ledger))
    if not files:
        return ctx.log("no new file")
    ctx.log("new files", files=len(files), rows_in=sum(f.rows_in for f in files), of_changed_content=len(changed_paths(files, ledger)))
    settled = _take_in(ctx, settings, files) if readable(files) else accounts(files, [], [])
    ctx.write(Files, small_frame(ctx.spark, ledger_rows(settled, ctx.now), Files.contract.columns))


def _take_in(ctx: JobContext, settings: SourcesSettings, files: Sequence[RawFile]) -> list[Account]:
    """Parse once, settle every record's fate, check the sums, and only then write."""
    with staging() as keep:
        records = keep(to_all_records(settings, files, read=lambda group: read_raw(ctx.spark, group)))
        blocks = records.transform(to_blocks).collect()  # one row per part of a file
        placed = records.transform(with_record_id, small_frame(ctx.spark, numbering(files, blocks), Numbering.columns))
        good, known = placed.transform(only_good), ctx.read(RawEvents).transform(only_sources, {f.source for f in files})
        repeated = keep(to_repeated_hashes(good, known))
        ctx.log("keys looked at twice", keys=repeated.count())  # filled now: the joins below then know how few they are
        duplicates = keep(to_duplicates(good, known, repeated))
        settled = accounts(files, blocks, duplicates.transform(to_file_counts).collect())  # one row a file
        report(settled, ctx.log, ctx.check)
        ctx.write(RawEvents, good.transform(only_first, duplicates).transform(to_bronze, ingest_ts=ctx.now))
        ctx.write(Quarantine, placed.transform(to_quarantine, ingest_ts=ctx.now))
    return settled


def _listing(ctx: JobContext, settings: SourcesSettings) -> list[RawFile]:
    return [f for s in settings.sources for f in list_files(ctx.spark, ctx.raw, s.source, s.format, s.path)]


JOB = Job("ingest_events", run, lambda project: project.sources, lambda ctx, settings: fingerprint(_listing(ctx, settings)), needs_as_of=False)
