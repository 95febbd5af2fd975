"""``sources/<name>.yaml``: what a raw source looks like and what its fields mean.

A source is its own contract: where its files lie, how a record is read, which rules a record must
pass, and how fields become the columns of ``silver.events``. Adding a channel is adding one file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from crosschannel.contracts.raw import UTF8, Encoding
from crosschannel.contracts.silver import VERBS
from crosschannel.settings.amounts import AMOUNT_COLUMNS, refuse_near_parts
from crosschannel.settings.channels import Channel
from crosschannel.settings.fields import EventTime, RawField
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.mistakes import mistake
from crosschannel.settings.streams import MESSAGE_FORMATS, Snapshot, Stream
from crosschannel.settings.strict import Delimiter, FieldName, Key, Settings

EVENT_COLUMNS = (
    "order_id",
    "order_amount",
    "currency_code",
    "cost_amount",
    "campaign_id",
    "product_id",
    "category",
    "content_id",
)


class VerbMapping(Settings):
    """How native event names become canonical verbs.

    Either ``constant``, or ``field`` with ``map`` from native value to verb. A native value
    missing from ``map`` sends its record to quarantine with reason ``unmapped_verb``.
    """

    constant: str | None = None
    field: str | None = None
    map: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.constant is None) == (self.field is None):
            raise ValueError("give either constant, or field with map")
        if self.field is not None and not self.map:
            raise ValueError("field needs a map from native names to verbs")
        verbs = {("constant",): self.constant} if self.constant else {("map", native): verb for native, verb in self.map.items()}
        for at, verb in verbs.items():
            if verb not in VERBS:
                raise mistake(at, verb, "no verb", VERBS)
        return self


class Where(Settings):
    """A condition: a field of the record has one of these values."""

    field: str
    is_in: tuple[str, ...] = Field(min_length=1)


class IdentifierField(Settings):
    """A field whose value identifies a person, a device or a household; see ``identity.yaml``.

    ``with_fields`` are further fields that make it one, such as the browser beside a client
    address; a record that lacks one of them carries no identifier of this kind. ``where`` says in
    which records the field identifies: the receiver of what went out, the sender of what came in.
    """

    field: str
    namespace: str
    with_fields: tuple[str, ...] = ()
    where: Where | None = None


class OrderLines(Settings):
    """A ``json`` field that holds a list of order lines, and the names inside a line.

    ``unit`` is that of ``line_amount``, told as the unit of a field is.
    """

    field: str
    product_id: str
    category: str | None = None
    quantity: str | None = None
    line_amount: str
    unit: str = ""


class Thresholds(Settings):
    """How much of one delivery may be refused.

    Above ``warn_share`` it is said; above ``fail_share``, or above ``fail_count`` records, the run
    ends with a quality error once everything is written.
    """

    warn_share: float = Field(default=1.0, ge=0, le=1)
    fail_share: float = Field(default=1.0, ge=0, le=1)
    fail_count: int | None = Field(default=None, ge=0)


class Source(Settings):
    """One raw source: files, fields, rules and meaning.

    ``encoding`` is that of its text files; ``utf-16`` is for files that open with a byte order mark.
    ``repeated_keys`` says what becomes of a JSON object that names something twice; ``last`` lets
    the last value count. ``quoted_numbers`` says whether a number (or true, false) in quotes is one in
    JSON; to refuse it costs a second parse. ``lateness_days`` is how far behind the newest event known a record may
    lie; none is too late if it is not given.
    """

    source: Key
    meaning: str = ""
    owner: str = ""  # who answers for what is delivered
    channel: Channel
    format: Literal["json_lines", "csv", "parquet", "pattern"]
    path: str = ""  # may be left out by a source that is only a topic
    encoding: Encoding = "utf-8"
    stream: Stream | None = None
    delimiter: Delimiter = ","
    pattern: str | None = None
    fields: dict[FieldName, RawField]
    key: tuple[str, ...] = ()
    time: EventTime
    verb: VerbMapping
    identifiers: tuple[IdentifierField, ...] = ()
    columns: dict[str, str] = Field(default_factory=dict)
    currency_code: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    lines: OrderLines | None = None
    snapshot: Snapshot | None = None
    properties: dict[FieldName, str] = Field(default_factory=dict)
    repeated_keys: Literal["refuse", "last"] = "refuse"
    quoted_numbers: Literal["accept", "refuse"] = "accept"
    lateness_days: int | None = Field(default=None, ge=0)
    thresholds: Thresholds = Thresholds()

    @property
    def known_names(self) -> frozenset[str]:
        """Names on the first level of a record that the contract knows, aliases included."""
        paths = [p for name, f in self.fields.items() for p in (self.path_of(name), *f.aliases)]
        return frozenset([*paths, *(path.split(".")[0] for path in paths)])

    @property
    def personal_fields(self) -> frozenset[str]:
        """Fields whose values name or tell of a person: identifiers, and what is marked ``personal``."""
        identifying = {name for one in self.identifiers for name in (one.field, *one.with_fields)}
        return frozenset(identifying | {name for name, field in self.fields.items() if field.personal})

    def path_of(self, field: str) -> str:
        """Return where a field's value lies in a raw record."""
        return self.fields[field].path or field

    @model_validator(mode="after")
    def _names_known_fields(self) -> Self:
        for at, name in self._references():
            if name not in self.fields:
                raise mistake(at, name, "no field that fields declares", self.fields)
        for name in self.columns:
            if name not in EVENT_COLUMNS:
                raise mistake(("columns", name), name, "no column of an event", EVENT_COLUMNS)
        return self

    def _references(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield every place that names a field, and the name."""
        yield from ((("key", number), name) for number, name in enumerate(self.key))
        yield ("time", "field"), self.time.field
        if self.verb.field:
            yield ("verb", "field"), self.verb.field
        for number, one in enumerate(self.identifiers):
            yield ("identifiers", number, "field"), one.field
            yield from ((("identifiers", number, "with_fields"), name) for name in one.with_fields)
            if one.where:
                yield ("identifiers", number, "where", "field"), one.where.field
        yield from ((("columns", column), name) for column, name in self.columns.items())
        if self.lines:
            yield ("lines", "field"), self.lines.field
        if self.snapshot:
            yield from ((("snapshot", "key", number), name) for number, name in enumerate(self.snapshot.key))
            yield from ((("snapshot", "ignore", number), name) for number, name in enumerate(self.snapshot.ignore))
        yield from ((("properties", name), field) for name, field in self.properties.items())

    @model_validator(mode="after")
    def _tells_units_of_amounts(self) -> Self:
        fields = {("fields", f, "unit"): self.fields[f].unit for c, f in self.columns.items() if c in AMOUNT_COLUMNS}
        refuse_near_parts(fields | ({("lines", "unit"): self.lines.unit} if self.lines else {}))
        return self

    @model_validator(mode="after")
    def _fits_its_format(self) -> Self:
        if (self.format == "pattern") != (self.pattern is not None):
            raise ValueError("pattern is required by format pattern, and by no other")
        if self.pattern is not None:
            groups = set(re.compile(self.pattern).groupindex)
            if missing := sorted({self.path_of(f) for f in self.fields} - groups):
                raise ValueError(f"pattern has no group named {', '.join(missing)}")
        if self.path.startswith("/") or ".." in self.path or "://" in self.path:
            raise ValueError("path lies under the raw folder: no leading /, no .. and no ://")
        signs = Counter(re.sub(r"\\.", "", self.path))
        if signs["["] != signs["]"] or signs["{"] != signs["}"]:
            raise ValueError("path has a bracket without its other half; one that belongs to a name is written with a backslash before it")
        if not self.path and self.stream is None:
            raise ValueError("give path, the files of the source under the raw folder, or stream")
        if self.stream is not None and self.format not in MESSAGE_FORMATS:
            raise ValueError(f"a message of a topic is one record of format {' or '.join(MESSAGE_FORMATS)}, not {self.format}")
        if self.encoding != UTF8 and (self.format == "parquet" or self.stream is not None):
            raise ValueError("encoding is that of text files: Parquet files and messages of a topic have none but utf-8")
        return self


class SourcesSettings(Settings):
    """All sources of a project, by name, and what their identifiers are worth."""

    sources: tuple[Source, ...]
    identity: IdentitySettings | None = None  # to know again who was erased

    @model_validator(mode="after")
    def _unique(self) -> Self:
        names = [s.source for s in self.sources]
        if len(set(names)) != len(names):
            raise ValueError("two files declare the same source")
        return self
