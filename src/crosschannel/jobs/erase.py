"""Erase one person from a lake, prove it, and see to it that they do not come back.

Order: suppress; delete sources and everything derived by key; solve the identity graph again; publish
without the person; delete all files of older versions; clean what is no table; flag the models that
may have seen the person; search every byte. A run that was cut short is repeated with the same
command and goes on: what it knew and has deleted since lies in ``.erasing`` until the search.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pyspark.sql import DataFrame

from crosschannel.contracts.privacy import Erasures, Suppressions
from crosschannel.contracts.silver import IdentityMap
from crosschannel.errors import StorageError, UsageError
from crosschannel.exprs.hashing import key_id
from crosschannel.io.byte_scan import Needles, Scan, scan
from crosschannel.io.lake import Lake
from crosschannel.io.purge import forget_versions
from crosschannel.io.releases import current_release
from crosschannel.io.scrub import scrub
from crosschannel.io.staging import small_frame, staging
from crosschannel.io.tracking import open_tracker
from crosschannel.jobs import erasing
from crosschannel.jobs.person import Known, Node, Person, find_person, gone_from, named_identifier, values_in
from crosschannel.privacy.suppression import suppressed_hash
from crosschannel.runtime.run import Place, Runner
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.project import Project

PENDING, ERASED_TAG = ".erasing", "erased_person"
CLEAN, LEFT, ERASE, VERIFY = "clean", "left", "erase", "verify"
Say = Callable[[str], None]
Keep = Callable[[DataFrame], DataFrame]


@dataclass
class Receipt:
    """What was done, without anything that names the person; ``customers`` is for the operator's eyes and is not stored."""

    erasure_id: str
    action: str
    erased_ts: datetime
    erased_by: str
    rows_deleted: dict[str, int] = field(default_factory=dict)
    found: Scan = field(default_factory=lambda: Scan(0, 0, ()))
    scrubbed: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    customers: tuple[str, ...] = ()
    release_number: int | None = None

    @property
    def state(self) -> str:
        """Whether anything was left."""
        return LEFT if self.found.found else CLEAN

    def as_json(self) -> dict[str, object]:
        """Return what may be filed: everything but the customer ids."""
        return {
            "erasure": self.erasure_id, "action": self.action, "state": self.state, "time": f"{self.erased_ts:%Y-%m-%dT%H:%M:%SZ}", "by": self.erased_by,
            "rows_deleted": {name: count for name, count in self.rows_deleted.items() if count}, "cleaned": self.scrubbed,
            "searched": {"files": self.found.files, "bytes": self.found.size_bytes}, "left": list(self.found.found), "models": self.models,
        }  # fmt: skip


def erase(active: Runner, identifier: str, by: str, now: datetime, say: Say) -> Receipt:
    """Remove whoever bears an identifier from the lake, and return the receipt.

    Raises
    ------
    UsageError
        The identifier is of the wrong form, the lake is no local folder, or another erasure was cut short.
    """
    lake, project, folder = active.lake, active.place.project, local_folder(active.lake.root)
    given, spelled = named_identifier(project.identity, identifier)
    before = _begun(folder, given)
    person = find_person(lake, given).joined(before.person if before else None)
    receipt = Receipt(secrets.token_hex(8), ERASE, now, by, customers=person.customers)
    with staging() as keep:
        held, values = what_is_held(lake, project, person, spelled, keep)
        known = _remember(folder, Known(person, values, erasing.models_that_saw(lake, person)).joined(before))
        _suppress(lake, held, active.place, receipt)
        receipt.rows_deleted |= erasing.delete_outside_graph(lake, held)
        _run_again(active, held, receipt)
    forget_versions(lake, erasing.telling_tables(lake))
    say("rows, and files of older versions, are deleted: now what is no table, and the search")
    gone, ids = gone_from(lake, person)
    texts = {*spelled, *ids, *(n.identifier_hash for n in gone), *(text for n in gone for text in known.values.get(n.identifier_hash, ()))}
    needles = Needles.of(texts, [n.node_key for n in gone])
    receipt.scrubbed = scrub(folder, _tables_under(folder), needles, sorted(texts, key=lambda text: (-len(text), text)), spared=folder / PENDING)
    receipt.models = _flag(lake, active.place, known.models, receipt.erasure_id)
    _forget(folder)
    receipt.found = scan(folder, needles)
    book(lake, receipt)
    return receipt


def what_is_held(lake: Lake, project: Project, person: Person, spelled: Sequence[str], keep: Keep) -> tuple[erasing.Held, dict[str, set[str]]]:
    """Return what the lake holds of a person, and in which spellings it holds their identifiers."""
    events = erasing.events_of(lake, project, person, keep)
    raw = keep(erasing.raw_records(lake, events))
    values = values_in(raw, project.sources.sources, project.identity, person)
    own = {*spelled, *(text for n in person.own for text in values[n.identifier_hash])}
    return erasing.Held(person, events, raw, erasing.refused_records(lake, own)), values


