"""Take raw files in: accept, quarantine or recognise every record.

Reads   ops.suppressions, to keep out who was erased; the project's raw sources; ops.files, to know which files are new; bronze.events, to know which events are
Writes  bronze.events, one row per accepted record; bronze.quarantine, one per refused record; ops.touched_days, the days that
        late events were added to; ops.drift, how files differ from their contract; ops.files, one row per file, booked last;
        ops.topic_batches, one row per batch of a followed topic
Rerun   a file is known by its content: the same files add nothing; after a kill the same records are written once
Submit  spark-submit --properties-file conf/spark/local.conf jobs/ingest_events.py --conf conf/demo --raw var/raw --lake var/lake
"""

from __future__ import annotations

from collections.abc import Mapping

from crosschannel.contracts.raw import RawFile
from crosschannel.ingest.discover import Again
from crosschannel.io.raw_listing import list_files
from crosschannel.io.topics import Topic
from crosschannel.jobs.intake import take_files, what_lies_there
from crosschannel.jobs.judging import judge
from crosschannel.jobs.topics import take_topic
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.sources import SourcesSettings

NO_TOPICS: Mapping[str, Topic] = {}


def run(
    ctx: JobContext,
    settings: SourcesSettings,
    again: Again = frozenset(),
    found: list[RawFile] | None = None,
    topics: Mapping[str, Topic] = NO_TOPICS,
) -> None:
    """Judge every record of every new file, write it where it belongs, and book the files.

    Parameters
    ----------
    again
        Sources whose refused files are looked at once more.
    found
        Files to look at; those of the raw folder if not given.
    topics
        Topics to take in as well, by source.
    """
    ledger = take_files(ctx, settings, listing(ctx, settings) if found is None else found, again)
    for source in settings.sources:
        if source.source in topics:
            take_topic(ctx, settings, source, topics[source.source])
    judge(ctx, settings, ledger)


def listing(ctx: JobContext, settings: SourcesSettings) -> list[RawFile]:
    """Return all files of all sources; one that is only a topic has none."""
    return [f for s in settings.sources if s.path for f in list_files(ctx.spark, ctx.raw, s.source, s.format, s.path, s.encoding)]


JOB = Job("ingest_events", run, lambda project: project.sources, lambda ctx, settings: what_lies_there(ctx, listing(ctx, settings)), needs_as_of=False)
