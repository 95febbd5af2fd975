"""The heads of local files, plain or gzipped, read without Spark.

Bounded: of each text file at most 4 MiB (unpacked) and 20,000 lines, of each Parquet file at most
2,000 rows. A line that the bound cuts, or that is no UTF-8, is left out.
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
BYTE_ORDER_MARK, UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
MAX_HEAD_BYTES = 4 * 1024 * 1024
MAX_LINES = 20_000
MAX_ROWS = 2_000


def read_samples(paths: Sequence[Path]) -> list[Sample]:
    """Return the heads of some files, in the order of their names.

    Raises
    ------
    InputError
        A file is missing, damaged or UTF-16, or none of them holds anything.
    """
    samples = [_read(path) for path in sorted(paths)]
    if not any(s.lines or s.rows for s in samples):
        raise InputError(f"{', '.join(map(str, paths))}: nothing in it to draft from; give a file that holds a few hundred records")
    return samples


def _read(path: Path) -> Sample:
    if not path.is_file():
        raise InputError(f"{path}: no such file; give one or more files that the source delivered")
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == PARQUET_MAGIC:
        return _read_parquet(path)
    head, is_whole = _head(path, is_gzip=magic.startswith(GZIP_MAGIC))
    if head.startswith(UTF16_MARKS):
        raise InputError(f"{path}: UTF-16; files are read as UTF-8, so convert it first: iconv -f UTF-16 -t UTF-8")
    lines = head.removeprefix(BYTE_ORDER_MARK).splitlines()[: None if is_whole else -1]
    return Sample(path.name, tuple(filter(None, (_text(line) for line in lines[:MAX_LINES]))), is_whole=is_whole)


def _head(path: Path, *, is_gzip: bool) -> tuple[bytes, bool]:
    try:
        with gzip.open(path) if is_gzip else path.open("rb") as file:
            head = file.read(MAX_HEAD_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError(f"{path}: a damaged gzip file; fetch it again") from None
    return head[:MAX_HEAD_BYTES], len(head) <= MAX_HEAD_BYTES


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
