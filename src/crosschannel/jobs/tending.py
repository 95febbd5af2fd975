"""What one table needs, found from its log alone: columns, retention, deletions, compaction, clean-up."""

from __future__ import annotations

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.contracts.serving import PublishedSegments
from crosschannel.contracts.table import Contract, Write
from crosschannel.errors import StorageError
from crosschannel.io import upkeep
from crosschannel.io.lake import properties_of
from crosschannel.runtime.context import JobContext
from crosschannel.settings.maintenance import MaintenanceSettings

FAMILIES = (CustomerFeatures.contract.name, PublishedSegments.contract.name)  # a project's own columns follow


def tend(ctx: JobContext, contract: Contract, settings: MaintenanceSettings) -> list[str]:
    """Do what one table needs and say what was done."""
    spark, path, as_of = ctx.spark, ctx.lake.path(contract), ctx.pinned_as_of
    table, done = upkeep.stored(spark, path), []
    if differences := upkeep.destructive_differences(table.schema, contract, has_family=contract.name in FAMILIES):
        raise StorageError(f"{contract.name} cannot be mended in place: {'; '.join(differences)}; move the table away and run its job again")
    if missing := upkeep.missing_columns(table.schema, contract):
        upkeep.add_columns(spark, path, missing)
        done.append(f"added {', '.join(missing)}")
    if retention := upkeep.other_retention(table, properties_of(contract)):
        upkeep.set_properties(spark, path, retention)
        done.append(f"set {', '.join(retention)}")
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
