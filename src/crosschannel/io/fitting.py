"""Fit a frame to its table's contract: same names and types, nothing null that must not be, one row per key.

``fitted`` works on the schema alone; ``faults`` needs one pass over the rows.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import and_

from pyspark.sql import Column as SparkColumn, DataFrame, functions as F
from pyspark.sql.types import DataType, StructType, _parse_datatype_string

from crosschannel.contracts.column import Column, Role
from crosschannel.contracts.table import Check, Contract
from crosschannel.errors import ContractError

MAX_VALUES = 1000  # of a filter; a plan with more takes longer to make than the filter saves
ROWS = "rows"
DISTINCT_KEYS = "distinct_keys"
SAFE_WIDENING = {("int", "bigint"), ("int", "double"), ("float", "double"), ("smallint", "int")}


def schema_of(contract: Contract) -> StructType:
    """Return the Spark schema of a contract."""
    return _as_struct(", ".join(f"`{c}` {c.spec.dtype}{'' if c.spec.nullable else ' NOT NULL'}" for c in contract.columns))


def fitted(df: DataFrame, contract: Contract) -> DataFrame:
    """Select exactly the contract's columns, widening types where nothing can be lost.

    Raises
    ------
    ContractError
        Columns are missing, or types differ; every difference is named.
    """
    actual = {field.name: field.dataType for field in df.schema.fields}
    problems = []
    selected = []
    for column, field in zip(contract.columns, schema_of(contract).fields, strict=True):
        if column not in actual:
            problems.append(f"{column} is missing ({column.spec.dtype} expected)")
            continue
        came, wanted = _plain(actual[column]), _plain(field.dataType)
        if came != wanted and (came, wanted) not in SAFE_WIDENING:
            problems.append(f"{column} is {came}, {wanted} expected")
        selected.append(F.col(column).cast(field.dataType) if came != wanted else F.col(column))
    if problems:
        raise ContractError(f"{contract.name}: the frame does not fit the contract: " + "; ".join(problems))
    return df.select(*selected)


def faults(df: DataFrame, contract: Contract) -> tuple[int, list[str]]:
    """Count rows and name what breaks the contract, in one pass over the frame.

    Returns
    -------
    tuple
        Number of rows, and one sentence per broken rule; no sentence holds a value.
    """
    required = [c for c in contract.columns if not c.spec.nullable]
    counts = df.agg(
        F.count(F.lit(1)).alias(ROWS),
        F.count_distinct(F.xxhash64(*contract.key)).alias(DISTINCT_KEYS),
        *[F.count_if(F.col(c).isNull()).alias(f"null {c}") for c in required],
        *[F.count_if(~_holds(check)).alias(f"check {n}") for n, check in enumerate(contract.checks)],
    ).first()
    assert counts is not None  # an aggregate without groups has exactly one row
    rows = int(counts[ROWS])
    found = [f"{counts[f'null {c}']:,} rows have no {c}" for c in required if counts[f"null {c}"]]
    found += [f"{counts[f'check {n}']:,} rows break: {check}" for n, check in enumerate(contract.checks) if counts[f"check {n}"]]
    if counts[DISTINCT_KEYS] != rows and (repeated := _repeated_keys(df, contract)):
        found.append(f"{repeated:,} keys ({', '.join(contract.key)}) stand in more than one row")
    return rows, found


def same_key(contract: Contract, left: str, right: str) -> SparkColumn:
    """Return the condition that two aliased frames hold the same key."""
    return reduce(and_, (F.col(f"{left}.{c}") == F.col(f"{right}.{c}") for c in contract.key))


def only_unseen(df: DataFrame, seen: DataFrame, contract: Contract, only_in: tuple[Column, Collection[str]] | None = None) -> DataFrame:
    """Keep the rows whose key no row of the table has; for ``only_in`` see :meth:`Lake.write`."""
    if only_in is not None and len(only_in[1]) <= MAX_VALUES:
        seen = seen.where(F.col(only_in[0]).isin(*sorted(only_in[1])))
    return df.alias("new").join(seen.select(*contract.key).alias("seen"), same_key(contract, "new", "seen"), how="left_anti")


def only_changed(df: DataFrame, stored: DataFrame, contract: Contract) -> DataFrame:
    """Keep the rows a merge would insert or update; one that was only stamped anew, as after a kill, is there already."""
    compared = [c for c in contract.columns if c.spec.is_key or c.spec.role is not Role.STAMP]
    is_stored = reduce(and_, (F.col(f"new.`{c}`").eqNullSafe(F.col(f"old.`{c}`")) for c in compared))
    return df.alias("new").join(stored.alias("old"), is_stored, how="left_anti")


def _repeated_keys(df: DataFrame, contract: Contract) -> int:
    # Hashes may collide; only whole keys are proof.
    return df.groupBy(*contract.key).count().where(F.col("count") > 1).count()


def _holds(check: Check) -> SparkColumn:
    value = F.col(check.column)
    holds = F.lit(True)
    if check.at_least is not None:
        holds = holds & (value >= check.at_least)
    if check.at_most is not None:
        holds = holds & (value <= check.at_most)
    if check.is_in:
        holds = holds & value.isin(*check.is_in)
    return F.coalesce(holds, F.lit(True))


def _plain(dtype: DataType) -> str:
    return dtype.simpleString()


def _as_struct(ddl: str) -> StructType:
    parsed = _parse_datatype_string(ddl)
    assert isinstance(parsed, StructType)
    return parsed
