"""Raw files: what is known of one before and after it is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RawFile:
    """One file of a source; ``reason`` says why it was refused as a whole."""

    source: str
    format: str
    path: str  # under the raw folder
    location: str  # as Hadoop opens it
    uri: str  # as Spark reports it
    size_bytes: int
    modified_ms: int
    file_id: str = ""  # SHA-256 of the content
    file_no: int = -1  # number in this delivery
    header: str = ""  # first line of a CSV file, as it stands there
    rows_in: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class Account:
    """What became of the records of one file."""

    file: RawFile
    good: int = 0
    quarantined: int = 0
    duplicate: int = 0
