"""Releases as people handle them: what differs between two, and going back to an earlier one by one pointer row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from crosschannel.contracts.delivery import CUSTOMER_CHANGES, SCORE_CHANGES
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.serving import PublishedScores, Releases
from crosschannel.errors import StorageError, UsageError
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.io.fitting import schema_of
from crosschannel.io.lake import Lake
from crosschannel.io.releases import PREVIOUS, Release, current_release, last_erasure, published_as, read_release, release_named
from crosschannel.io.small_files import Folder
from crosschannel.jobs.erase import PENDING
from crosschannel.publish.diff import to_change_counts, to_customer_changes, to_score_changes
from crosschannel.publish.digest import release_id_of


@dataclass(frozen=True)
class Difference:
    """What leads from one release to another."""

    old: Release
    new: Release
    frames: Mapping[str, DataFrame]

    def counts(self) -> dict[str, dict[str, int]]:
        """Return rows by table and change type."""
        return {name: {row[0]: int(row[1]) for row in df.transform(to_change_counts).collect()} for name, df in self.frames.items()}


@dataclass(frozen=True)
class Word:
    """Who decided to go back, when and why."""

    acted_by: str
    acted_ts: datetime
    reason: str


def difference(lake: Lake, old: str, new: str) -> Difference:
    """Hold two releases beside each other, in wide and in long form."""
    before, after = release_named(lake, old), release_named(lake, new)
    for release in (before, after):
        require_readable(lake, release)
    customers = [read_release(lake, published_as(lake, r), r) for r in (before, after)]
    scores = [read_release(lake, PublishedScores, r) for r in (before, after)]
    frames = {
        CUSTOMER_CHANGES: to_customer_changes(customers[0], customers[1], after.as_of_date),
        SCORE_CHANGES: to_score_changes(scores[0], scores[1], after.as_of_date),
    }
    return Difference(before, after, frames)


def roll_back(lake: Lake, to: str | None, word: Word) -> tuple[Release, Release]:
    """Show an earlier release again; return the new pointer and the release that was taken back.

    Raises
    ------
    UsageError
        Nothing is published, that release is shown already, or an erasure was cut short.
    StorageError
        Its rows cannot be opened any more.
    """
    if Folder(lake.spark, lake.root).has(PENDING):
        raise UsageError("an erasure was cut short, and earlier releases may still hold the person: finish it first, with the command it was begun with")
    shown = current_release(lake)
    if shown is None:
        raise UsageError(f"nothing is published at {lake.root}, so there is nothing to go back from")
    target = release_named(lake, to or PREVIOUS)
    if target.shown == shown.shown:
        raise UsageError(f"release {target.shown} is shown already; `crosschannel releases list --lake {lake.root}` shows the others")
    require_readable(lake, target)
    pointer = replace(
        target,
        release_id=release_id_of(f"rollback|{target.digest}", shown.release_id),
        release_number=shown.release_number + 1,
        published_ts=word.acted_ts,
        restores=target.shown,
        withdraws=shown.shown,
        acted_by=word.acted_by,
        reason=word.reason,
    )
    lake.write(Releases.contract, frame_of(lake.spark, [row_of(pointer)], schema_of(Releases.contract)))
    return pointer, shown


def row_of(release: Release) -> tuple[Any, ...]:
    """Return the row of ``serving.releases``."""
    return tuple(getattr(release, str(column)) for column in Releases.contract.columns)


def require_readable(lake: Lake, release: Release) -> None:
    """Refuse a release of which a table cannot be opened any more, or that may hold somebody who was erased since.

    Raises
    ------
    StorageError
        Retention or an erasure took away its files.
    """
    erasure = last_erasure(lake)
    if erasure is not None and release.release_number < erasure[0]:
        raise StorageError(
            f"release {release.release_id} is from before the erasure of {erasure[1]:%Y-%m-%d}, which removed its files for good; "
            f"`crosschannel releases list --lake {lake.root}` shows younger ones"
        )
    for name in sorted(release.table_versions):
        try:
            read_release(lake, CONTRACTS[name], release).limit(1).collect()
        except (PySparkException, Py4JJavaError) as error:
            until = f"{release.readable_until:%Y-%m-%d %H:%M} UTC" if release.readable_until else "some time ago"
            raise StorageError(
                f"{name} cannot be opened as release {release.release_id} published it: it was kept until {until}; "
                f"`crosschannel releases list --lake {lake.root}` shows younger ones"
            ) from error
