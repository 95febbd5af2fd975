"""Rows for tests: name the columns that matter, the contract fills in the rest."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.table import Contract, Table
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.io.fitting import schema_of

_PLAIN: dict[str, Any] = {
    "string": "x",
    "int": 0,
    "bigint": 0,
    "double": 0.0,
    "boolean": False,
    "date": dt.date(2026, 1, 5),
    "timestamp": dt.datetime(2026, 1, 5),
    "binary": b"",
}


def row(**columns: Any) -> dict[str, Any]:
    """A row: only what the test is about."""
    return columns


def rows(spark: SparkSession, table: type[Table] | Contract, *given: dict[str, Any]) -> DataFrame:
    """Build a frame of a table's contract; unknown columns are refused, missing ones get a plain value."""
    contract = table if isinstance(table, Contract) else table.contract
    names = [str(c) for c in contract.columns]
    for one in given:
        if unknown := set(one) - set(names):
            raise AssertionError(f"{contract.name} has no column {sorted(unknown)}")
    listed = {check.column: check.is_in[0] for check in contract.checks if check.is_in}  # a plain value the contract allows
    filled = [tuple(_fill(c.spec.dtype, c.spec.nullable, listed | one, str(c)) for c in contract.columns) for one in given]
    return frame_of(spark, filled, schema_of(contract))


def at(text: str) -> dt.datetime:
    """``"09:30"`` on the first day of the tests, or a full ``"2026-01-07 09:30"``."""
    return dt.datetime.fromisoformat(text if "-" in text else f"2026-01-05 {text}")


def assert_rows(actual: DataFrame, *expected: dict[str, Any]) -> None:
    """Compare frames by content, whatever the order of rows; only the columns named in ``expected``."""
    names = list(expected[0]) if expected else actual.columns
    came = sorted((tuple(r) for r in actual.select(*names).collect()), key=repr)
    wanted = sorted((tuple(e[n] for n in names) for e in expected), key=repr)
    assert came == wanted, f"\nactual:   {came}\nexpected: {wanted}"


def _fill(dtype: str, nullable: bool, given: dict[str, Any], name: str) -> Any:
    if name in given:
        return given[name]
    if nullable:
        return None
    if dtype.startswith("decimal"):
        return Decimal(0)
    if dtype.startswith("array"):
        return []
    if dtype.startswith("map"):
        return {}
    return _PLAIN[dtype]
