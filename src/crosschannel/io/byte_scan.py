"""Search every byte under a folder for values that must not be there: as they are, and decoded.

Parquet is decoded column by column, SQLite dumped, gzip unpacked; every file is searched raw as well.
Letter case counts for nothing, and a value counts where it is no part of a longer word: C-10 is not in
C-101. A finding names the file and never what was found. Local folders only: whoever keeps a lake
elsewhere mounts it.
"""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

BLOCK = 1 << 24
GZIP, SQLITE, PARQUET = b"\x1f\x8b", b"SQLite format 3\x00", b"PAR1"
CODES, WIDEST = ("utf-8", "utf-16-le", "utf-16-be"), 2  # and the bytes of one sign at most
MIN_LENGTH = 4  # a shorter value stands in every file by chance
BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Scan:
    """What was searched, and where something was found (paths under the folder, sorted)."""

    files: int
    size_bytes: int
    found: tuple[str, ...]


@dataclass(frozen=True)
class Needles:
    """What to look for: texts in every spelling files may hold them in, and whole numbers."""

    texts: tuple[bytes, ...]
    pattern: str
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, texts: Iterable[str], numbers: Iterable[int] = ()) -> Needles:
        """Take values as they are; those too short to mean anything are left out."""
        known = sorted({text.lower() for text in texts if len(text) >= MIN_LENGTH})
        whole = tuple(sorted(set(numbers)))
        spelled = [*known, *(quote(text, safe="").lower() for text in known), *map(str, whole)]
        coded = {text.encode(code) for text in spelled for code in CODES}
        words = "|".join(_escaped(text) for text in sorted(set(spelled)))
        return cls(tuple(sorted(coded)), rf"(?:^|[^\pL\pN])(?:{words})(?:$|[^\pL\pN])" if words else "", whole)

    def are_in(self, content: bytes) -> bool:
        """Tell whether raw bytes hold any of them."""
        lower = content.lower()
        return any(_stands_alone(lower, text) for text in self.texts)

    @property
    def overlap(self) -> int:
        """Bytes that two blocks must share so that nothing is cut in two."""
        return max((len(text) for text in self.texts), default=1) + 2 * WIDEST


def scan(folder: Path, needles: Needles, *, threads: int = 2) -> Scan:
    """Search every file under a folder."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda path: holds(path, needles), files)
        places = tuple(str(path.relative_to(folder)) for path, is_found in zip(files, found, strict=True) if is_found)
    return Scan(len(files), sum(p.stat().st_size for p in files), places)


def holds(path: Path, needles: Needles) -> bool:
    """Tell whether a file holds any of the values, raw or decoded."""
    with path.open("rb") as stream:
        if any(needles.are_in(block) for block in _blocks(stream, needles.overlap)):
            return True
        stream.seek(0)
        head = stream.read(len(SQLITE))
    if head.startswith(PARQUET):
        return _parquet_holds(path, needles)
    if head.startswith(GZIP):
        with gzip.open(path) as unpacked:
            return any(needles.are_in(block) for block in _blocks(unpacked, needles.overlap))
    return head == SQLITE and _sqlite_holds(path, needles)


def _blocks(stream: object, overlap: int) -> Iterator[bytes]:
    tail = b""
    while block := stream.read(BLOCK):  # type: ignore[attr-defined]
        yield tail + block
        tail = block[-overlap:]


def _parquet_holds(path: Path, needles: Needles) -> bool:
    batches = pq.ParquetFile(path).iter_batches(BATCH_ROWS)
    return any(_array_holds(column, needles) for batch in batches for column in batch.columns)


def _array_holds(array: pa.Array, needles: Needles) -> bool:
    kind = array.type
    if nested := _parts(array):
        return any(_array_holds(part, needles) for part in nested)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return bool(needles.pattern) and bool(pc.any(pc.match_substring_regex(array, needles.pattern, ignore_case=True)).as_py())
    if pa.types.is_binary(kind):
        return any(needles.are_in(value) for value in array.to_pylist() if value is not None)
    if pa.types.is_int64(kind):
        return bool(needles.numbers) and bool(pc.any(pc.is_in(array, pa.array(needles.numbers, pa.int64()))).as_py())
    return False


def _parts(array: pa.Array) -> list[pa.Array]:
    """Return what a nested array is made of; nothing of a flat one."""
    kind = array.type
    if pa.types.is_struct(kind):
        return list(array.flatten())
    if pa.types.is_map(kind):
        return [array.keys, array.items]
    return [array.flatten()] if pa.types.is_list(kind) or pa.types.is_large_list(kind) else []


def _sqlite_holds(path: Path, needles: Needles) -> bool:
    with sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True) as database:
        return any(needles.are_in(line.encode("utf-8", "replace")) for line in database.iterdump())


def _stands_alone(content: bytes, text: bytes) -> bool:
    """Tell whether a text occurs between bytes that are no letters or digits, whatever its code."""
    at = content.find(text)
    while at >= 0:
        ends = (content[max(0, at - WIDEST) : at], content[at + len(text) : at + len(text) + WIDEST])
        width = 1 if b"\x00" not in text else WIDEST
        if not (ends[0][-width:].strip(b"\x00").isalnum() or ends[1][:width].strip(b"\x00").isalnum()):
            return True
        at = content.find(text, at + 1)
    return False


def _escaped(text: str) -> str:
    """Escape for RE2, which knows no escape of letters."""
    return "".join(c if c.isalnum() or c == "_" else f"\\x{{{ord(c):x}}}" for c in text)
