"""The lake: Delta tables at ``<root>/<layer>/<table>``, read and written by contract.

The path is the truth; no catalogue is kept. Rerun safety belongs to the table's write mode, not
to the job: every mode below may be repeated with the same rows without changing anything but the
table's version.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from delta.tables import DeltaTable
from pyspark import StorageLevel
from pyspark.sql import Column as SparkColumn, DataFrame, SparkSession, functions as F
from pyspark.sql.types import StructType

from crosschannel.contracts.column import Column
from crosschannel.contracts.serving import PIN_DAYS
from crosschannel.contracts.subjects import is_telling
from crosschannel.contracts.table import Contract, DataClass, Write
from crosschannel.errors import ContractError, StorageError, UsageError
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.io.conflicts import conflicts_named
from crosschannel.io.delta_log import appended_files, latest_data_version, latest_version, qualified
from crosschannel.io.fitting import faults, fitted, only_changed, only_unseen, same_key, schema_of
from crosschannel.io.leftovers import swept_if_full
from crosschannel.io.upkeep import add_columns, missing_columns, stored

ABSENT = -1  # version of a table that does not exist yet
RETENTION_DAYS = {  # deleted files, log; see docs/decisions
    DataClass.IDENTIFIER: (7, 7),
    DataClass.DERIVED: (7, 30),
    DataClass.RELEASE: (PIN_DAYS + 7, 400),  # longer than the longest pin, by more than the longest run
    DataClass.RECORD: (30, 400),
}
ATOMIC = ("string", "int", "bigint", "double", "date", "timestamp")


@dataclass(frozen=True)
class Written:
    """What a write did: rows it added or replaced, and the table's version after it."""

    rows: int
    version: int


