"""A drafted contract: what the samples say, what is guessed, and what is unsure.

Pure and repeatable: the same samples give the same draft, letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from crosschannel.contracts.sample import Sample
from crosschannel.drafting import meanings
from crosschannel.drafting.columns import Column, to_columns
from crosschannel.drafting.names import PERSONAL, guess_channel, snake
from crosschannel.drafting.readings import Reading, read
from crosschannel.errors import InputError

ENOUGH_RECORDS = 50  # from so many on, a value that is always there is called required
MAX_PROPERTIES = 12
MAX_PROPERTY_VALUES = 20
ADDRESS_AND_BROWSER = ("client_address", "browser")  # what a bare access log knows of a device


@dataclass
class Draft:
    """Everything a contract says, with the doubts about each part."""

    source: str
    channel: str
    path: str
    reading: Reading
    encoding: str
    columns: list[Column]
    time: Column
    key: list[Column]
    verb: meanings.Verb
    identifiers: list[tuple[Column, str, str | None]]  # column, namespace, doubt
    event_columns: dict[str, Column]
    lines: dict[str, str] | None
    properties: list[Column]
    doubts: dict[str, list[str]] = field(default_factory=dict)  # by part of the contract

    @property
    def namespaces(self) -> list[str]:
        """Namespaces that ``identity.yaml`` has to declare."""
        return sorted({space for _, space, _ in self.identifiers})

    @property
    def identifying(self) -> set[str]:
        """Names of the columns that identify."""
        return {c.name for c, _, _ in self.identifiers}

    def is_required(self, c: Column) -> bool:
        """Tell whether a record without this value shall be refused."""
        needed = c in {self.time, *self.key} if self.verb.column is None else c in {self.time, self.verb.column, *self.key}
        # A pattern itself demands what is always there.
        return needed or (c.is_always_there and c.of >= ENOUGH_RECORDS and self.reading.pattern is None)

    def is_personal(self, c: Column) -> bool:
        """Tell whether the values tell of a person beside what identifies them."""
        return c.name not in self.identifying and (c.pattern is not None or bool(PERSONAL.search(snake(c.name))))


def draft(samples: Sequence[Sample], source: str, channel: str | None = None) -> Draft:
    """Draft the contract of a source from the heads of some of its files.

    Parameters
    ----------
    source
        Name of the source; it may speak of the channel.
    channel
        Channel, if it is known; it is guessed otherwise.

    Raises
    ------
    InputError
        The format is none that ingest reads, or no column holds times.
    """
    reading = read(samples)
    columns = to_columns(reading)
    encoding, encoding_doubts = _encoding(samples)
    guessed = channel or guess_channel(source, reading.paths)
    time, time_doubts = meanings.event_time(columns)
    key, key_doubts = meanings.key(columns, reading.records, time)
    identifiers, id_doubts = _identifiers(columns, reading)
    taken = {time.name, *(c.name for c, _, _ in identifiers)}
    verb = meanings.verb(columns, guessed or "web", taken)
    filled, column_doubts = meanings.event_columns(columns, taken | ({verb.column.name} if verb.column else set()))
    path, path_doubts = _path([s.name for s in samples])
    doubts = {
        "channel": [] if channel else ["guessed from names" if guessed else "nothing tells which channel this is"],
        "path": path_doubts, "encoding": encoding_doubts, "format": reading.doubts, "time": time_doubts, "key": key_doubts, "verb": verb.doubts,
        "identifiers": id_doubts, "columns": column_doubts,
    }  # fmt: skip
    made = Draft(source, guessed or "web", path, reading, encoding, columns, time, key, verb, identifiers, filled, meanings.order_lines(columns), [], doubts)
    made.properties = _properties(made)
    return made


def _identifiers(columns: Sequence[Column], reading: Reading) -> tuple[list[tuple[Column, str, str | None]], list[str]]:
    if reading.pattern is not None:
        address = [c for c in columns if c.name == ADDRESS_AND_BROWSER[0]]
        has_browser = any(c.name == ADDRESS_AND_BROWSER[1] for c in columns)
        space = "address_and_browser" if has_browser else "client_address"
        return [(c, space, None) for c in address], ["a bare log knows no person; an address, with its browser, stands for a device"]
    spaces = [(c, *meanings.namespace(c)) for c in columns]
    found = [(c, space, doubt) for c, space, doubt in spaces if space is not None]
    doubts = [f"{c.name}: {doubt}" for c, space, doubt in spaces if space is None and doubt]
    return found, doubts if found else [*doubts, "nothing identifies a person or a device: the events will belong to no customer"]


def _encoding(samples: Sequence[Sample]) -> tuple[str, list[str]]:
    """Return the encoding of the samples' texts; they must share it, as the files of a source do."""
    found = sorted({s.encoding for s in samples if s.lines}) or ["utf-8"]
    if len(found) > 1:
        raise InputError(f"the samples are {' and '.join(found)}; a source has one encoding, so draft a contract for each")
    if found[0].startswith("utf"):
        return found[0], []
    return found[0], ["letters beyond ASCII are no UTF-8; which other encoding it is, its words tell: see docs/bad-input.md for the names"]


def _path(names: Sequence[str]) -> tuple[str, list[str]]:
    """Return a glob under the raw folder that takes in the samples and their successors."""
    if len(names) == 1:
        stem = names[0].removesuffix(".gz")
        glob = re.sub(r"\d[\d_.T:-]*\d|\d", "*", stem) + "*"
        return re.sub(r"\*+", "*", glob), ["taken from the name of the sample; give the folder that holds it with --raw"]
    start = "".join(letters[0] for letters in takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False)))
    return f"{re.sub(r'[0-9_.-]+$', '', start)}*", ["what the names of the samples have in common; give the folder that holds them with --raw"]


def _properties(made: Draft) -> list[Column]:
    """Keep a few small, impersonal columns that nothing else uses: they may become features and filters."""
    used = {made.time.name, *(c.name for c in made.key), *made.identifying, *(c.name for c in made.event_columns.values())}
    used |= {made.lines["field"]} if made.lines else set()
    rest = [c for c in made.columns if c.name not in used and c.values and c.time is None and not made.is_personal(c) and not c.path.startswith("_")]
    small = [c for c in rest if (c.type == "boolean" or c is made.verb.column or not c.shows_ids) and c.type in {"boolean", "string", "bigint"} and 1 < len(c.counts) <= MAX_PROPERTY_VALUES]
    return small[:MAX_PROPERTIES]
