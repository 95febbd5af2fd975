"""How far a topic was read, as Spark's streams keep it: looked at before it is relied on.

Spark's own words for a damaged checkpoint name no way out, and without its ``metadata`` it would go on under another name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from pyspark.sql import SparkSession

from crosschannel.errors import StorageError
from crosschannel.io.small_files import Folder

LOOKED_AT = 2  # newest batches, from which Spark goes on


def require_whole(spark: SparkSession, checkpoint: str) -> None:
    """Refuse a checkpoint of which a file is gone, empty or cut short; one that is not there yet is as good as new.

    Raises
    ------
    StorageError
        Names the file, and what to do.
    """
    for name in _damaged(Folder(spark, checkpoint)):
        raise StorageError(
            f"{checkpoint}/{name} is gone, empty or cut short, so it is not known how far the topic was read: move {checkpoint} away and run the same command "
            "again; everything is read once more, and what was taken in before is known by its place"
        )


def _damaged(root: Folder) -> Iterator[str]:
    batches = {folder: sorted((n for n in (root / folder).names() if n.isdigit()), key=int)[-LOOKED_AT:] for folder in ("offsets", "commits")}
    if batches["offsets"] and not _is_json(root.read("metadata") or ""):
        yield "metadata"
    for folder, names in batches.items():
        yield from (f"{folder}/{name}" for name in names if not _is_log(((root / folder).read(name) or "").splitlines()))


def _is_log(lines: list[str]) -> bool:
    """Tell whether a file of offsets or commits is whole: its version, then a line of JSON for all and one a source."""
    return len(lines) > 1 and lines[0].startswith("v") and all(line == "-" or _is_json(line) for line in lines[1:])


def _is_json(text: str) -> bool:
    try:
        return json.loads(text) is not None
    except ValueError:
        return False