class Lake:
    """All tables under one root, which may be a folder or any Hadoop path."""

    def __init__(self, spark: SparkSession, root: str, guard: Callable[[], None] | None = None) -> None:
        self.spark = spark
        self.root = root.rstrip("/")
        self._guard = guard or (lambda: None)  # raises if this process may not write any more
        self._transaction: tuple[str, int] | None = None

    def path(self, contract: Contract) -> str:
        """Return where a table lies."""
        return f"{self.root}/{contract.layer}/{contract.table}"

    def version(self, contract: Contract) -> int:
        """Return the latest Delta version, or ``ABSENT``."""
        return latest_version(self.spark, self.path(contract))

    def data_version(self, contract: Contract) -> int:
        """Return the latest version that changed rows; compaction and clean-up do not count."""
        return latest_data_version(self.spark, self.path(contract))

    def exists(self, contract: Contract) -> bool:
        """Tell whether the table was ever created."""
        return self.version(contract) != ABSENT

    def read(self, contract: Contract, version: int | None = None) -> DataFrame:
        """Return a table's contract columns, as of ``version`` if given; empty if it does not exist."""
        if not self.exists(contract):
            return frame_of(self.spark, [], schema_of(contract))
        frame = self._stored(contract, version)
        return frame.select(*[_stored_expr(c, c in frame.columns, contract) for c in contract.columns])

    def stored_schema(self, contract: Contract, version: int | None = None) -> StructType:
        """Return the columns a table really has, comments included; those of its contract if it does not exist."""
        return self._stored(contract, version).schema if self.exists(contract) else schema_of(contract)

    def _stored(self, contract: Contract, version: int | None) -> DataFrame:
        reader = self.spark.read.format("delta")
        return (reader if version is None else reader.option("versionAsOf", version)).load(self.path(contract))

    def appended_since(self, contract: Contract, version: int) -> DataFrame | None:
        """Return the rows added after ``version``; ``None`` if rows were removed too, or the log does not reach back so far."""
        files = None if version < 0 or contract.partitions else appended_files(self.spark, self.path(contract), version)
        if files is None:
            return None
        reader = self.spark.read.schema(schema_of(contract))
        return reader.parquet(*files) if files else frame_of(self.spark, [], schema_of(contract))

    def create(self, contract: Contract) -> None:
        """Create the table if it is not there; NOT NULL columns are Delta's last fence."""
        builder = DeltaTable.createIfNotExists(self.spark).location(qualified(self.spark, self.path(contract))).comment(contract.grain)
        for column, field in zip(contract.columns, schema_of(contract).fields, strict=True):
            builder = builder.addColumn(str(column), field.dataType, nullable=column.spec.nullable, comment=column.spec.meaning)
        for name, value in properties_of(contract).items():
            builder = builder.property(name, value)
        if contract.partitions:
            builder = builder.partitionedBy(*[str(c) for c in contract.partitions])
        builder.execute()

    def write(
        self,
        contract: Contract,
        df: DataFrame,
        slices: Iterable[Any] | None = None,
        *,
        only_in: tuple[Column, Collection[str]] | None = None,
        is_kept: bool = False,
    ) -> Written:
        """Validate a frame and commit it in the table's write mode.

        Parameters
        ----------
        df
            Holds at least the contract's columns.
        slices
            For ``replace_partition``: the values of the partition column whose rows are swapped,
            also where ``df`` has none left for them.
        only_in
            For ``append_new``: a column and all values it has in ``df``, if the key decides it. Other
            rows of the table need not be looked at to know which ones are new.
        is_kept
            ``df`` rests on frames that are kept: to read it for its checks and again takes less than to keep it once more.

        Raises
        ------
        ContractError
            The frame breaks the contract; nothing was committed.
        """
        is_new = not self.exists(contract)
        rows_in = fitted(df, contract)
        if contract.write is Write.APPEND_NEW and not is_new:
            rows_in = only_unseen(rows_in, self.read(contract), contract, only_in)
        if contract.write is Write.MERGE and not is_new:
            rows_in = only_changed(rows_in, self.read(contract), contract)
        if not is_kept:
            rows_in = rows_in.persist(StorageLevel.MEMORY_AND_DISK)  # validated and written from one computation
        try:
            rows, found = faults(rows_in, contract)
            if found:
                raise ContractError(f"{contract.name}: nothing was written: " + "; ".join(found))
            self._guard()
            with conflicts_named(contract.name), swept_if_full(self.spark, self.path(contract)):
                self.create(contract) if is_new else self._grow(contract)
                if rows or contract.write in (Write.REPLACE, Write.REPLACE_PARTITION):
                    self._commit(contract, rows_in, slices, is_new=is_new)
            self._guard()  # a commit in the moment the lake changed hands is told, not taken for done
        finally:
            rows_in.unpersist()
        return Written(rows, self.version(contract))

    @contextmanager
    def transaction(self, app_id: str, version: int) -> Iterator[None]:
        """Let Delta refuse a second commit of the appends inside, whoever repeats them.

        Parameters
        ----------
        app_id
            Names a sequence of batches; each table keeps the last version it saw of it.
        version
            Number of the batch; rises within ``app_id``.
        """
        self._transaction = (app_id, version)
        try:
            yield
        finally:
            self._transaction = None

    def _grow(self, contract: Contract) -> None:
        """Add nullable columns the contract gained (a new feature, a new score); anything else is for people to decide."""
        schema = stored(self.spark, self.path(contract)).schema
        if new := missing_columns(schema, contract):
            add_columns(self.spark, self.path(contract), new)

    def _commit(self, contract: Contract, df: DataFrame, slices: Iterable[Any] | None, *, is_new: bool) -> None:
        if contract.write is Write.MERGE and not is_new:
            return self._merge(contract, df)
        if contract.write in (Write.APPEND_NEW, Write.MERGE):  # a new table has no row to merge with
            return self._append(contract, df)
        writer = df.write.format("delta").partitionBy(*[str(c) for c in contract.partitions]).mode("overwrite")
        if contract.write is Write.REPLACE_PARTITION:
            writer = writer.option("replaceWhere", _slice_predicate(contract, slices))
        return writer.save(self.path(contract))

    def _append(self, contract: Contract, df: DataFrame) -> None:
        writer = df.write.format("delta").partitionBy(*[str(c) for c in contract.partitions]).mode("append")
        if self._transaction is None:
            return writer.save(self.path(contract))
        app_id, version = self._transaction
        before = self.version(contract)
        writer.option("txnAppId", app_id).option("txnVersion", version).save(self.path(contract))
        # Delta skips a batch it has seen without a word; that is right only if its rows are there.
        if self.version(contract) == before and not only_unseen(df, self.read(contract), contract).isEmpty():
            raise StorageError(f"{contract.name}: batch {version} of {app_id} was committed before with other rows; nothing was written")
        return None

    def _merge(self, contract: Contract, df: DataFrame) -> None:
        target = DeltaTable.forPath(self.spark, self.path(contract))
        (
            target.alias("old")
            .merge(df.alias("new"), same_key(contract, "old", "new"))
            .whenMatchedUpdateAll()
            .whenNotMatchedInsertAll()
            .execute()
        )


def _stored_expr(column: Column, is_stored: bool, contract: Contract) -> SparkColumn:
    if is_stored:
        return F.col(column)
    if column.spec.nullable:  # the version read is older than the column
        return F.lit(None).cast(column.spec.dtype).alias(column)
    raise StorageError(f"{contract.name} was stored without {column}, which is required now: move the table away and run its job again")


def _slice_predicate(contract: Contract, slices: Iterable[Any] | None) -> str:
    values = sorted(set(slices or ()))
    if not values:
        raise UsageError(f"{contract.name}: replace_partition needs the slices it replaces")
    (partition,) = contract.partitions
    return f"{partition} IN ({', '.join(repr(str(v)) for v in values)})"


def properties_of(contract: Contract) -> dict[str, str]:
    """Return the Delta properties a table is to have: how long files and log live, and of which columns statistics are kept."""
    deleted, log = RETENTION_DAYS[contract.data_class]
    # Values that lead to a person, and nested columns, stay out of file statistics, which outlive a DELETE.
    with_statistics = [str(c) for c in contract.columns if _has_statistics(c) and c not in contract.partitions]
    return {
        "delta.enableDeletionVectors": "false",
        "delta.deletedFileRetentionDuration": f"interval {deleted} days",
        "delta.logRetentionDuration": f"interval {log} days",
        "delta.dataSkippingStatsColumns": ",".join(with_statistics),
    }


def _has_statistics(column: Column) -> bool:
    return not (column.spec.personal or is_telling(column)) and (column.spec.dtype in ATOMIC or column.spec.dtype.startswith("decimal"))
