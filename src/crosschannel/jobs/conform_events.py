"""Bring the accepted records of all sources into one shape, with their identifiers as pseudonyms.

Reads   bronze.events; its own silver.events and silver.identifiers, to conform only what is new, with the same key
Writes  silver.profiles, one row per record of people, where identity.yaml compares records;
        silver.identifiers, one row per identifier on an event; silver.events, one row per event, last
Rerun   events that are there are left alone; after a kill the rest is added; repeated snapshots are no events
Submit  spark-submit --properties-file conf/spark/local.conf jobs/conform_events.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.people import Profiles
from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.identity.records.profiles import to_profiles
from crosschannel.identity.sightings import sighting_expr, to_identifiers, with_pseudonyms
from crosschannel.ingest.conform import FLAGS, IDENTIFIERS, only_ids, to_events, to_unconformed_ids, with_event_id
from crosschannel.ingest.snapshots import to_unchanged_ids, without_ids
from crosschannel.io.staging import staging
from crosschannel.jobs.own_key import own_key
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.conform import ConformSettings


def run(ctx: JobContext, settings: ConformSettings) -> None:
    """Map each source's fields to events, and make pseudonyms of their identifiers."""
    pseudonyms, namespaces = settings.identity.pseudonyms, settings.identity.namespaces
    sources, (key, key_name) = settings.sources.sources, own_key(ctx.read(Identifiers), pseudonyms)
    bronze = ctx.read(RawEvents).transform(with_event_id)
    if settings.identity.records:
        ctx.write(Profiles, bronze.transform(to_profiles, sources=sources, settings=settings.identity, spark=ctx.spark, key=key))
    with staging() as keep:
        unchanged = keep(bronze.transform(to_unchanged_ids, sources).transform(without_ids, ctx.read(Events)))
        repeated = unchanged.count()  # none where no source delivers snapshots
        new = _only_new(bronze.transform(without_ids, unchanged) if repeated else bronze, ctx.read(Events), keep)
        shaped = new.transform(to_events, sources=sources, identifier_expr=sighting_expr(namespaces))
        events = keep(shaped.transform(with_pseudonyms, IDENTIFIERS, spark=ctx.spark, key=key, version=pseudonyms.version))
        flagged = events.agg(*[F.count_if(F.col(flag)).alias(flag) for flag in FLAGS]).collect()[0]  # one row
        for flag, meaning in FLAGS.items():
            ctx.check(meaning, observed=flagged[flag], expected=0, passed=True)  # said and kept, never refused
        ctx.log("looked at", snapshot_rows_unchanged=repeated, **{flag.lower(): flagged[flag] for flag in FLAGS})
        ctx.write(Identifiers, events.transform(to_identifiers, IDENTIFIERS, key_name))
        stored = ctx.write(Events, events)
        ctx.check("one event per accepted record that is no repeated snapshot", observed=stored.count() + repeated, expected=bronze.count())


def _only_new(records: DataFrame, known: DataFrame, keep: Callable[[DataFrame], DataFrame]) -> DataFrame:
    """Leave out what is conformed; a first load has nothing to compare with, and its payloads stay where they are."""
    if known.isEmpty():
        return records
    ids = keep(records.transform(to_unconformed_ids, known))
    return records.transform(only_ids, ids)


JOB = Job("conform_events", run, lambda project: ConformSettings(sources=project.sources, identity=project.identity), needs_as_of=False)
