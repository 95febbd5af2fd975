"""Raw files: what is known of one before and after it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Encoding = Literal[
    "utf-8", "utf-16", "utf-16le", "utf-16be",
    "latin-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251", "windows-1252",
]  # fmt: skip
UTF8, UTF16 = "utf-8", "utf-16"
UTF16_ORDERS = ("utf-16le", "utf-16be")  # which of the two a ``utf-16`` file is, its byte order mark says
ENCODINGS: tuple[str, ...] = get_args(Encoding)


CHANGED_WHILE_READ, VANISHED, UNREADABLE_FILE = "changed_while_read", "vanished", "unreadable_file"
LOOK_AGAIN = (CHANGED_WHILE_READ, VANISHED, UNREADABLE_FILE)  # reasons that may be none when the next run looks


def undecodable_code(encoding: str) -> str:
    """Return the reason of what is not in its encoding: ``not_utf8``, ``not_windows1252``."""
    return f"not_{encoding.replace('-', '')}"


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
    encoding: str = UTF8  # of a text file
    file_id: str = ""  # SHA-256 of the content, or what stands for it where nobody could read that
    file_no: int = -1  # number in this delivery
    tail: bytes = b""  # its last bytes; those of a gzip file say how large it was
    header: str = ""  # first line of a CSV file, or the schema of a Parquet file, as it stands there
    columns: tuple[str, ...] = ()  # names of the columns of a CSV or Parquet file
    rows_in: int = 0
    has_long_lines: bool = False  # so it is read in blocks that are shorter than such a line
    cut: int = 0  # lines of which only the head is kept
    reason: str | None = None
    notice: str | None = None


@dataclass(frozen=True)
class Account:
    """What became of the records of one file."""

    file: RawFile
    good: int = 0
    quarantined: int = 0
    duplicate: int = 0
    conflicting: int = 0  # of the duplicates
    suppressed: int = 0  # of people who were erased
