"""``consent.yaml``: what customers may be asked to allow, where they say so, and what each use needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from crosschannel.contracts.privacy import ALL_CHANNELS, GRANTED, WITHDRAWN
from crosschannel.settings.channels import Channel
from crosschannel.settings.mistakes import mistake
from crosschannel.settings.sources import Source
from crosschannel.settings.strict import Settings

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Use = Literal["training", "scoring", "publishing"]
USES: tuple[Use, ...] = ("training", "scoring", "publishing")


class Purpose(Settings):
    """What data are used for.

    ``unknown`` is what holds of customers who said nothing. To ``allow`` then is to rest on another
    basis than consent, such as legitimate interest until somebody objects; name it in ``basis``.
    A purpose with ``channels`` is decided, and published, for each of them.
    """

    unknown: Literal["withhold", "allow"] = "withhold"
    basis: str = ""
    channels: tuple[Channel, ...] = ()

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.unknown == "allow" and not self.basis.strip():
            raise ValueError("unknown: allow needs a basis other than consent, such as legitimate_interest")
        return self

    @property
    def decided_for(self) -> tuple[str, ...]:
        """Channels that are decided one by one; ``all`` for a purpose without channels."""
        return self.channels or (ALL_CHANNELS,)


class Statement(Settings):
    """Where a source says what somebody allows.

    Either ``property`` of its events, whose value is true or false (anything but true withdraws, no
    value says nothing), or a ``verb`` that means ``status``. A property with ``status: withdrawn`` is a
    signal, such as Global Privacy Control: true withdraws, and anything else says nothing. Without
    ``channel`` a statement holds for every channel of its purpose.
    """

    source: str
    purpose: str
    channel: Channel | None = None
    property: str | None = None
    verb: str | None = None
    status: Literal["granted", "withdrawn"] | None = None
    basis: str = "consent"

    @model_validator(mode="after")
    def _is_of_one_form(self) -> Self:
        if (self.property is None) == (self.verb is None):
            raise ValueError("a statement is read from either property or verb")
        if self.verb is not None and self.status is None:
            raise ValueError(f"a verb needs status, {GRANTED} or {WITHDRAWN}")
        if self.property is not None and self.status == GRANTED:
            raise ValueError(f"a property grants by its value; with status {WITHDRAWN} it is a signal that withdraws when true")
        return self


class ConsentSettings(Settings):
    """Purposes, the use each is needed for, and where statements come from; all empty in a project without ``consent.yaml``."""

    purposes: dict[Name, Purpose] = Field(default_factory=dict)
    uses: dict[Use, str] = Field(default_factory=dict)
    statements: tuple[Statement, ...] = ()

    @model_validator(mode="after")
    def _every_use_has_a_purpose(self) -> Self:
        if self.purposes and (missing := sorted(set(USES) - set(self.uses))):
            raise ValueError(f"uses names no purpose for {', '.join(missing)}; name one for each, nothing is allowed by silence")
        for use, purpose in self.uses.items():
            if purpose not in self.purposes:
                raise mistake(("uses", use), purpose, "no purpose that purposes declares", self.purposes)
            if self.purposes[purpose].channels:
                raise mistake(("uses", use), purpose, "a purpose with channels; a use needs one without", self._without_channels())
        return self

    @model_validator(mode="after")
    def _statements_are_about_purposes(self) -> Self:
        for number, one in enumerate(self.statements):
            if one.purpose not in self.purposes:
                raise mistake(("statements", number, "purpose"), one.purpose, "no purpose that purposes declares", self.purposes)
            channels = self.purposes[one.purpose].channels
            if one.channel is not None and one.channel not in channels:
                raise mistake(("statements", number, "channel"), one.channel, f"no channel of purpose {one.purpose}", channels)
        return self

    @property
    def decided(self) -> tuple[tuple[str, str], ...]:
        """Every purpose and channel that is decided, in the order of the file."""
        return tuple((name, channel) for name, purpose in self.purposes.items() for channel in purpose.decided_for)

    @property
    def published(self) -> tuple[tuple[str, str], ...]:
        """Of these, the ones a reader of serving is told: those by channel."""
        return tuple((name, channel) for name, channel in self.decided if channel != ALL_CHANNELS)

    def is_allowed_unasked(self, purpose: str) -> bool:
        """Tell whether a purpose is allowed as long as nobody said anything."""
        return self.purposes[purpose].unknown == "allow"

    def _without_channels(self) -> Iterator[str]:
        return (name for name, purpose in self.purposes.items() if not purpose.channels)


def mistakes_about(settings: ConsentSettings, sources: Iterable[Source]) -> Iterator[tuple[tuple[str | int, ...], str, str, Iterable[str]]]:
    """Yield where a statement names what no source delivers: place, what is given, what is wrong, choices."""
    known = {s.source: s for s in sources}
    for number, one in enumerate(settings.statements):
        place = ("statements", number)
        if one.source not in known:
            yield (*place, "source"), one.source, "no source of this project", known
            continue
        source = known[one.source]
        verbs = {source.verb.constant} if source.verb.constant else set(source.verb.map.values())
        if one.property is not None and one.property not in source.properties:
            yield (*place, "property"), one.property, f"no property of source {one.source}", source.properties
        if one.verb is not None and one.verb not in verbs:
            yield (*place, "verb"), one.verb, f"no verb of source {one.source}", sorted(filter(None, verbs))
