"""Drop what is left of releases that nobody may open any more; the current one and those that are pinned stay.

A release is pinned while it is shown, and for ``PIN_DAYS`` after it was shown last. Its pointer row stays for
good: it is the history of what was published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyspark.sql import functions as F

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.serving import PIN_DAYS, SegmentChanges
from crosschannel.errors import UsageError
from crosschannel.io.lake import Lake
from crosschannel.io.purge import retire_rows
from crosschannel.io.releases import MOST, Release, release_named, releases
from crosschannel.io.small_files import Folder
from crosschannel.io.upkeep import vacuum
from crosschannel.jobs.contracts_beside import FOLDER


@dataclass(frozen=True)
class Retired:
    """What was dropped, or would be: releases with something left of them, oldest first, and their rows of changes."""

    releases: tuple[Release, ...]
    rows: int


def retire(lake: Lake, which: str | None, now: datetime, *, is_dry: bool = False) -> Retired:
    """Drop rows of changes, contracts and files of releases whose term is over.

    Parameters
    ----------
    which
        One release; every one whose term is over if not given.
    is_dry
        Count, and drop nothing.

    Raises
    ------
    UsageError
        The release asked for is shown, or pinned.
    """
    known = releases(lake, limit=MOST)
    terms = terms_of(known)
    over = [r for r in known if not r.restores and (until := terms[r.release_id]) is not None and until < now]
    if which is not None:
        over = [_unpinned(lake, release_named(lake, which), terms, now)]
    contracts = Folder(lake.spark, f"{lake.root}/{FOLDER}")
    changes = lake.read(SegmentChanges.contract).where(F.col(SegmentChanges.release_id).isin([r.release_id for r in over]))
    with_rows = {row[0]: row[1] for row in changes.groupBy(SegmentChanges.release_id).count().collect()}  # one row a release
    left = tuple(r for r in reversed(over) if r.release_id in with_rows or contracts.has(r.release_id))
    if left and not is_dry:
        retire_rows(lake, SegmentChanges.contract, changes)
        for release in left:
            (contracts / release.release_id).remove()
        for name in sorted({name for r in known for name in r.table_versions}):
            vacuum(lake.spark, lake.path(CONTRACTS[name]))  # files that no pinned version needs
    return Retired(left, sum(with_rows.values()))


def terms_of(known: Sequence[Release]) -> dict[str, datetime | None]:
    """Return until when each release is pinned, ``None`` for the one that is shown; ``known`` comes newest first."""
    terms: dict[str, datetime | None] = {}
    replaced: datetime | None = None
    for pointer in known:
        ends = replaced + timedelta(days=PIN_DAYS) if replaced else None
        terms.setdefault(pointer.shown, ends)  # where it was shown twice, the later time counts
        if not pointer.restores and (own := terms[pointer.release_id]) is not None and pointer.readable_until is not None:
            terms[pointer.release_id] = max(own, pointer.readable_until)
        replaced = pointer.published_ts
    return terms


def _unpinned(lake: Lake, release: Release, terms: dict[str, datetime | None], now: datetime) -> Release:
    until = terms[release.shown]
    if until is None:
        raise UsageError(f"release {release.shown} is the one that is shown: publish another one, or `crosschannel releases rollback --lake {lake.root}`, first")
    if until >= now:
        raise UsageError(f"release {release.shown} is pinned until {until:%Y-%m-%d %H:%M} UTC; what is pinned can be gone back to and is not dropped")
    if release.restores:
        raise UsageError(f"release {release.release_id} is a rollback and holds no rows of its own; name the release it showed: {release.shown}")
    return release
