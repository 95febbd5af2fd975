"""Find one person by one identifier: their customer, all identifiers, and what erasure must look for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession, functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.customers import IdentityAliases
from crosschannel.contracts.silver import IdentityMap
from crosschannel.contracts.subjects import Subject
from crosschannel.errors import UsageError
from crosschannel.exprs.driver_rows import frame_of
from crosschannel.identity.normalise import SCREENED_EXACT, SCREENED_PATTERN, normalised, pseudonym, screen_reason
from crosschannel.io.lake import Lake
from crosschannel.privacy.person import WHO
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.sources import Source

PERSON = "person"
MAX_RECORDS = 200_000  # of one person; more are nobody's


@dataclass(frozen=True)
class Node:
    """One identifier, without its value."""

    node_key: int
    namespace: str
    kind: str
    identifier_hash: str


@dataclass(frozen=True)
class Person:
    """Whom an identifier names: customer ids (retired ones too) and all identifiers."""

    given: Node
    customers: tuple[str, ...]
    nodes: tuple[Node, ...]

    @property
    def own(self) -> tuple[Node, ...]:
        """Identifiers that nobody else may bear: those of people, and the one that was given."""
        return tuple(n for n in self.nodes if n.kind == PERSON or n == self.given)

    def joined(self, other: Person | None) -> Person:
        """Return the person with what another look at them found."""
        if other is None or other.given != self.given:
            return self
        nodes = {n.node_key: n for n in (*self.nodes, *other.nodes)}
        return Person(self.given, tuple(sorted({*self.customers, *other.customers})), tuple(nodes[k] for k in sorted(nodes)))


@dataclass(frozen=True)
class Known:
    """What an erasure knows and then deletes: the person, how their identifiers are spelled, the models that may have learned from them."""

    person: Person
    values: Mapping[str, Iterable[str]]
    models: Sequence[tuple[str, str]]

    def to_json(self) -> str:
        """Return what an erasure that was cut short needs to go on."""
        return json.dumps({"person": asdict(self.person), "values": {k: sorted(v) for k, v in self.values.items()}, "models": sorted(self.models)})

    @classmethod
    def of_json(cls, text: str) -> Known:
        """Read it back."""
        found = json.loads(text)
        one = found["person"]
        person = Person(Node(**one["given"]), tuple(one["customers"]), tuple(Node(**n) for n in one["nodes"]))
        return cls(person, found["values"], [(name, version) for name, version in found["models"]])

    def joined(self, other: Known | None) -> Known:
        """Return it with what was known before."""
        if other is None:
            return self
        values = {k: {*self.values.get(k, ()), *other.values.get(k, ())} for k in {**self.values, **other.values}}
        return Known(self.person.joined(other.person), values, sorted({*self.models, *other.models}))


def named_identifier(settings: IdentitySettings, text: str) -> tuple[Node, tuple[str, ...]]:
    """Return the identifier that ``namespace:value`` names, and its value as given and as normalised.

    Raises
    ------
    UsageError
        The text is of another form, or the value names nobody. The message does not repeat it.
    """
    namespace, found, value = text.strip().partition(":")
    if not found or namespace not in settings.namespaces:
        raise UsageError(f"--identifier: write namespace:value, spelled as in the raw logs; {choose_from('', settings.namespaces)}")
    declared = settings.namespaces[namespace]
    plain = normalised(value, declared)
    if plain is None:
        raise UsageError(f"--identifier: nothing stands after {namespace}:")
    if screen_reason(plain, declared) in (SCREENED_EXACT, SCREENED_PATTERN):
        raise UsageError(f"--identifier: this {namespace} is a placeholder that names nobody; give another identifier of the person")
    hashed, node_key = pseudonym(namespace, plain, version=settings.pseudonyms.version, key=pseudonym_key(settings.pseudonyms))
    return Node(node_key, namespace, declared.kind, hashed), (value.strip(), plain)


def find_person(lake: Lake, given: Node) -> Person:
    """Return everything the identity map knows of whoever bears an identifier; only the identifier itself if it knows nobody."""
    identity_map = lake.read(IdentityMap.contract)
    owner = identity_map.where(F.col(IdentityMap.node_key) == given.node_key).select(IdentityMap.customer_id).collect()  # one row at most
    if not owner:
        return Person(given, (), (given,))
    customer = owner[0][0]
    columns = (IdentityMap.node_key, IdentityMap.namespace, IdentityMap.kind, IdentityMap.identifier_hash)
    members = identity_map.where(F.col(IdentityMap.customer_id) == customer).select(*columns).collect()  # one person's
    retired = lake.read(IdentityAliases.contract).where(F.col(IdentityAliases.customer_id) == customer).select(IdentityAliases.retired_customer_id)
    ids = {customer, *(row[0] for row in retired.collect())}
    return Person(given, tuple(sorted(ids)), tuple(sorted((Node(*row) for row in members), key=lambda n: n.node_key)))


def subjects_of(spark: SparkSession, person: Person, records: DataFrame | None) -> dict[Subject, DataFrame]:
    """Return the ids of a person as frames."""
    frames = {
        Subject.CUSTOMER: frame_of(spark, [(c,) for c in person.customers], f"{WHO} string"),
        Subject.NODE: frame_of(spark, [(n.node_key,) for n in person.nodes], f"{WHO} bigint"),
    }
    return frames if records is None else frames | {Subject.EVENT: records}


def gone_from(lake: Lake, person: Person) -> tuple[list[Node], list[str]]:
    """Return the identifiers and the customer ids of a person that the identity map holds no more."""
    keys, ids = [n.node_key for n in person.nodes], person.customers
    mine = F.col(IdentityMap.node_key).isin(*keys) | F.col(IdentityMap.customer_id).isin(*ids)
    rows = lake.read(IdentityMap.contract).where(mine).select(IdentityMap.node_key, IdentityMap.customer_id).collect()  # one person's
    kept_keys, kept_ids = {row[0] for row in rows}, {row[1] for row in rows}
    return [n for n in person.nodes if n.node_key not in kept_keys], [c for c in ids if c not in kept_ids]


def values_in(records: DataFrame, sources: Iterable[Source], settings: IdentitySettings, person: Person) -> dict[str, set[str]]:
    """Return every spelling in which accepted records hold the identifiers of a person, by pseudonym.

    Raises
    ------
    UsageError
        There are more records than one person's.
    """
    rows = records.select(RawEvents.source, RawEvents.payload).limit(MAX_RECORDS + 1).collect()  # one person's
    if len(rows) > MAX_RECORDS:
        raise UsageError(f"more than {MAX_RECORDS:,} records belong to this customer: it is no person; mend its identities first, see docs/identity.md")
    by_name = {s.source: s for s in sources}
    found: dict[str, set[str]] = {n.identifier_hash: set() for n in person.nodes}
    for row in rows:
        for hashed, spelled in _values_of(json.loads(row[RawEvents.payload]), by_name[row[RawEvents.source]], settings):
            if hashed in found:
                found[hashed] |= spelled
    return found


def _values_of(fields: Mapping[str, Any], source: Source, settings: IdentitySettings) -> Iterator[tuple[str, set[str]]]:
    key, version = pseudonym_key(settings.pseudonyms), settings.pseudonyms.version
    for one in source.identifiers:
        parts = [fields.get(name) for name in (one.field, *one.with_fields)]
        text = " ".join(str(part) for part in parts)
        plain = None if None in parts else normalised(text, settings.namespaces[one.namespace])
        if plain:
            yield pseudonym(one.namespace, plain, version=version, key=key)[0], {text, plain}
