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
from crosschannel.contracts.raw import CHANGED_WHILE_READ, LOOK_AGAIN, RawFile
from crosschannel.exprs.text import BYTE_ORDER_MARK
from crosschannel.settings.sources import SourcesSettings

EPOCH = datetime(1970, 1, 1)
CHANGED_IN_PLACE, READ_LATER = "changed_in_place", "read_later"
Ledger = Iterable[Any]  # rows of ops.files, as collect() gave them
Again = frozenset[str]  # sources


def only_unseen(listing: Iterable[RawFile], ledger: Ledger, again: Again = frozenset()) -> list[RawFile]:
    """Keep the files that are not in the ledger under their path, size and date."""
    seen = {(r[Files.source], r[Files.path], r[Files.size_bytes], r[Files.modified_ts]) for r in _settled(ledger, again)}
    return [f for f in listing if (f.source, f.path, f.size_bytes, modified_ts(f)) not in seen]


def only_new(files: Iterable[RawFile], ledger: Ledger, again: Again = frozenset()) -> list[RawFile]:
    """Keep the first file of each content that the ledger does not hold, numbered.

    Parameters
    ----------
    again
        Sources whose refused files are looked at once more.
    """
    known = {(r[Files.source], r[Files.file_id]) for r in _settled(ledger, again)}
    new: dict[tuple[str, str], RawFile] = {}
    for file in sorted(files, key=lambda f: (f.source, f.path)):
        identity = (file.source, file.file_id)
        if identity not in known:
            new.setdefault(identity, file)
    return [replace(new[identity], file_no=number) for number, identity in enumerate(sorted(new))]


def with_notices(files: Sequence[RawFile], ledger: Ledger) -> list[RawFile]:
    """Name the files whose path held other content before: edited or appended ones. They are read whole; what is known is a duplicate."""
    known = {(r[Files.source], r[Files.path]): r[Files.file_id] for r in _settled(ledger, frozenset())}
    is_read = [f.reason not in LOOK_AGAIN for f in files]
    return [replace(f, notice=CHANGED_IN_PLACE) if r and known.get((f.source, f.path), f.file_id) != f.file_id else f for f, r in zip(files, is_read, strict=True)]


def to_look_at_again(listing: Iterable[RawFile], ledger: Ledger) -> list[Any]:
    """Return the rows of the ledger of files that lie there and could not be read so far, though nothing may be wrong with them."""
    there = {(f.source, f.path) for f in listing}
    return [r for r in ledger if r[Files.reason] in LOOK_AGAIN and (r[Files.source], r[Files.path]) in there]


def read_later_rows(files: Iterable[RawFile], ledger: Ledger) -> list[tuple[Any, ...]]:
    """Return the rows of the ledger that are closed now: their files could not be read then, and were now, as other content."""
    now = [f for f in files if f.reason not in LOOK_AGAIN]
    booked = {(f.source, f.file_id) for f in now}
    rows = [r for r in to_look_at_again(now, ledger) if (r[Files.source], r[Files.file_id]) not in booked]
    closed = {Files.status: "committed", Files.reason: None, Files.notice: READ_LATER}
    return [tuple(closed.get(c, r[c]) for c in Files.contract.columns) for r in rows]


def refused_as_changed(files: Iterable[RawFile], changed: Iterable[RawFile]) -> list[RawFile]:
    """Refuse the files that changed or went away while they were read; the next run takes them as they are then."""
    reasons = {f.uri: f.reason or CHANGED_WHILE_READ for f in changed}
    return [replace(f, reason=reasons[f.uri], rows_in=0) if f.uri in reasons else f for f in files]


def with_csv_columns(files: Iterable[RawFile], settings: SourcesSettings) -> list[RawFile]:
    """Add the names of their columns to CSV files; a name that stands twice, or a header without names, refuses its file."""
    delimiters = {s.source: s.delimiter for s in settings.sources}
    return [_with_csv_columns(f, delimiters[f.source]) if f.format == "csv" and f.header else f for f in files]


def modified_ts(file: RawFile) -> datetime:
    """Return when a file was changed last, UTC."""
    return EPOCH + timedelta(milliseconds=file.modified_ms)


def header_names(header: str, delimiter: str) -> tuple[str, ...]:
    """Return the column names of a CSV header; none if it cannot be cut into names."""
    rows = csv.reader([header.removeprefix(BYTE_ORDER_MARK), ""], delimiter=delimiter)
    try:
        names = next(rows, [])
    except csv.Error:  # a carriage return within: such a file ends its lines in a way of its own
        return ()
    return () if rows.line_num > 1 else tuple(name.strip() for name in names)  # a quote that was left open goes on in the next line


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


def _settled(ledger: Ledger, again: Again) -> list[Any]:
    """Rows of files that need no second look."""
    return [r for r in ledger if r[Files.reason] is None or (r[Files.reason] not in LOOK_AGAIN and r[Files.source] not in again)]


def _with_csv_columns(file: RawFile, delimiter: str) -> RawFile:
    columns = header_names(file.header, delimiter)
    named = [c for c in columns if c]
    reason = "header_unreadable" if not columns else "duplicate_column" if len(set(named)) < len(named) else file.reason
    return replace(file, columns=columns, reason=reason)
