"""``identity.yaml``: which values name a person, and how far one of them may reach."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from crosschannel.contracts.silver import KINDS
from crosschannel.settings.strict import Settings

Normaliser = Literal["exact", "lower", "email", "digits", "phone"]


class Blocklist(Settings):
    """Values that name nobody: exact ones (after normalising) and regular expressions."""

    exact: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()


class Namespace(Settings):
    """A type of identifier.

    ``limit`` is how many identifiers of this namespace one customer may hold. ``weak_limit`` is
    how many it may hold when the link that joins two groups was seen on fewer than
    ``weak_records`` events: a second e-mail address needs better evidence than a first one.
    """

    kind: Literal["person", "device", "household"]
    priority: int = Field(ge=0, le=100)
    limit: int = Field(ge=1)
    weak_limit: int | None = Field(default=None, ge=1)
    normaliser: Normaliser = "exact"
    region: str | None = None  # default region of phone numbers without country code, ISO 3166
    blocklist: Blocklist = Blocklist()

    @model_validator(mode="after")
    def _phone_has_region(self) -> Self:
        if self.normaliser == "phone" and self.region is None:
            raise ValueError("normaliser phone needs region, such as GB")
        return self

    @model_validator(mode="after")
    def _weak_limit_is_stricter(self) -> Self:
        if self.weak_limit is not None and self.weak_limit > self.limit:
            raise ValueError("weak_limit is larger than limit, so it would never refuse anything")
        return self


class Pseudonyms(Settings):
    """Where the key of the pseudonyms comes from.

    ``key_env`` names an environment variable. ``public_key`` is for data without real people
    only: it makes a demo repeatable and protects nothing.
    """

    key_env: str = "CROSSCHANNEL_PSEUDONYM_KEY"
    public_key: str | None = None
    version: int = 1


class DeviceOwner(Settings):
    """When a device seen with several people still belongs to one of them.

    It does if that one holds at least ``min_share_percent`` of the device's events with a person,
    and each other person at most ``max_other_records``: one mistyped login on a phone that was
    logged into a hundred times makes it no family tablet.
    """

    min_share_percent: int = Field(default=90, gt=50, le=100)
    max_other_records: int = Field(default=1, ge=0)


class IdentitySettings(Settings):
    """Namespaces, pseudonyms, linking rules and the size of the driver's gear."""

    namespaces: dict[str, Namespace]
    pseudonyms: Pseudonyms = Pseudonyms()
    device_owner: DeviceOwner = DeviceOwner()
    weak_records: int = Field(default=2, ge=1)  # a link seen on fewer events is weak
    max_customer_size: int = Field(default=64, ge=2)  # person identifiers in one customer
    max_driver_edges: int = Field(default=20_000_000, ge=1)  # 0.16 GB of driver memory per million

    @property
    def ranked(self) -> tuple[str, ...]:
        """Namespaces from strongest to weakest: person before device before household, then by priority."""
        order = sorted((KINDS.index(n.kind), -n.priority, name) for name, n in self.namespaces.items())
        return tuple(name for *_, name in order)
