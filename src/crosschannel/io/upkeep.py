"""Keep Delta tables healthy: grow them with their contract, compact, clean up, drop expired rows.

What a table looks like is read from its log (the commit files and the checksum beside each), so
finding that there is nothing to do starts no Spark job.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from delta.tables import DeltaTable
from pyspark.sql import Column as SparkColumn, SparkSession, functions as F
from pyspark.sql.types import StructType

from crosschannel.contracts.column import Column, Role
from crosschannel.contracts.table import Contract
from crosschannel.io.delta_log import latest_version, log_text, operation, sql_name
from crosschannel.io.fitting import schema_of

OPTIMIZE, VACUUM = "OPTIMIZE", "VACUUM END"


@dataclass(frozen=True)
class Stored:
    """A stored table at its newest version: its schema, and how its rows are cut into files."""

    version: int
    schema: StructType
    files: int
    size_bytes: int
    properties: Mapping[str, str]

    @property
    def mean_bytes(self) -> float:
        """Mean size of a file."""
        return self.size_bytes / max(self.files, 1)


def stored(spark: SparkSession, path: str) -> Stored:
    """Return a table as it stands, from the checksum file of its newest version if there is one."""
    version = latest_version(spark, path)
    text = log_text(spark, path, f"{version:020d}.crc")
    if text is not None and "metadata" in (found := json.loads(text)):
        schema = StructType.fromJson(json.loads(found["metadata"]["schemaString"]))
        return Stored(version, schema, int(found["numFiles"]), int(found["tableSizeBytes"]), found["metadata"].get("configuration", {}))
    (detail,) = DeltaTable.forPath(spark, path).detail().collect()
    return Stored(version, spark.read.format("delta").load(path).schema, int(detail.numFiles), int(detail.sizeInBytes), detail.properties)


def missing_columns(schema: StructType, contract: Contract) -> tuple[Column, ...]:
    """Return contract columns the stored table does not have yet."""
    present = set(schema.names)
    return tuple(c for c in contract.columns if c not in present)


def destructive_differences(schema: StructType, contract: Contract, has_family: bool = False) -> list[str]:
    """Name every difference between stored table and contract that adding nullable columns cannot mend.

    Parameters
    ----------
    has_family
        The project adds columns of its own, so columns beyond the contract are expected.
    """
    fields = {f.name: f for f in schema.fields}
    found = [f"{c} is required but not stored" for c in missing_columns(schema, contract) if not c.spec.nullable]
    for column, field in zip(contract.columns, schema_of(contract).fields, strict=True):
        mine = fields.get(str(column))
        if mine is not None and mine.dataType.simpleString() != field.dataType.simpleString():
            found.append(f"{column} is stored as {mine.dataType.simpleString()}, {field.dataType.simpleString()} declared")
        elif mine is not None and field.nullable and not mine.nullable:
            found.append(f"{column} is stored as required, nullable declared")
    beyond = [] if has_family else sorted(set(fields) - {str(c) for c in contract.columns})
    return found + [f"{name} is stored but not declared" for name in beyond]


def add_columns(spark: SparkSession, path: str, columns: Iterable[Column]) -> None:
    """Add nullable columns at the end of a stored table; rows already there hold null."""
    declared = ", ".join(f"`{c}` {c.spec.dtype} COMMENT '{_quoted(c.spec.meaning)}'" for c in columns)
    spark.sql(f"ALTER TABLE {sql_name(spark, path)} ADD COLUMNS ({declared})")


def is_fragmented(spark: SparkSession, path: str, table: Stored, min_files: int, small_bytes: int, every: int) -> bool:
    """Tell whether a table lies in many small files and was not compacted within the last ``every`` commits."""
    if table.files < min_files or table.mean_bytes >= small_bytes:
        return False
    return commits_since(spark, path, table.version, OPTIMIZE, every) >= every


def set_epoch(spark: SparkSession, path: str, epoch: int) -> None:
    """Write the epoch of the lake's holder into the table's metadata, so that no commit begun before comes after."""
    set_properties(spark, path, {"crosschannel.epoch": str(epoch)})


def other_retention(table: Stored, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return how long files and log are to be kept, where the stored table says otherwise."""
    return {name: value for name, value in wanted.items() if name.endswith("RetentionDuration") and table.properties.get(name) != value}


def set_properties(spark: SparkSession, path: str, properties: Mapping[str, str]) -> None:
    """Set properties of a stored table; no row changes."""
    given = ", ".join(f"'{_quoted(name)}' = '{_quoted(value)}'" for name, value in properties.items())
    spark.sql(f"ALTER TABLE {sql_name(spark, path)} SET TBLPROPERTIES ({given})")


def compact(spark: SparkSession, path: str) -> None:
    """Rewrite small files into larger ones; every row stays as it is."""
    DeltaTable.forPath(spark, path).optimize().executeCompaction()


def vacuum(spark: SparkSession, path: str) -> None:
    """Delete files no version within the table's retention needs."""
    spark.sql(f"VACUUM {sql_name(spark, path)}")


def retention_column(contract: Contract) -> Column | None:
    """Return the column retention counts from: the partition date, else the first date or moment that every row has."""
    dated = [c for c in contract.columns if c.spec.dtype in ("date", "timestamp") and not c.spec.nullable]
    by_role = [c for role in (Role.PARTITION, Role.TIME, Role.STAMP) for c in dated if c.spec.role is role]
    return next(iter(by_role), None)


def has_expired(spark: SparkSession, path: str, contract: Contract, as_of_date: date) -> bool:
    """Tell whether any file may hold rows past retention; decided by the log's statistics, no file is opened."""
    return bool(spark.read.format("delta").load(path).where(_expired(contract, as_of_date)).inputFiles())


def delete_expired(spark: SparkSession, path: str, contract: Contract, as_of_date: date) -> None:
    """Delete rows past retention."""
    DeltaTable.forPath(spark, path).delete(_expired(contract, as_of_date))


def commits_since(spark: SparkSession, path: str, version: int, upkeep: str, limit: int) -> int:
    """Return how many commits came after the last ``upkeep``, at most ``limit``; a new table counts from its creation."""
    for ago in range(min(limit, version)):
        if operation(spark, path, version - ago) == upkeep:
            return ago
    return min(limit, version)


def _expired(contract: Contract, as_of_date: date) -> SparkColumn:
    column = retention_column(contract)
    assert column is not None  # asked only of tables that declare both
    assert contract.retention_days is not None
    return F.col(column) < F.lit(as_of_date - timedelta(days=contract.retention_days)).cast(column.spec.dtype)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
