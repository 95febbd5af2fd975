"""Look at a Delta log without starting a Spark job: which version is the latest, and what it did."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from pyspark.sql import SparkSession

from crosschannel.errors import StorageError

COMMIT = re.compile(r"^(\d{20})\.json$")
# Operations that rewrite files but leave every row as it was.
_SAME_ROWS = {"OPTIMIZE", "VACUUM START", "VACUUM END", "SET TBLPROPERTIES", "ADD COLUMNS"}
RETIRED = "retired"  # a commit with this as its metadata drops rows that no reader may reach any more


def latest_version(spark: SparkSession, table: str) -> int:
    """Return the newest version in a table's log, -1 if there is no log."""
    return max(_versions(spark, table), default=-1)


def latest_data_version(spark: SparkSession, table: str) -> int:
    """Return the newest version whose commit changed rows that can be reached, -1 if there is no log."""
    versions = sorted(_versions(spark, table), reverse=True)
    for version in versions:
        info = _commit_info(spark, table, version)
        if info["operation"] not in _SAME_ROWS and info.get("userMetadata") != RETIRED:
            return version
    return versions[-1] if versions else -1


def hadoop_path(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """Return a Hadoop path object and the file system it lies on."""
    jvm: Any = spark._jvm
    target = jvm.org.apache.hadoop.fs.Path(path)
    return target, target.getFileSystem(spark._jsc.hadoopConfiguration())


def qualified(spark: SparkSession, path: str) -> str:
    """Return a path with its file system and from its root: what Delta asks of the place of a new table."""
    target, fs = hadoop_path(spark, path)
    return str(fs.makeQualified(target))


def sql_name(spark: SparkSession, path: str) -> str:
    """Return the name of a stored table in a statement: Delta's statements take no relative path."""
    return "delta.`" + qualified(spark, path).replace("`", "``") + "`"


def log_text(spark: SparkSession, table: str, name: str) -> str | None:
    """Return a file of a table's log, ``None`` if it is not there."""
    file, fs = hadoop_path(spark, f"{table}/_delta_log/{name}")
    if not fs.exists(file):
        return None
    stream = fs.open(file)
    try:
        jvm: Any = spark._jvm
        return str(jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
    finally:
        stream.close()


def operation(spark: SparkSession, table: str, version: int) -> str:
    """Return what a version did, in Delta's words."""
    return str(_commit_info(spark, table, version)["operation"])


def _commit_info(spark: SparkSession, table: str, version: int) -> dict[str, Any]:
    for line in (log_text(spark, table, f"{version:020d}.json") or "").splitlines():
        if line.startswith('{"commitInfo"'):
            return {"operation": "", **json.loads(line)["commitInfo"]}
    raise StorageError(f"{table}: version {version} of the log names no operation; run `crosschannel doctor --lake DIR`")


def appended_files(spark: SparkSession, table: str, since: int) -> list[str] | None:
    """Return the files that appends after version ``since`` added; ``None`` if rows were also removed, or if the log or a file is gone."""
    found = []
    for version in range(since + 1, latest_version(spark, table) + 1):
        text = log_text(spark, table, f"{version:020d}.json")
        actions = [json.loads(line) for line in (text or "").splitlines()]
        if not actions or any(a["remove"].get("dataChange", True) for a in actions if "remove" in a):
            return None
        found += [f"{table}/{unquote(a['add']['path'])}" for a in actions if "add" in a and a["add"]["dataChange"]]
    return found if all(_is_there(spark, path) for path in found) else None


def _is_there(spark: SparkSession, path: str) -> bool:
    file, fs = hadoop_path(spark, path)
    return bool(fs.exists(file))


def _versions(spark: SparkSession, table: str) -> list[int]:
    log, fs = hadoop_path(spark, f"{table}/_delta_log")
    if not fs.exists(log):
        return []
    names = (status.getPath().getName() for status in fs.listStatus(log))
    return [int(match[1]) for name in names if (match := COMMIT.match(name))]
