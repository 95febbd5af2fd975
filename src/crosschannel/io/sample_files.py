"""The heads of local files, plain or gzipped, read without Spark.

Bounded: of each text file at most 4 MiB (unpacked) and 20,000 lines, of each Parquet file at most
2,000 rows. A file with the byte order mark of UTF-16 is read as such; one whose letters
beyond ASCII are no UTF-8 as windows-1252; any other one as UTF-8. A line that the bound cuts, or that
cannot be decoded, is left out.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from crosschannel.contracts.sample import Sample
from crosschannel.errors import InputError

GZIP_MAGIC, PARQUET_MAGIC = b"\x1f\x8b", b"PAR1"
MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16le", b"\xfe\xff": "utf-16be"}
UTF16, BYTE_BY_BYTE = "utf-16", "windows-1252"
MAX_HEAD_BYTES = 4 * 1024 * 1024
MAX_LINES = 20_000
MAX_ROWS = 2_000


def read_samples(paths: Sequence[Path]) -> list[Sample]:
    """Return the heads of some files, in the order of their names.

    Raises
    ------
    InputError
        A file is missing or damaged, or none of them holds anything.
    """
    samples = [_read(path) for path in sorted(paths)]
    if not any(s.lines or s.rows for s in samples):
        raise InputError(f"{', '.join(map(str, paths))}: nothing in it to draft from; give a file that holds a few hundred records")
    return samples


def _read(path: Path) -> Sample:
    if path.is_dir():
        raise InputError(f"{path}: a folder; give one or more of the files in it")
    if not path.is_file():
        raise InputError(f"{path}: no such file; give one or more files that the source delivered")
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == PARQUET_MAGIC:
        return _read_parquet(path)
    head, is_whole = _head(path, is_gzip=magic.startswith(GZIP_MAGIC))
    mark, written = next(((m, e) for m, e in MARKS.items() if head.startswith(m)), (b"", "utf-8"))
    if not mark and _is_byte_by_byte(head):
        written = BYTE_BY_BYTE
    lines = _lines(head.removeprefix(mark), written)[: None if is_whole else -1]
    if not any(lines[1:]) and "\r" in "".join(lines):
        raise InputError(f"{path}: its lines end in a carriage return alone, which ingest does not take for an end; have it written with line feeds")
    encoding = UTF16 if written.startswith(UTF16) else written  # the mark says the rest, file by file
    return Sample(path.name, tuple(filter(None, lines[:MAX_LINES])), is_whole=is_whole, encoding=encoding)


def _head(path: Path, *, is_gzip: bool) -> tuple[bytes, bool]:
    try:
        with gzip.open(path) if is_gzip else path.open("rb") as file:
            head = file.read(MAX_HEAD_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError(f"{path}: a damaged gzip file; fetch it again") from None
    return head[:MAX_HEAD_BYTES], len(head) <= MAX_HEAD_BYTES


def _is_byte_by_byte(head: bytes) -> bool:
    """Tell whether a file has letters beyond ASCII, and none of them as UTF-8 writes it: then a byte is a letter."""
    beyond = [line for line in head.splitlines() if not line.isascii()]
    return bool(beyond) and b"\0" not in head and not any(map(_text, beyond))


def _lines(head: bytes, encoding: str) -> list[str]:
    if encoding != "utf-8":
        return [line.strip("\r") for line in head.decode(encoding, "replace").split("\n")]
    return [_text(line) for line in head.split(b"\n")]


def _text(line: bytes) -> str:
    try:
        return line.decode().strip("\r")
    except UnicodeDecodeError:
        return ""


def _read_parquet(path: Path) -> Sample:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            batches = file.iter_batches(batch_size=MAX_ROWS)
            rows = [row for batch in islice(batches, 1) for row in batch.to_pylist()]
            return Sample(path.name, rows=tuple(rows), is_parquet=True, is_whole=len(rows) == file.metadata.num_rows)
    except pa.ArrowInvalid:
        raise InputError(f"{path}: a damaged Parquet file; fetch it again") from None