def dry_run(lake: Lake, place: Place, identifier: str) -> tuple[Person, dict[str, int], list[str]]:
    """Count the rows an erasure would delete, by table, and name the models that may have seen the person; nothing is written."""
    project = place.project
    given, spelled = named_identifier(project.identity, identifier)
    person = find_person(lake, given)
    with staging() as keep:
        held, _ = what_is_held(lake, project, person, spelled, keep)
        counts = {c.name: held.rows_about(lake, c).count() for c in erasing.about_people(lake)}
    return person, counts, [f"{name} {version}" for name, version in erasing.models_that_saw(lake, person)]


def verify(lake: Lake, place: Place, identifier: str, by: str, now: datetime) -> Receipt:
    """Search every byte under the lake for an identifier and its pseudonym, and book what was found."""
    given, spelled = named_identifier(place.project.identity, identifier)
    receipt = Receipt(secrets.token_hex(8), VERIFY, now, by)
    needles = Needles.of({*spelled, given.identifier_hash}, [given.node_key])
    receipt.found = scan(local_folder(lake.root), needles)
    book(lake, receipt)
    return receipt


def book(lake: Lake, receipt: Receipt) -> None:
    """Store a receipt."""
    found, models = receipt.found, sorted(receipt.models)
    row = (receipt.erasure_id, receipt.action, receipt.state, receipt.erased_ts, receipt.erased_by, receipt.rows_deleted,
           found.files, found.size_bytes, sorted(found.found), models, receipt.release_number)  # fmt: skip
    lake.write(Erasures.contract, small_frame(lake.spark, [row], Erasures.contract.columns))


def local_folder(root: str) -> Path:
    """Return the folder of a lake.

    Raises
    ------
    UsageError
        The lake lies elsewhere, where its bytes cannot be searched.
    """
    if "://" in root:
        raise UsageError(f"every byte of {root} is to be searched, which needs a folder: mount it and give its path with --lake")
    return Path(root.removeprefix("file:")).resolve()


def _begun(folder: Path, given: Node) -> Known | None:
    """Return what an erasure that was cut short knew."""
    pending = folder / PENDING
    try:
        before = Known.of_json(pending.read_text(encoding="utf-8")) if pending.exists() else None
    except (ValueError, KeyError, TypeError):  # cut short itself, or written by another version
        raise StorageError(
            f"an erasure was cut short, and what it noted in {pending} cannot be read: move that file away, run the erasure again with every"
            " identifier you have of that person, and `crosschannel erase --verify` with each"
        ) from None
    if before is not None and before.person.given != given:
        raise UsageError("an erasure of somebody else was cut short: finish it first, with the same command it was begun with")
    return before


def _remember(folder: Path, known: Known) -> Known:
    """Keep what the erasure is about to delete the sources of, whole or not at all."""
    written = folder / f"{PENDING}.new"
    written.write_text(known.to_json(), encoding="utf-8")
    written.replace(folder / PENDING)
    return known


def _forget(folder: Path) -> None:
    (folder / PENDING).unlink()


def _suppress(lake: Lake, held: erasing.Held, place: Place, receipt: Receipt) -> None:
    key, shared = pseudonym_key(place.project.identity.pseudonyms), erasing.shared_keys(lake, held)
    own = [n for n in held.person.own if n.node_key not in shared]
    rows = [(suppressed_hash(n.identifier_hash, key), n.namespace, key_id(key), receipt.erasure_id, receipt.erased_ts) for n in own]
    lake.write(Suppressions.contract, small_frame(lake.spark, sorted(rows), Suppressions.contract.columns))


def _run_again(active: Runner, held: erasing.Held, receipt: Receipt) -> None:
    """Solve the graph without the person, and publish without them, as of the day of the release."""
    lake, release = active.lake, current_release(active.lake)
    if release is not None:
        active.look_back(release.as_of_date)
    if lake.exists(IdentityMap.contract):
        active.run(erasing.stitch_without(held, receipt.rows_deleted))
    if release is not None:
        active.run(erasing.publish_without(held.person))
        left = current_release(lake)
        receipt.release_number = left.release_number if left else None


def _tables_under(folder: Path) -> list[str]:
    return [str(log.parent.relative_to(folder)) for log in folder.rglob("_delta_log")]


def _flag(lake: Lake, place: Place, saw: Sequence[tuple[str, str]], erasure_id: str) -> list[str]:
    """Mark models in the registry, and return their names and versions."""
    registry = open_tracker(lake.root, place.project.name).registry if saw else None
    for name, version in saw:
        entry = registry.entry(name, version) if registry else None
        if registry and entry is not None:
            registry.mark(name, entry, {ERASED_TAG: f"erasure {erasure_id}: may have learned from somebody who was erased; train again"})
    return [f"{name} {version}" for name, version in saw]
