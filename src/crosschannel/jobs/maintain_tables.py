"""Keep every table of the lake in step with its contract, free of expired rows, and in few files.

Reads   the log of every table; no table belongs to it
Writes  columns a contract gained, deletions past retention_days, compactions, clean-ups
Rerun   nothing to do is found from the logs, in about a second; compaction and clean-up change no row
Submit  spark-submit --properties-file conf/spark/local.conf jobs/maintain_tables.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.jobs.tending import tend
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.maintenance import MaintenanceSettings


def run(ctx: JobContext, settings: MaintenanceSettings) -> None:
    """Mend, prune, compact and clean up each table that needs it."""
    done = [f"{contract.name}: {work}" for contract in CONTRACTS.values() if ctx.lake.exists(contract) for work in tend(ctx, contract, settings)]
    for line in done:
        ctx.log(line)
    ctx.log("maintained" if done else "nothing to maintain", tables=len(CONTRACTS), steps=len(done))


def _state(ctx: JobContext, settings: MaintenanceSettings) -> str:  # noqa: ARG001 -- the signature every job shares
    """Name what every table holds; ops tables change with every run and are tended when others changed."""
    return ",".join(f"{c.name}@{ctx.lake.data_version(c)}" for c in CONTRACTS.values() if c.layer != "ops")


JOB = Job("maintain_tables", run, settings=lambda project: MaintenanceSettings(), also_depends_on=_state, tracked=False)  # noqa: ARG005
