"""Read a release whole: ``serving.releases`` names the version of every serving table it is made of.

Tables are committed one by one, the pointer last. A reader who opens tables through a release sees
none of a run that is still writing or was killed between two commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.column import ColumnSpec
from crosschannel.contracts.privacy import PERMISSION, Erasures
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.serving import PublishedSegments, Releases, SegmentChanges, score_columns
from crosschannel.contracts.table import Contract, Table, named
from crosschannel.errors import UsageError
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.io.fitting import schema_of
from crosschannel.io.lake import Lake

CURRENT, PREVIOUS = "current", "previous"
MOST = 10_000  # releases looked at: a nightly run's for 27 years
SEGMENTS = "segments"  # key of the segment model in Release.model_versions; all others are scores


@dataclass(frozen=True)
class Release:
    """One row of ``serving.releases``."""

    release_id: str
    release_number: int
    as_of_date: date
    table_versions: dict[str, int]
    row_counts: dict[str, int]
    model_versions: dict[str, str]
    digest: str
    settings_hash: str
    published_ts: datetime
    digests: dict[str, str] | None = None
    code_hash: str | None = None
    readable_until: datetime | None = None
    restores: str | None = None
    withdraws: str | None = None
    acted_by: str | None = None
    reason: str | None = None

    @property
    def shown(self) -> str:
        """The release whose rows it shows: its own, or those a rollback went back to."""
        return self.restores or self.release_id

    @property
    def score_names(self) -> tuple[str, ...]:
        """Scores the release publishes, by name."""
        return tuple(sorted(set(self.model_versions) - {SEGMENTS}))


def releases(lake: Lake, limit: int = 100) -> list[Release]:
    """Return the newest releases, newest first."""
    rows = lake.read(Releases.contract).orderBy(F.col(Releases.release_number).desc()).limit(limit).collect()
    return [Release(**row.asDict()) for row in rows]


def current_release(lake: Lake) -> Release | None:
    """Return the release readers should use; ``None`` before the first one."""
    return next(iter(releases(lake, limit=1)), None)


def last_erasure(lake: Lake) -> tuple[int, datetime] | None:
    """Return the number of the release that the newest erasure left, and when it was; no release before that one can be opened."""
    done = lake.read(Erasures.contract).where(F.col(Erasures.release_number).isNotNull())
    newest = done.orderBy(F.col(Erasures.release_number).desc(), F.col(Erasures.erased_ts).desc()).limit(1).collect()
    return next(((int(row[Erasures.release_number]), row[Erasures.erased_ts]) for row in newest), None)


def release_named(lake: Lake, text: str) -> Release:
    """Return the release that ``current``, ``previous`` (shown before the current one), a number, or the first digits of an id name.

    Raises
    ------
    UsageError
        There is none, or there are several.
    """
    known = releases(lake, limit=MOST)
    if text == CURRENT:
        found = known[:1]
    elif text == PREVIOUS:
        found = [r for r in known if r.shown != known[0].shown][:1]
    else:
        found = [r for r in known if text == str(r.release_number) or (len(text) > 2 and r.release_id.startswith(text))]
    if len(found) != 1:
        few = "is not known" if not found else f"names {len(found)} releases"
        raise UsageError(f"release {text} {few} at {lake.root}; `crosschannel releases list --lake {lake.root}` shows those there are")
    return found[0]


def withdrawn_digests(known: Sequence[Release]) -> set[str]:
    """Return the digests of rows that people took back and nothing replaced since; ``known`` comes newest first."""
    by_id = {r.release_id: r.digest for r in known}
    taken_back = set()
    for release in known:
        if release.withdraws is None:
            break
        taken_back.add(by_id.get(release.withdraws, ""))
    return taken_back - {known[0].digest} if known else set()


def read_release(lake: Lake, table: type[Table] | Contract, release: Release | None) -> DataFrame:
    """Return a serving table as ``release`` published it; empty, with its schema, without a release.

    ``serving.customer_segments`` comes with the score columns of the release, unless the contract
    given already names them.
    """
    contract = table if isinstance(table, Contract) else table.contract
    if contract == PublishedSegments.contract and release is not None:
        contract = contract.completed(score_columns(release.score_names))
    if release is None:
        return frame_of(lake.spark, [], schema_of(contract))
    if contract.name not in release.table_versions:
        raise UsageError(f"{contract.name} is no part of a release; a release holds {', '.join(sorted(release.table_versions))}")
    stored = lake.read(contract, _version_to_open(lake, contract, release))
    if contract.name == SegmentChanges.contract.name:  # the table keeps the changes of all releases
        return stored.where(F.col(SegmentChanges.release_id) == release.shown)
    return stored


def published_as(lake: Lake, release: Release) -> Contract:
    """Return ``serving.customer_segments`` as a release holds it: with its scores, and with what people allow, as the table itself says."""
    return stored_contract(lake, release.score_names, _version_to_open(lake, PublishedSegments.contract, release))


def stored_contract(lake: Lake, score_names: Iterable[str], version: int | None = None) -> Contract:
    """Return ``serving.customer_segments`` as it is stored in a version, the newest if none is given."""
    fields = [f for f in lake.stored_schema(PublishedSegments.contract, version).fields if f.name.startswith(f"{PERMISSION}_")]
    allowed = [named(f.name, ColumnSpec("boolean", f.metadata.get("comment", ""), nullable=True)) for f in fields]
    return PublishedSegments.contract.completed((*score_columns(score_names), *allowed))


def is_current(lake: Lake, release: Release) -> bool:
    """Tell whether the serving tables still stand as ``release`` left them."""
    return all(lake.data_version(CONTRACTS[name]) <= version for name, version in release.table_versions.items())


def _version_to_open(lake: Lake, contract: Contract, release: Release) -> int:
    """Return the release's version, or the newest one if only compaction and clean-up came after it.

    Delta refuses to open an old version beyond the table's retention, but never the newest one.
    """
    newest, published = lake.version(contract), release.table_versions[contract.name]
    return newest if lake.data_version(contract) <= published else published
