"""Draw control groups, and propose to everybody else what the playbook says.

Reads   serving.customer_segments and serving.segment_profiles of the current release (serving.releases);
        silver.identity_aliases, silver.identity_events; silver.consents (silver.events without consent.yaml), silver.identity_map;
        its own gold.holdout_rules, gold.holdout_draws
Writes  gold.holdout_rules, gold.holdout_events, gold.holdout_draws; serving.holdouts;
        serving.candidate_actions, serving.withheld_actions
Rerun   a lot, once drawn, is kept: the same release, playbook and consent give the same rows
Submit  spark-submit --properties-file conf/spark/local.conf jobs/plan_actions.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from crosschannel.contracts.activation import Holdouts
from crosschannel.errors import UsageError
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.io.fitting import schema_of
from crosschannel.io.releases import current_release
from crosschannel.jobs.planning import draw_holdouts, propose_actions
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.playbook import PlanSettings


def run(ctx: JobContext, settings: PlanSettings) -> None:
    """Draw control groups, and propose to everybody else what the playbook says."""
    if settings.is_empty:
        return ctx.log("neither holdouts.yaml nor playbook.yaml: nothing to plan")
    release = current_release(ctx.lake)
    if release is None:
        raise UsageError(f"nothing is published in {ctx.lake.root} yet: run `crosschannel run --lake {ctx.lake.root} --raw DIR` first")
    holdouts = frame_of(ctx.spark, [], schema_of(Holdouts.contract))
    if settings.holdouts is not None:
        holdouts = draw_holdouts(ctx, settings.holdouts.rules, release)
    if settings.playbook is not None:
        propose_actions(ctx, settings.playbook, settings.consent, release, holdouts)
    return None


JOB = Job("plan_actions", run, settings=lambda project: project.plan, needs_as_of=False, tracked=False)
