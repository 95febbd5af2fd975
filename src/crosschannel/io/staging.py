"""Frames of one job run: kept on disk so that nothing is parsed twice, or made of a few driver rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.column import Column
from crosschannel.exprs.driver_rows import frame_of


@contextmanager
def staging() -> Iterator[Callable[[DataFrame], DataFrame]]:
    """Yield a function that computes a frame at once and keeps it on the workers' disks until the block ends.

    What is kept forgets how it was made: Spark would otherwise plan eight parsers anew for every
    step that follows. A worker lost meanwhile ends the job with an error; run it again.
    """
    kept: list[DataFrame] = []

    def keep(df: DataFrame) -> DataFrame:
        kept.append(df.localCheckpoint(eager=True, storageLevel=StorageLevel.DISK_ONLY))
        return kept[-1]

    try:
        yield keep
    finally:
        for df in kept:
            plan: Any = df._jdf
            plan.logicalPlan().rdd().unpersist(False)


def small_frame(spark: SparkSession, rows: Sequence[tuple[Any, ...]], columns: Iterable[Column]) -> DataFrame:
    """Return a frame of driver rows that have the declared columns, in their order."""
    return frame_of(spark, rows, ", ".join(f"`{c}` {c.spec.dtype}" for c in columns))
