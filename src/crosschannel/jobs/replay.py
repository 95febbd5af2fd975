"""Bring refused records back: those of quarantine, and files that were refused as a whole.

Runs under the name of the job ``ingest_events``, whose tables it writes: bronze.events, then
bronze.quarantine, then ops.files. After a kill it is run again and ends in the same tables.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import partial

from pyspark.sql import Row

from crosschannel.contracts.bronze import Numbering, Quarantine, RawEvents, Records
from crosschannel.contracts.ops import Files, TopicBatches, TouchedDays
from crosschannel.contracts.privacy import Suppressions
from crosschannel.errors import UsageError
from crosschannel.ingest.dedupe import only_first
from crosschannel.ingest.lateness import to_newest, to_touched_days
from crosschannel.ingest.records import only_good, only_sources, to_bronze, with_record_id
from crosschannel.ingest.replay import (
    numbering_of,
    only_open,
    replayed_rows,
    to_marked,
    to_readings,
    to_records_again,
    to_state_counts,
)
from crosschannel.io.staging import small_frame, staging
from crosschannel.jobs import ingest_events
from crosschannel.jobs.intake import duplicates_of
from crosschannel.jobs.judging import judge
from crosschannel.jobs.suppressing import suppressed_in
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.sources import Source, SourcesSettings


def replay_job(source: str) -> Job:
    """Return the job that replays a source."""
    return Job("ingest_events", partial(replay, source=source), lambda project: project.sources, lambda *_: f"replay of {source}", needs_as_of=False)


def replay(ctx: JobContext, settings: SourcesSettings, source: str) -> None:
    """Judge the refused records of a source again, and take in its refused files if their contract allows it now.

    Raises
    ------
    UsageError
        There is no such source.
    """
    one = source_named(settings, source)
    alone = SourcesSettings(sources=(one,), identity=settings.identity)
    _replay_records(ctx, alone)
    ledger = ctx.read(Files).collect()  # one row a file
    counts = ctx.read(Quarantine).transform(to_state_counts, source).collect()  # a few rows a file
    rows = replayed_rows(ledger, counts, source)
    if rows:
        ctx.write(Files, small_frame(ctx.spark, rows, Files.contract.columns))
    if ctx.raw:
        ingest_events.run(ctx, alone, again=frozenset({source}))
    else:
        judge(ctx, alone, ctx.read(Files).collect())


def source_named(settings: SourcesSettings, name: str) -> Source:
    """Return a source by its name.

    Raises
    ------
    UsageError
        There is none; the nearest name is offered.
    """
    by_name = {s.source: s for s in settings.sources}
    if name not in by_name:
        near = get_close_matches(name, by_name, n=1)
        raise UsageError(f"no source is named {name!r}; {f'did you mean {near[0]}? ' if near else ''}there are {', '.join(sorted(by_name))}")
    return by_name[name]


def _places(ctx: JobContext) -> list[Row]:
    """Return source and id of every file and every partition of a topic that was read."""
    place = [Files.source, Files.file_id]
    return ctx.read(Files).select(*place).union(ctx.read(TopicBatches).select(*place).distinct()).collect()


def _replay_records(ctx: JobContext, settings: SourcesSettings) -> None:
    (source,) = settings.sources
    known = ctx.read(RawEvents).transform(only_sources, [source.source])
    with staging() as keep:
        refused = keep(ctx.read(Quarantine).transform(only_open, source.source))
        readings = refused.transform(to_readings).collect()  # a header or two
        if not readings:
            return ctx.log(f"{source.source}: quarantine holds no open record")
        numbers = small_frame(ctx.spark, numbering_of(_places(ctx), source.source), Numbering.columns)
        newest = keep(to_newest(known, refused.select(RawEvents.file_id).distinct()))
        moments = newest.collect()  # one row: the source
        judged = keep(refused.transform(to_records_again, readings, source, numbers, moments[0][1] if moments else None))
        placed = judged.transform(with_record_id, numbers)
        out = suppressed_in(ctx, settings, ctx.read(Suppressions), placed, keep)
        placed = placed if out is None else placed.transform(only_first, out)  # of erased people: they stay refused
        good = placed.transform(only_good)
        taken, back = refused.count(), good.count()
        duplicates = duplicates_of(ctx, good, known, keep, back)
        again = duplicates.count()
        still = judged.where(judged[Records.reason_codes] != "").count() + (0 if out is None else out.count())
        ctx.log(f"replay of {source.source}", taken=taken, good=back - again, duplicate=again, still_refused=still)
        ctx.check(f"replay of {source.source}: taken = good + duplicate + refused", observed=back + still, expected=taken)
        accepted = good.transform(only_first, duplicates, again)
        ctx.write(RawEvents, accepted.transform(to_bronze, ingest_ts=ctx.now))
        ctx.write(TouchedDays, accepted.transform(to_touched_days, newest, now=ctx.now))
        ctx.write(Quarantine, to_marked(refused, placed, duplicates))
