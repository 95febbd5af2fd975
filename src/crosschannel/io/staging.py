"""Frames of one job run: kept on disk so that nothing is parsed twice, or made of a few driver rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.column import Column


@contextmanager
def staging() -> Iterator[Callable[[DataFrame], DataFrame]]:
    """Yield a function that keeps a frame on disk until the block ends; the first action fills it."""
    kept: list[DataFrame] = []

    def keep(df: DataFrame) -> DataFrame:
        kept.append(df.persist(StorageLevel.DISK_ONLY))
        return kept[-1]

    try:
        yield keep
    finally:
        for df in kept:
            df.unpersist()


def small_frame(spark: SparkSession, rows: Sequence[tuple[Any, ...]], columns: Iterable[Column]) -> DataFrame:
    """Return a frame of driver rows that have the declared columns, in their order."""
    return spark.createDataFrame(list(rows), ", ".join(f"`{c}` {c.spec.dtype}" for c in columns))
