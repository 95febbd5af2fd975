"""Small text files in a folder of the lake, on any Hadoop path: a few milliseconds each, no Spark job.

A file is written once and never changed; one that was cut short by a crash does not parse, and counts
as not written.
"""

from __future__ import annotations

import json
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from crosschannel.io.delta_log import hadoop_path


class Folder:
    """A folder that holds small files; made when the first is written."""

    def __init__(self, spark: SparkSession, path: str) -> None:
        self._spark = spark
        self.path = path.rstrip("/")

    def __truediv__(self, name: str) -> Folder:
        """Return a folder inside."""
        return Folder(self._spark, f"{self.path}/{name}")

    @property
    def is_local(self) -> bool:
        """Tell whether the folder lies on this machine's disk."""
        _, fs = hadoop_path(self._spark, self.path)
        return bool(fs.getUri().getScheme() == "file")

    def names(self) -> list[str]:
        """Return the names of files and folders inside, in their order."""
        folder, fs = hadoop_path(self._spark, self.path)
        if not fs.exists(folder):
            return []
        return sorted(status.getPath().getName() for status in fs.listStatus(folder))

    def has(self, name: str) -> bool:
        """Tell whether there is such a file or folder."""
        file, fs = hadoop_path(self._spark, f"{self.path}/{name}")
        return bool(fs.exists(file))

    def read(self, name: str) -> str | None:
        """Return the text of a file, ``None`` if it is not there; nothing of one whose checksum tells that it was cut short."""
        file, fs = hadoop_path(self._spark, f"{self.path}/{name}")
        if not fs.exists(file):
            return None
        stream = fs.open(file)
        try:
            jvm: Any = self._spark._jvm
            return str(jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        except Py4JJavaError as error:
            if not is_checksum_error(error):
                raise
            return ""
        finally:
            stream.close()

    def read_json(self, name: str) -> dict[str, Any] | None:
        """Return a JSON file's content, ``None`` if it is not there or was cut short."""
        text = self.read(name)
        try:
            return None if text is None else dict(json.loads(text))
        except ValueError:
            return None

    def write(self, name: str, text: str) -> None:
        """Write a file, over one that is there."""
        file, fs = hadoop_path(self._spark, f"{self.path}/{name}")
        _fill(fs.create(file, True), text)

    def write_json(self, name: str, content: Any) -> None:
        """Write a JSON file, over one that is there."""
        self.write(name, as_json(content))

    def claim(self, name: str, text: str) -> bool:
        """Write a file unless somebody else did; tell whether it was written."""
        file, fs = hadoop_path(self._spark, f"{self.path}/{name}")
        try:
            stream = fs.create(file, False)
        except Py4JJavaError as error:
            if fs.exists(file):
                return False
            raise error from None
        _fill(stream, text)
        return True

    def delete(self, name: str) -> None:
        """Delete a file."""
        file, fs = hadoop_path(self._spark, f"{self.path}/{name}")
        fs.delete(file, False)

    def remove(self) -> None:
        """Delete the folder with all that lies in it."""
        folder, fs = hadoop_path(self._spark, self.path)
        fs.delete(folder, True)


def is_checksum_error(error: Py4JJavaError) -> bool:
    """Tell whether a local file differs from the checksum beside it, as after a crash in the middle of a write."""
    return "org.apache.hadoop.fs.ChecksumException" in str(error.java_exception)


def as_json(content: Any) -> str:
    """Return content as JSON for people and programs: by name, one fact a line; dates and moments as text."""
    return json.dumps(content, indent=2, sort_keys=True, default=str) + "\n"


def _fill(stream: Any, text: str) -> None:
    try:
        stream.write(bytearray(text.encode()))
    finally:
        stream.close()
