"""One writer per lake: a lock file the JVM holds, because the JVM is what commits.

The kernel frees it when the JVM ends, however it ends. Only local folders can be locked so; on
other storage the scheduler must keep two runs apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from crosschannel.errors import LockedError
from crosschannel.io.delta_log import hadoop_path

LOCK_FILE = ".lock"


@contextmanager
def lake_lock(spark: SparkSession, root: str) -> Iterator[None]:
    """Hold the lake's lock.

    Raises
    ------
    LockedError
        Another process holds it.
    """
    folder, fs = hadoop_path(spark, root)
    fs.mkdirs(folder)
    if fs.getUri().getScheme() != "file":
        yield
        return
    jvm: Any = spark._jvm
    file = jvm.java.io.RandomAccessFile(f"{folder.toUri().getPath()}/{LOCK_FILE}", "rw")
    try:
        if not _is_locked(file):
            raise LockedError(f"another run is writing to {root}; wait for it, or look at `crosschannel status --lake {root}`")
        yield
    finally:
        file.close()


def _is_locked(file: Any) -> bool:
    try:
        return file.getChannel().tryLock() is not None
    except Py4JJavaError as error:
        # The same JVM holds it already: a second runner in this process.
        if "OverlappingFileLockException" in str(error):
            return False
        raise
