"""Frames kept on disk while one job runs, so that nothing is read and parsed twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyspark import StorageLevel
from pyspark.sql import DataFrame


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
