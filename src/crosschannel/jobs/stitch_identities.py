"""Stitch identifiers into customers.

Reads   silver.identifiers; silver.profiles, if identity.yaml compares records; ops.identity_actions,
        what people decided; silver.consents, if a namespace needs a purpose; its own last results, so that
        ids stay stable and only what changed is solved again
Writes  silver.identity_edges, one row per pair; silver.identity_map, one row per identifier;
        silver.identity_refusals, one row per link that was not made; silver.identity_history, one row
        per membership that ended; silver.identity_aliases, one row per retired id;
        silver.identity_events, one row per event in the life of an id; silver.households, one row
        per customer that lives with others, if asked for; with records also silver.record_links,
        silver.match_models and silver.record_customers
Rerun   the same identifiers, decisions and settings give the same members, whatever their order or
        partitioning, solved anew or step by step; their ids are those of the map before
Submit  spark-submit --properties-file conf/spark/local.conf jobs/stitch_identities.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from crosschannel.io.staging import staging
from crosschannel.jobs.left_before import read_known
from crosschannel.jobs.matching import store_matches
from crosschannel.jobs.publishing_ids import named, pass_gate, publish
from crosschannel.jobs.second_graphs import publish_households
from crosschannel.jobs.stitching import gather, solved
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.stitching import Stitching


def run(ctx: JobContext, told: Stitching) -> None:
    """Link identifiers seen together, split what breaks a rule, and name the customers."""
    known, settings = read_known(ctx), told.identity
    with staging() as keep:
        evidence = gather(ctx, told, known, keep)
        members = solved(ctx, settings, evidence, known, keep)
        result = named(ctx, settings, evidence, members, known, keep)
        pass_gate(ctx, settings, evidence, result)
        publish(ctx, evidence, result)
        if evidence.matches:
            store_matches(ctx, settings, evidence.matches, result.identity_map)
        publish_households(ctx, settings, evidence, result.identity_map, keep)


JOB = Job("stitch_identities", run, settings=lambda project: project.stitching)
