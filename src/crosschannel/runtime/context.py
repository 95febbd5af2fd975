"""What a job is handed: reads and writes by contract, the dates, and a place to say what it found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.column import Column
from crosschannel.contracts.table import Contract, Table
from crosschannel.errors import QualityError, UsageError
from crosschannel.io.lake import Lake
from crosschannel.io.tracking import Tracker


@dataclass(frozen=True)
class CheckResult:
    """One check of a job about its own work."""

    name: str
    passed: bool
    observed: float
    expected: float | None


@dataclass(frozen=True)
class LastSuccess:
    """What a job's last success saw and left.

    A job that builds on its own last results reads them at these versions: what a run that was
    killed between two commits left behind then counts for nothing.

    Attributes
    ----------
    inputs, outputs
        Delta version of each table read, and of each table when a success last wrote it.
    same_rules
        Whether code and settings are as they were, so that its results may be built on.
    as_of
        Last day it knew.
    """

    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    same_rules: bool
    as_of: date | None = None


@dataclass
class JobContext:
    """The world of one job.

    A job reads and writes only the tables whose contract names it; everything it wrote and
    checked is kept for the audit row.
    """

    job: str
    lake: Lake
    raw: str
    seed: int
    now: datetime
    open_tracker: Callable[[], Tracker]
    say: Callable[[str], None]
    pinned_as_of: date | None = None
    before: LastSuccess | None = None
    rows_written: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    checks: list[CheckResult] = field(default_factory=list)

    @property
    def spark(self) -> SparkSession:
        """The session of this process."""
        return self.lake.spark

    @property
    def tracker(self) -> Tracker:
        """The MLflow run of this stage, opened when first asked for."""
        return self.open_tracker()

    @property
    def as_of_date(self) -> date:
        """Last day the job may know."""
        if self.pinned_as_of is None:
            raise UsageError(f"{self.job}: no as-of date: there are no events yet; run the earlier jobs or give --as-of DATE")
        return self.pinned_as_of

    def read(self, table: type[Table] | Contract, version: int | None = None) -> DataFrame:
        """Return a table, as of ``version`` if given; empty, with its schema, before its first write."""
        contract = contract_of(table)
        if self.job not in contract.read_by:
            raise UsageError(f"{self.job} may not read {contract.name}: add it to read_by in the table's contract")
        return self.lake.read(contract, version)

    def write(
        self,
        table: type[Table] | Contract,
        df: DataFrame,
        slices: Iterable[Any] | None = None,
        *,
        only_in: tuple[Column, Collection[str]] | None = None,
        is_kept: bool = False,
    ) -> DataFrame:
        """Write a frame through the table's contract and return the table as stored; for the parameters see :meth:`Lake.write`."""
        contract = contract_of(table)
        if contract.produced_by != self.job:
            raise UsageError(f"{self.job} may not write {contract.name}, which {contract.produced_by} produces")
        written = self.lake.write(contract, df, slices, only_in=only_in, is_kept=is_kept)
        self.rows_written[contract.name] = self.rows_written.get(contract.name, 0) + written.rows
        self.outputs[contract.name] = written.version
        return self.lake.read(contract)

    def check(self, name: str, *, observed: float, expected: float | None = None, passed: bool | None = None) -> None:
        """Record a check; without ``passed`` it holds if ``observed`` equals ``expected``.

        Raises
        ------
        QualityError
            The check does not hold. It is recorded all the same.
        """
        holds = (expected is None or observed == expected) if passed is None else passed
        self.checks.append(CheckResult(name, holds, float(observed), None if expected is None else float(expected)))
        if not holds:
            raise QualityError(f"{self.job}: check {name!r} failed: observed {observed:,}, expected {expected}")

    def forget(self) -> None:
        """Begin anew: nothing was written or checked yet."""
        self.rows_written.clear()
        self.outputs.clear()
        self.checks.clear()

    def log(self, message: str, **numbers: float) -> None:
        """Say one line of progress; numbers are appended as name=value."""
        self.say(" ".join([message, *(f"{name}={value:,}" for name, value in numbers.items())]))


def contract_of(table: type[Table] | Contract) -> Contract:
    """Return the contract of a table class, or the contract itself."""
    return table if isinstance(table, Contract) else table.contract
