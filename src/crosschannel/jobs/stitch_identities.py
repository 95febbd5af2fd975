"""Stitch identifiers into customers.

Reads   silver.identifiers; silver.profiles, if identity.yaml compares records
Writes  silver.identity_edges, one row per pair; silver.identity_map, one row per identifier;
        silver.identity_refusals, one row per link that was not made; with records also silver.record_links,
        silver.match_models and silver.record_customers
Rerun   the same identifiers and settings give the same rows, whatever their order or partitioning
Submit  spark-submit --properties-file conf/spark/local.conf jobs/stitch_identities.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from crosschannel.contracts.silver import ON_DEVICE, ON_EVENT, ON_RECORDS, Identifiers, IdentityEdges, IdentityMap, IdentityRefusals
from crosschannel.identity.canonical import to_identity_map
from crosschannel.identity.components import to_components
from crosschannel.identity.edges import to_edges, to_nodes
from crosschannel.identity.guests import to_guest_edges
from crosschannel.identity.refusals import UNEXPLAINED, only_rule, to_refusals
from crosschannel.identity.summary import to_summary
from crosschannel.io.staging import staging
from crosschannel.jobs.matching import match_records, store_matches
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.identity import IdentitySettings


def run(ctx: JobContext, settings: IdentitySettings) -> None:
    """Link identifiers seen together, split what breaks a rule, and name the customers."""
    identifiers = ctx.read(Identifiers)
    nodes = identifiers.transform(to_nodes)
    direct = ctx.write(IdentityEdges, identifiers.transform(to_edges, settings=settings), slices=[ON_EVENT])
    edges = ctx.write(IdentityEdges, direct.transform(to_guest_edges, nodes=nodes, settings=settings), slices=[ON_DEVICE])
    with staging() as keep:
        matches = match_records(ctx, settings, keep) if settings.records else None
        edges = ctx.write(IdentityEdges, matches.edges, slices=[ON_RECORDS]) if matches else edges
        components = edges.transform(to_components, max_driver_edges=settings.max_driver_edges)
        identity_map = ctx.write(IdentityMap, nodes.transform(to_identity_map, edges=edges, components=components, settings=settings))
        refused = identifiers.transform(to_refusals, edges=edges, identity_map=identity_map, settings=settings)
        refusals = ctx.write(IdentityRefusals, refused.unionByName(matches.refusals) if matches else refused)
        if matches:
            store_matches(ctx, settings, matches, identity_map)

    (summary,) = identity_map.transform(to_summary).collect()
    ctx.log("stitched", **summary.asDict())
    ctx.tracker.log_metrics(summary.asDict())
    ctx.check("largest_customer", observed=summary.largest_customer, passed=summary.largest_customer <= settings.max_customer_size)
    ctx.check("unexplained_refusals", observed=refusals.transform(only_rule, UNEXPLAINED).count(), expected=0)


JOB = Job("stitch_identities", run, settings=lambda project: project.identity)
