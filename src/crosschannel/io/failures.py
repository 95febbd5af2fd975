"""What an error says, with its causes. Spark's words may quote rows: they are looked at here, and never repeated."""

from __future__ import annotations

from py4j.protocol import Py4JError

DISK_FULL = ("No space left on device", "database or disk is full")  # in the words of the system, and of SQLite


def words_of(error: BaseException) -> str:
    """Return what an error and the causes of it in Spark's process say; the name of a further error if that process is gone."""
    try:
        return f"{error} {getattr(error, '_stackTrace', None) or ''}"
    except (Py4JError, OSError) as gone:
        return type(gone).__name__


def is_disk_full(error: BaseException) -> bool:
    """Tell whether the disk had no room left."""
    said = words_of(error)
    return any(sign in said for sign in DISK_FULL)
