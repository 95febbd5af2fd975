"""Which of the files that lie there are new.

A file is its content: the same bytes under another name or with another date add nothing. To
save reading everything at every run, a file whose path, size and date are those in the ledger
is taken for the one in the ledger.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from crosschannel.contracts.ops import Files
from crosschannel.contracts.raw import RawFile
from crosschannel.exprs.text import BYTE_ORDER_MARK

EPOCH = datetime(1970, 1, 1)
Ledger = Iterable[Any]  # rows of ops.files, as collect() gave them


def only_unseen(listing: Iterable[RawFile], ledger: Ledger) -> list[RawFile]:
    """Keep the files that are not in the ledger under their path, size and date."""
    seen = {(r[Files.source], r[Files.path], r[Files.size_bytes], r[Files.modified_ts]) for r in ledger}
    return [f for f in listing if (f.source, f.path, f.size_bytes, modified_ts(f)) not in seen]


def only_new(files: Iterable[RawFile], ledger: Ledger) -> list[RawFile]:
    """Keep the first file of each content that the ledger does not hold, numbered."""
    known = {(r[Files.source], r[Files.file_id]) for r in ledger}
    new: dict[tuple[str, str], RawFile] = {}
    for file in sorted(files, key=lambda f: (f.source, f.path)):
        identity = (file.source, file.file_id)
        if identity not in known:
            new.setdefault(identity, file)
    return [replace(new[identity], file_no=number) for number, identity in enumerate(sorted(new))]


def changed_paths(files: Iterable[RawFile], ledger: Ledger) -> list[str]:
    """Return the paths whose content is not what the ledger knows under them: edited or appended files."""
    known = {(r[Files.source], r[Files.path]) for r in ledger}
    return [f.path for f in files if (f.source, f.path) in known]


def modified_ts(file: RawFile) -> datetime:
    """Return when a file was changed last, UTC."""
    return EPOCH + timedelta(milliseconds=file.modified_ms)


def header_names(header: str, delimiter: str) -> tuple[str, ...]:
    """Return the column names of a CSV header."""
    return tuple(name.strip() for name in next(csv.reader([header.removeprefix(BYTE_ORDER_MARK)], delimiter=delimiter), []))


def readable(files: Iterable[RawFile]) -> list[RawFile]:
    """Keep the files that hold something to read."""
    return [f for f in files if f.reason is None and f.size_bytes]


def by_source_and_header(files: Iterable[RawFile]) -> list[tuple[str, str, Sequence[RawFile]]]:
    """Group readable, non-empty files by source and CSV header: what can be parsed alike."""
    ordered = sorted(readable(files), key=lambda f: (f.source, f.header, f.file_no))
    groups = groupby(ordered, key=lambda f: (f.source, f.header))
    return [(source, header, list(members)) for (source, header), members in groups]


def fingerprint(listing: Iterable[RawFile]) -> str:
    """Return a digest of what lies there: when it is unchanged there is nothing to ingest."""
    lines = sorted(f"{f.source}|{f.path}|{f.size_bytes}|{f.modified_ms}" for f in listing)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
