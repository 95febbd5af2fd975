"""Export a release for other systems: its four tables, as files with their contracts, or into PostgreSQL.

An export is whole or not there: ``release.json``, written last, names what lies beside it, and the
database takes a release over in one transaction. Exporting the same release again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame

from crosschannel.contracts.delivery import CUSTOMER_CHANGES, SCORE_CHANGES, CustomerChanges, ScoreChanges
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments, SegmentChanges
from crosschannel.contracts.table import Contract, Write
from crosschannel.io.delivery import write_files
from crosschannel.io.lake import Lake
from crosschannel.io.postgres import Database, Target, exported, require_safe, take_over
from crosschannel.io.releases import Release, published_as, read_release, release_named
from crosschannel.io.small_files import Folder
from crosschannel.jobs.contracts_beside import write_contracts
from crosschannel.jobs.manage_releases import difference, require_readable

TABLES = (PublishedSegments, PublishedScores, PublishedProfiles, SegmentChanges)
RELEASE_FILE, LATEST_FILE = "release.json", "latest.json"
CHANGE_KEYS = {
    CUSTOMER_CHANGES: (str(CustomerChanges.customer_id),),
    SCORE_CHANGES: (str(ScoreChanges.customer_id), str(ScoreChanges.score_name)),
}
Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What is to be exported: a release, and since which other one changes are wanted."""

    release: str
    since: str | None = None


def export_files(lake: Lake, wanted: Wanted, out: str, form: str, say: Say) -> Release:
    """Write a release as ``<out>/<release>/<table>``; nothing if it is there already."""
    release = release_named(lake, wanted.release)
    folder = Folder(lake.spark, f"{out.rstrip('/')}/{release.release_id}")
    changes = _changes(lake, wanted, release)
    manifest = _manifest(release, form, changes)
    if folder.read_json(RELEASE_FILE) == manifest:
        say(f"nothing to do: {folder.path} holds release {release.release_id} already")
    else:
        require_readable(lake, release)
        for name, rows in {**_tables(lake, release), **changes.frames}.items():
            write_files(rows, f"{folder.path}/{name}", form)
        write_contracts(folder / "contracts", release.table_versions, published_as(lake, release))
        folder.write_json(RELEASE_FILE, manifest)  # last: without it the folder is no export
        say(f"written: {folder.path}, {sum(release.row_counts.values()):,} rows in {len(release.row_counts)} tables")
    Folder(lake.spark, out).write_json(LATEST_FILE, {"folder": release.release_id, "number": release.release_number})
    return release


def export_postgres(lake: Lake, wanted: Wanted, database: Database, say: Say) -> Release:
    """Bring a release into PostgreSQL; nothing if it is there already."""
    require_safe(database)
    release = release_named(lake, wanted.release)
    if exported(lake.spark, database) == release.release_id and wanted.since is None:
        say(f"nothing to do: {database.schema} holds release {release.release_id} already")
        return release
    require_readable(lake, release)
    targets = [_target(CONTRACTS[f"serving.{name}"], rows, release) for name, rows in _tables(lake, release).items()]
    changes = _changes(lake, wanted, release)
    targets += [Target(name, rows, CHANGE_KEYS[name], sum(changes.counts[name].values())) for name, rows in changes.frames.items()]
    for name, rows in take_over(lake.spark, database, targets, release.release_id, release.release_number).items():
        say(f"{database.schema}.{name}: {rows:,} rows inserted, updated or deleted")
    return release


@dataclass(frozen=True)
class _Changes:
    since: str | None
    frames: Mapping[str, DataFrame]
    counts: Mapping[str, Mapping[str, int]]


def _changes(lake: Lake, wanted: Wanted, release: Release) -> _Changes:
    if wanted.since is None:
        return _Changes(None, {}, {})
    found = difference(lake, wanted.since, release.release_id)
    return _Changes(found.old.release_id, found.frames, found.counts())


def _tables(lake: Lake, release: Release) -> dict[str, DataFrame]:
    whole = [published_as(lake, release), *(table.contract for table in TABLES if table is not PublishedSegments)]
    return {contract.table: read_release(lake, contract, release) for contract in whole}


def _target(contract: Contract, rows: DataFrame, release: Release) -> Target:
    is_history = contract.write is Write.APPEND_NEW  # changes of earlier releases stay
    return Target(contract.table, rows, [str(c) for c in contract.key], release.row_counts[contract.name], keeps_others=is_history)


def _manifest(release: Release, form: str, changes: _Changes) -> dict[str, Any]:
    return {
        "release": release.release_id,
        "number": release.release_number,
        "shows": release.shown,
        "as_of": release.as_of_date.isoformat(),
        "published": release.published_ts.isoformat(),
        "format": form,
        "rows": release.row_counts,
        "digests": release.digests,
        "models": release.model_versions,
        "configuration": release.settings_hash,
        "changes_since": changes.since,
        "changes": {name: dict(counts) for name, counts in changes.counts.items()},
    }
