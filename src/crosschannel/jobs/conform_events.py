"""Bring the accepted records of all sources into one shape, with their identifiers as pseudonyms.

Reads   bronze.events; its own silver.events, to conform only what is new
Writes  silver.identifiers, one row per identifier on an event; silver.events, one row per event, last
Rerun   events that are there are left alone; after a kill the rest is added
Submit  spark-submit --properties-file conf/spark/local.conf jobs/conform_events.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from pyspark.sql import functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.identity.sightings import sighting_expr, to_identifiers, with_pseudonyms
from crosschannel.ingest.conform import IDENTIFIERS, IS_ROUNDED, only_unconformed, to_events
from crosschannel.io.staging import staging
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.conform import ConformSettings


def run(ctx: JobContext, settings: ConformSettings) -> None:
    """Map each source's fields to events, and make pseudonyms of their identifiers."""
    pseudonyms, namespaces = settings.identity.pseudonyms, settings.identity.namespaces
    bronze = ctx.read(RawEvents)
    new = bronze.transform(only_unconformed, events=ctx.read(Events))
    shaped = new.transform(to_events, sources=settings.sources.sources, identifier_expr=sighting_expr(namespaces))
    with staging() as keep:
        events = keep(shaped.transform(with_pseudonyms, IDENTIFIERS, spark=ctx.spark, key=pseudonym_key(pseudonyms), version=pseudonyms.version))
        ctx.write(Identifiers, events.transform(to_identifiers, IDENTIFIERS))
        stored = ctx.write(Events, events)
        ctx.log("amounts rounded to cents", events=events.where(F.col(IS_ROUNDED)).count())
    ctx.check("one event per accepted record", observed=stored.count(), expected=bronze.count())


JOB = Job("conform_events", run, lambda project: ConformSettings(sources=project.sources, identity=project.identity), needs_as_of=False)
