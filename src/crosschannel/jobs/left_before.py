"""What the last success of stitching left, and the last day a run knows: what an increment may build on."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame

from crosschannel.contracts.silver import IdentityMap
from crosschannel.contracts.table import Table
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.io.fitting import schema_of
from crosschannel.io.lake import ABSENT
from crosschannel.runtime.context import JobContext


def version_before(ctx: JobContext, table: type[Table]) -> int:
    """Return the version of one of the job's own tables to build on: what its last success left, or the newest if there was none."""
    contract = table.contract
    newest = ctx.lake.version(contract)
    if ctx.before is None:
        return newest
    left = ctx.before.outputs.get(contract.name, ABSENT)
    # What compaction wrote since holds the same rows; Delta may refuse to open the version before it.
    return newest if left != ABSENT and ctx.lake.data_version(contract) <= left else left


def read_before(ctx: JobContext, table: type[Table]) -> DataFrame:
    """Return a table at that version, which stays the same while the job writes a new one."""
    version = version_before(ctx, table)
    return frame_of(ctx.spark, [], schema_of(table.contract)) if version == ABSENT else ctx.read(table, version)


def read_known(ctx: JobContext) -> DataFrame | None:
    """Return the map before; ``None`` if there was none."""
    return None if version_before(ctx, IdentityMap) == ABSENT else read_before(ctx, IdentityMap)


def known_day(ctx: JobContext) -> date:
    """Return the last day the run knows, with which windows end."""
    return ctx.pinned_as_of or ctx.now.date()
