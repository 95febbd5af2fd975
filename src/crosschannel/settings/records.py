"""Attribute records in ``identity.yaml``: rows about people that are compared by what they say.

``attributes`` says what is compared and how; ``records`` says which fields of which source fill
them. Every kind of attribute brings defaults that fit files nobody has seen; all can be overruled.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from crosschannel.settings.mistakes import mistake
from crosschannel.settings.strict import Key, Settings

Kind = Literal[
    "given_name", "surname", "full_name", "birth_date", "date", "email", "phone", "id", "address", "text", "postcode", "category", "number", "list"
]
Cleaner = Literal["text", "words", "email", "phone", "code", "digits", "date", "number", "list", "exact"]
Transform = Literal["exact", "soundex", "prefix", "suffix", "year"]
Measure = Literal["jaro_winkler", "edits", "days", "number", "share", "overlap"]
MAX_PATTERNS = 2**62  # a pattern of agreement is one bigint
MAX_KEYS = 62  # a pair remembers in one bigint which keys found it


class Level(Settings):
    """One degree of agreement below equality: exactly one measure with its bound.

    ``jaro_winkler`` is the least similarity, ``edits`` the most typing slips (a swap of neighbours
    is one), ``days`` and ``number`` the largest distance, ``share`` the least share of common
    words, ``overlap`` the least number of common elements of two lists.
    """

    jaro_winkler: float | None = Field(default=None, gt=0, lt=1)
    edits: int | None = Field(default=None, ge=1, le=20)
    days: int | None = Field(default=None, ge=0)
    number: float | None = Field(default=None, ge=0)
    share: float | None = Field(default=None, gt=0, le=1)
    overlap: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _has_one_measure(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"a level has exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def measure(self) -> Measure:
        """What is measured."""
        (name,) = self.model_fields_set
        return name  # type: ignore[return-value]

    @property
    def bound(self) -> float:
        """From where, or up to where, the level reaches."""
        return float(getattr(self, self.measure))


class Defaults(Settings):
    """What a kind of attribute brings along."""

    cleaner: Cleaner
    levels: tuple[Level, ...] = ()
    term_frequency: bool = False
    identifying: bool = False
    keys: tuple[Transform, ...] = ("exact",)


SIMILAR = (Level(jaro_winkler=0.92), Level(jaro_winkler=0.8))
SLIPS = (Level(edits=1), Level(edits=2))
KINDS: dict[str, Defaults] = {
    "given_name": Defaults(cleaner="text", levels=SIMILAR, term_frequency=True, identifying=True, keys=("exact", "soundex")),
    "surname": Defaults(cleaner="text", levels=SIMILAR, term_frequency=True, keys=("exact", "soundex")),
    "full_name": Defaults(cleaner="words", levels=SIMILAR, term_frequency=True, identifying=True, keys=("exact", "soundex")),
    "birth_date": Defaults(cleaner="date", levels=SLIPS, identifying=True),
    "date": Defaults(cleaner="date", levels=SLIPS),
    "email": Defaults(cleaner="email", levels=(Level(jaro_winkler=0.92), Level(jaro_winkler=0.88)), term_frequency=True, identifying=True),
    "phone": Defaults(cleaner="phone", levels=SLIPS, term_frequency=True),
    "id": Defaults(cleaner="code", levels=SLIPS, term_frequency=True, identifying=True),
    "address": Defaults(cleaner="text", levels=SIMILAR, term_frequency=True),
    "text": Defaults(cleaner="text", levels=SIMILAR, term_frequency=True),
    "postcode": Defaults(cleaner="code", levels=(Level(edits=1),), term_frequency=True),
    "category": Defaults(cleaner="text", term_frequency=True),
    "number": Defaults(cleaner="number"),
    "list": Defaults(cleaner="list", levels=(Level(overlap=1),)),
}


class Attribute(Settings):
    """Something two records are compared by; what is not given comes from ``kind``.

    ``identifying`` attributes tell the members of a household apart (a first name, a date of
    birth); the others are shared by people who live or work together. ``formats`` are Spark date
    patterns, tried in order; ``region`` is that of phone numbers without country code.
    """

    kind: Kind
    cleaner: Cleaner | None = None
    levels: tuple[Level, ...] | None = None
    term_frequency: bool | None = None
    identifying: bool | None = None
    keys: tuple[Transform, ...] | None = None
    formats: tuple[str, ...] = ("yyyy-MM-dd", "yyyyMMdd")
    region: str | None = None
    nobody: tuple[str, ...] = ()  # cleaned values that say nothing, such as unknown

    @model_validator(mode="after")
    def _phone_has_region(self) -> Self:
        if self.resolved.cleaner == "phone" and self.region is None:
            raise ValueError("a phone needs region, such as GB")
        return self

    @property
    def resolved(self) -> Defaults:
        """The defaults of the kind with what was given laid over them."""
        given = {name: value for name in Defaults.model_fields if (value := getattr(self, name)) is not None}
        return KINDS[self.kind].model_copy(update=given)


class KeyPart(Settings):
    """One attribute of a blocking key; ``length`` is that of a prefix or suffix."""

    attribute: str
    by: Transform = "exact"
    length: int = Field(default=3, ge=1, le=20)


class RecordSource(Settings):
    """Which source holds records of people, and which fields fill the attributes.

    ``namespace`` is that of the identifier which names a record. ``one_each`` says that no person
    stands in this source twice, so two of its records are never joined. ``columns`` maps an
    attribute to a field, or to several that are read as one text.
    """

    namespace: str
    columns: dict[str, str | tuple[str, ...]] = Field(min_length=1)
    one_each: bool = False


class Matching(Settings):
    """How candidates are found, weighed and joined; the defaults are meant for any file.

    Below ``compare_all_below`` records every pair is compared. Above, records that share a key are,
    unless more than ``max_block_rows`` share it; those are compared where they share a second one.
    Two records are joined at ``cut_bits`` (log2 odds of being one person); in the mean over a group a
    pair counts at least ``-against_bits``, and a pair that was not compared just that.
    """

    compare_all_below: int = Field(default=1_400, ge=0, le=20_000)
    max_block_rows: int = Field(default=20, ge=2, le=2_000)
    max_pairs: int = Field(default=2_000_000_000, ge=1)
    random_pairs: int = Field(default=1_000_000, ge=1_000, le=100_000_000)
    cut_bits: float = Field(default=0.0, ge=-20, le=60)
    against_bits: float = Field(default=3.0, ge=0, le=60)
    relatives: Literal["auto", "never"] = "auto"
    train: Literal["always", "once"] = "always"


class RecordsSettings(Settings):
    """Part of ``identity.yaml`` that concerns attribute records; empty in projects without them."""

    records: dict[Key, RecordSource] = Field(default_factory=dict)
    attributes: dict[Key, Attribute] = Field(default_factory=dict)
    blocking: tuple[tuple[KeyPart, ...], ...] = ()
    matching: Matching = Matching()

    @model_validator(mode="after")
    def _names_declared_attributes(self) -> Self:
        for source, record in self.records.items():
            for name in record.columns:
                if name not in self.attributes:
                    raise mistake(("records", source, "columns", name), name, "no attribute", self.attributes)
        for number, parts in enumerate(self.blocking):
            for position, part in enumerate(parts):
                if part.attribute not in self.attributes:
                    raise mistake(("blocking", number, position, "attribute"), part.attribute, "no attribute", self.attributes)
        return self

    @model_validator(mode="after")
    def _is_comparable(self) -> Self:
        if self.records and len(self.attributes) < 2:
            raise ValueError("records are compared by at least two attributes")
        patterns = 1
        for attribute in self.attributes.values():
            patterns *= len(attribute.resolved.levels) + 3
        if patterns > MAX_PATTERNS:
            raise ValueError(f"{len(self.attributes)} attributes have more patterns of agreement than can be counted: leave some out")
        if len(self.keys) > MAX_KEYS:
            raise ValueError(f"{len(self.keys)} blocking keys, and at most {MAX_KEYS} are possible: leave some out")
        return self

    @property
    def keys(self) -> tuple[tuple[KeyPart, ...], ...]:
        """Blocking keys: those declared, or each attribute alone in the ways of its kind."""
        return self.blocking or tuple((KeyPart(attribute=name, by=by),) for name, a in self.attributes.items() for by in a.resolved.keys)
