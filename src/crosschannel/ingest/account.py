"""Accounts: every record of every file is good, quarantined, a duplicate or of an erased person, or nothing is booked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from crosschannel.contracts.bronze import Blocks
from crosschannel.contracts.ops import Files
from crosschannel.contracts.raw import Account, RawFile
from crosschannel.errors import QualityError
from crosschannel.ingest.discover import modified_ts

Rows = Iterable[Any]  # what collect() gave of a frame
NAMED_FILES = 5  # an error names so many files at most


def accounts(files: Sequence[RawFile], blocks: Rows, duplicates: Sequence[Any], suppressed: Sequence[Any] = ()) -> list[Account]:
    """Set up the account of each file.

    Parameters
    ----------
    files
        The delivery; ``rows_in`` was counted by a pass of its own.
    blocks
        Rows of :class:`Blocks`.
    duplicates
        Source, file_id, number of duplicates, and of those that contradict the record that was kept.
    suppressed
        Source, file_id, and number of records of people who were erased.

    Raises
    ------
    QualityError
        For some file, rows in are not good + quarantined + duplicate + suppressed.
    """
    records, refused = Counter[int](), Counter[int]()
    for block in blocks:
        records[block[Blocks.file_no]] += block[Blocks.record_count]
        refused[block[Blocks.file_no]] += block[Blocks.refused_count]
    repeated = {(row[0], row[1]): (int(row[2]), int(row[3])) for row in duplicates}
    kept_out = {(row[0], row[1]): int(row[2]) for row in suppressed}
    made = []
    for file in files:
        (again, conflicting), bad = repeated.get((file.source, file.file_id), (0, 0)), refused[file.file_no]
        out = kept_out.get((file.source, file.file_id), 0)
        made.append(Account(file, records[file.file_no] - bad - again - out, bad, again, conflicting, out))
    _refuse_unbalanced(made)
    return made


def numbering(files: Iterable[RawFile], blocks: Rows) -> list[tuple[int, int, str, str | None, int]]:
    """Return rows of :class:`Numbering`: lines of a file are counted on from block to block."""
    known = {f.file_no: (f.file_id, f.header if f.format == "csv" else None) for f in files}
    rows = []
    ordered = sorted(blocks, key=lambda b: (b[Blocks.file_no], b[Blocks.block_start]))
    for file_no, members in groupby(ordered, key=lambda b: b[Blocks.file_no]):
        lines_before = 0
        for block in members:
            shift = lines_before - block[Blocks.first_position]
            rows.append((file_no, block[Blocks.block_start], *known[file_no], shift))
            lines_before += block[Blocks.line_count]
    return rows


def ledger_rows(made: Iterable[Account], now: datetime) -> list[tuple[Any, ...]]:
    """Return rows of ``ops.files``, in the order of its columns."""
    return [
        (
            a.file.source, a.file.file_id, a.file.path, a.file.size_bytes, modified_ts(a.file),
            "refused" if a.file.reason else "committed", a.file.reason, a.file.rows_in, a.good, a.quarantined, a.duplicate, now,
            a.conflicting, 0, a.file.notice, a.suppressed,
        )
        for a in made
    ]  # fmt: skip


def report(made: Iterable[Account], log: Callable[..., None], check: Callable[..., None]) -> None:
    """Say and check the sums by source: rows in are good, quarantined or duplicate."""
    sums: dict[str, Counter[str]] = {}
    for a in made:
        of_source = sums.setdefault(a.file.source, Counter())
        of_source.update(files=1, refused_files=int(a.file.reason is not None))
        of_source.update({Files.rows_in: a.file.rows_in}, good=a.good, quarantined=a.quarantined, duplicate=a.duplicate, conflicting=a.conflicting)
        of_source.update(suppressed=a.suppressed)
    for source, n in sorted(sums.items()):
        log(source, **{str(name): count for name, count in n.items()})
        check(
            f"rows of {source}: in = good + quarantined + duplicate" + (" + suppressed" if n["suppressed"] else ""),
            observed=n["good"] + n["quarantined"] + n["duplicate"] + n["suppressed"],
            expected=n[Files.rows_in],
        )


def _refuse_unbalanced(made: Iterable[Account]) -> None:
    wrong = [a for a in made if a.file.rows_in != a.good + a.quarantined + a.duplicate + a.suppressed or min(a.good, a.quarantined, a.duplicate) < 0]
    if wrong:
        named = "; ".join(
            f"{a.file.path}: {a.file.rows_in:,} in, {a.good:,} good + {a.quarantined:,} quarantined + {a.duplicate:,} duplicate"
            for a in wrong[:NAMED_FILES]
        )
        raise QualityError(f"{len(wrong):,} files do not add up, nothing was written: {named}. Was a file changed while it was read? Run again.")
