"""Keep every table of the lake in step with its contract, free of expired rows, and in few files.

Reads   the log of every table; no table belongs to it
Writes  columns a contract gained, deletions past retention_days, compactions, clean-ups
Rerun   nothing to do is found from the logs, in about a second; compaction and clean-up change no row
Submit  spark-submit --properties-file conf/spark/local.conf jobs/maintain_tables.py --conf conf/demo --lake var/lake
"""

from __future__ import annotations

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.serving import PublishedSegments
from crosschannel.contracts.table import Contract, Write
from crosschannel.errors import StorageError
from crosschannel.io import upkeep
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.maintenance import MaintenanceSettings

FAMILIES = (CustomerFeatures.contract.name, PublishedSegments.contract.name)  # a project's own columns follow


def run(ctx: JobContext, settings: MaintenanceSettings) -> None:
    """Mend, prune, compact and clean up each table that needs it."""
    done = [f"{contract.name}: {work}" for contract in CONTRACTS.values() if ctx.lake.exists(contract) for work in tend(ctx, contract, settings)]
    for line in done:
        ctx.log(line)
    ctx.log("maintained" if done else "nothing to maintain", tables=len(CONTRACTS), steps=len(done))


def tend(ctx: JobContext, contract: Contract, settings: MaintenanceSettings) -> list[str]:
    """Do what one table needs and say what was done."""
    spark, path, as_of = ctx.spark, ctx.lake.path(contract), ctx.pinned_as_of
    table, done = upkeep.stored(spark, path), []
    if differences := upkeep.destructive_differences(table.schema, contract, has_family=contract.name in FAMILIES):
        raise StorageError(f"{contract.name} cannot be mended in place: {'; '.join(differences)}; move the table away and run its job again")
    if missing := upkeep.missing_columns(table.schema, contract):
        upkeep.add_columns(spark, path, missing)
        done.append(f"added {', '.join(missing)}")
    if contract.retention_days is not None and as_of is not None and upkeep.has_expired(spark, path, contract, as_of):
        upkeep.delete_expired(spark, path, contract, as_of)
        done.append(f"deleted rows older than {contract.retention_days} days")
    # A replaced table is written whole each time; compacting it would only age the version its release names.
    bounds = (settings.min_small_files, settings.small_file_bytes, settings.compact_every)
    if contract.write is not Write.REPLACE and upkeep.is_fragmented(spark, path, table, *bounds):
        upkeep.compact(spark, path)
        done.append(f"compacted {table.files} files")
    if upkeep.commits_since(spark, path, table.version, upkeep.VACUUM, settings.vacuum_every) >= settings.vacuum_every:
        upkeep.vacuum(spark, path)
        done.append("cleaned up")
    return done


def _state(ctx: JobContext, settings: MaintenanceSettings) -> str:  # noqa: ARG001 -- the signature every job shares
    """Name what every table holds; ops tables change with every run and are tended when others changed."""
    return ",".join(f"{c.name}@{ctx.lake.data_version(c)}" for c in CONTRACTS.values() if c.layer != "ops")


JOB = Job("maintain_tables", run, settings=lambda project: MaintenanceSettings(), also_depends_on=_state, tracked=False)  # noqa: ARG005
