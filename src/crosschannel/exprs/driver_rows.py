"""Frames of rows that the driver holds.

They become part of the plan itself, so that no task and no Python worker has to bring them, and a
join with none of them is dropped before it runs. Nothing secret is given this way: what is in a plan
may be shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.conversion import LocalDataToArrowConversion
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType


def frame_of(spark: SparkSession, rows: Iterable[tuple[Any, ...]], schema: str | StructType) -> DataFrame:
    """Return rows as a frame.

    Parameters
    ----------
    rows
        Values in the order of the schema's fields; naive moments are in the time zone of the process.
    schema
        Fields, or their definition in words.

    Raises
    ------
    PySparkValueError
        A field that may not be null is ``None``.
    """
    fields = StructType.fromDDL(schema) if isinstance(schema, str) else schema
    assert isinstance(fields, StructType)  # several fields, not one type
    listed = list(rows)
    table: Any = LocalDataToArrowConversion.convert(listed, fields, False) if listed else to_arrow_schema(fields).empty_table()
    frame: DataFrame = spark.createDataFrame(table, fields)
    return frame
