"""Small frames made on the driver, and single rows brought to it: models, profiles, metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from pyspark.sql import DataFrame, Row, SparkSession, functions as F

from crosschannel.contracts.table import Table
from crosschannel.exprs.driver_rows import frame_of


def to_table(spark: SparkSession, table: type[Table], rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Return a frame of the table's columns; rows are keyed by column name."""
    columns = table.contract.columns
    schema = ", ".join(f"`{c}` {c.spec.dtype}" for c in columns)
    return frame_of(spark, [tuple(_plain(row[c]) for c in columns) for row in rows], schema)


def row_with(df: DataFrame, values: Mapping[str, Any]) -> Row | None:
    """Return the one row whose key has these values, or ``None``."""
    for name, value in values.items():
        df = df.where(F.col(name) == F.lit(value))
    found = df.limit(2).collect()
    return found[0] if len(found) == 1 else None


def _plain(value: Any) -> Any:
    """Return the Python number behind a NumPy one, which Spark refuses."""
    return value.item() if isinstance(value, np.generic) else value
