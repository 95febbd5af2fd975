"""Data files that no version of a table names: what a run that was killed, or met a full disk, wrote and never committed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from pyspark.sql import SparkSession

from crosschannel.io.delta_log import COMMIT, hadoop_path, latest_version, log_text
from crosschannel.io.failures import is_disk_full


def unnamed_files(spark: SparkSession, path: str) -> dict[str, tuple[int, int]]:
    """Return the data files of a table that neither its log nor its newest version names, with size and time of change."""
    folder, fs = hadoop_path(spark, path)
    inside = "/" + "/".join(str(folder.toUri().getPath()).rstrip("/").split("/")[-2:]) + "/"  # what lies before it may be spelled in other ways
    known = {unquote(file).rsplit(inside, 1)[-1] for file in spark.read.format("delta").load(path).inputFiles()}
    log, _ = hadoop_path(spark, f"{path}/_delta_log")
    for status in fs.listStatus(log):
        if COMMIT.match(status.getPath().getName()):
            known |= named_in(log_text(spark, path, status.getPath().getName()) or "")
    found: dict[str, tuple[int, int]] = {}
    listing: Any = fs.listFiles(folder, True)
    while listing.hasNext():
        status = listing.next()
        name = str(status.getPath().toUri().getPath()).rsplit(inside, 1)[-1]
        if name.endswith(".parquet") and not name.startswith("_") and name not in known and unquote(name) not in known:
            found[name] = (int(status.getLen()), int(status.getModificationTime()))
    return found


def named_in(commit: str) -> set[str]:
    """Return the data files that a commit adds or removes."""
    actions = [json.loads(line) for line in commit.splitlines()]
    return {unquote(a[kind]["path"]) for a in actions for kind in ("add", "remove") if kind in a}


@contextmanager
def swept_if_full(spark: SparkSession, path: str) -> Iterator[None]:
    """Give back, if the disk is full, what was written until then: it would stay full."""
    try:
        yield
    except Exception as error:
        if is_disk_full(error):
            remove_uncommitted(spark, path)
        raise


def remove_uncommitted(spark: SparkSession, path: str) -> list[str]:
    """Delete the unnamed files of a local table that are younger than its newest commit; return their names.

    Its writer holds the lock of the lake, so nobody else has files under way; elsewhere nothing is deleted.
    """
    version = latest_version(spark, path)
    commit, fs = hadoop_path(spark, f"{path}/_delta_log/{version:020d}.json")
    if version < 0 or fs.getUri().getScheme() != "file":
        return []
    newest = int(fs.getFileStatus(commit).getModificationTime())
    young = sorted(name for name, (_, changed) in unnamed_files(spark, path).items() if changed >= newest)
    for name in young:
        fs.delete(hadoop_path(spark, f"{path}/{name}")[0], False)
    return young
