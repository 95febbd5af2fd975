"""Which raw files there are: what a pattern matches, and everything in the folders among that.

Hadoop's own look-up by pattern fails over any name with a colon, such as ``2026-01-05T09:30:00.json``, and its walk
follows a link to an outer folder round and round. So patterns are matched folder by folder here, and of a local
disk no folder is walked twice, whatever links lead to it. A file with such a name on a local disk Hadoop cannot open
either: it is named with a reason, and the others are read.

Limits: Java cannot name what is no UTF-8, nor a link to nothing; both are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from crosschannel.contracts.raw import UNREADABLE_FILE, UTF8, VANISHED, RawFile
from crosschannel.io.raw_bytes import changed_ms, hadoop, is_io_error

HIDDEN = ("_", ".")
LOCAL = "file"
UNREADABLE_NAME = "unreadable_name"
PATTERN_SIGNS = frozenset("\\[]{}*?")
Found = Iterator[tuple[Any, str | None]]  # a FileStatus, and why it cannot be looked into


def list_files(spark: SparkSession, raw: str, source: str, format: str, glob: str, encoding: str = UTF8) -> list[RawFile]:
    """Return the files of a source in the order of their paths; folders are walked, hidden files skipped.

    A folder that cannot be walked stands for what may lie in it, with the reason.
    """
    jvm: Any = spark._jvm
    root = jvm.org.apache.hadoop.fs.Path(raw)
    fs = root.getFileSystem(hadoop(spark))
    prefix = fs.makeQualified(root).toString().rstrip("/") + "/"
    found: dict[str, RawFile] = {}
    for status, why in _found(spark, fs, root, glob):
        uri, location = status.getPath().toUri(), status.getPath().toString()
        path, reason = location.removeprefix(prefix), why or _refusal(uri.getPath(), is_local=_is_local(fs))
        if not any(step.startswith(HIDDEN) for step in path.split("/")):
            size, when = 0 if why else status.getLen(), changed_ms(status)
            found[path] = RawFile(source, format, path, location, _same_uri(uri.toString()), size, when, encoding, reason=reason)
    return [found[path] for path in sorted(found)]


@dataclass(frozen=True)
class _Look:
    """A look into the folders of a file system."""

    spark: SparkSession
    fs: Any
    entered: set[str] = field(default_factory=set)  # folders, as they are named without links

    def below(self, at: Any, steps: Sequence[str]) -> Found:
        """Find what the steps of a pattern lead to; where none is left, all files."""
        if not at.isDirectory():
            yield from [] if steps else [(at, None)]
            return
        if self._was_entered(at) and not steps:
            return
        try:
            inner = list(_entries(self.spark, self.fs, at, steps))
        except Py4JJavaError as error:
            if not is_io_error(self.spark, error):
                raise
            yield at, UNREADABLE_FILE if self.fs.exists(at.getPath()) else VANISHED
            return
        for status in inner:
            yield from self.below(status, steps[1:])

    def _was_entered(self, at: Any) -> bool:
        """Tell whether a folder was entered, or is a link to one that it lies in; and note it."""
        if not _is_local(self.fs):
            return False
        file: Any = self.spark._jvm.java.io.File  # type: ignore[union-attr]
        here = file(at.getPath().toUri().getPath())
        outer = here.getParentFile() or here  # nothing lies around the root of a disk
        name, lies_in = f"{here.getCanonicalPath()}/", f"{outer.getCanonicalPath()}/"
        is_known = name in self.entered or lies_in.startswith(name)
        self.entered.add(name)
        return is_known


def _found(spark: SparkSession, fs: Any, root: Any, glob: str) -> Found:
    jvm: Any = spark._jvm
    if not fs.exists(root):
        return
    status = fs.getFileStatus(root)
    for pattern in jvm.org.apache.hadoop.fs.GlobExpander.expand(glob):  # brackets that hold a slash
        yield from _Look(spark, fs).below(status, [step for step in pattern.split("/") if step not in {"", "."}])


def _entries(spark: SparkSession, fs: Any, at: Any, steps: Sequence[str]) -> Iterator[Any]:
    """Yield what lies in a folder and matches the next step; of a store without links everything below at once, where none is left."""
    jvm: Any = spark._jvm
    if not steps and not _is_local(fs):
        files = fs.listFiles(at.getPath(), True)
        while files.hasNext():
            yield files.next()
        return
    entries = fs.listStatus(at.getPath(), jvm.org.apache.hadoop.fs.GlobFilter(steps[0] if steps else "*"))
    # Folders in order, so that of two names of one the same counts in every run.
    yield from sorted(entries, key=lambda status: status.getPath().getName() if status.isDirectory() else "")


def _refusal(place: str, *, is_local: bool) -> str | None:
    """Refuse a file that Hadoop cannot open, whatever is in it: its names of checksums, and its patterns, know no colon."""
    has_checksum_name = is_local and ":" in place.rpartition("/")[2]
    is_pattern = ":" in place and not PATTERN_SIGNS.isdisjoint(place)
    return UNREADABLE_NAME if has_checksum_name or is_pattern else None


def _is_local(fs: Any) -> bool:
    return bool(fs.getUri().getScheme() == LOCAL)


def _same_uri(uri: str) -> str:
    return "file:/" + uri.removeprefix("file:").lstrip("/") if uri.startswith("file:") else uri
