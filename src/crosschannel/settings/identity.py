"""``identity.yaml``: which values name a person, and how far one of them may reach."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from crosschannel.contracts.silver import KINDS
from crosschannel.settings.mistakes import mistake
from crosschannel.settings.records import RecordsSettings
from crosschannel.settings.strict import EnvironmentName, Key, Settings

Normaliser = Literal["exact", "lower", "email", "digits", "phone"]
MAX_WINDOW_DAYS = 36_500  # a century; leave the window out to count for ever


class Blocklist(Settings):
    """Values that name nobody: exact ones (after normalising) and regular expressions."""

    exact: tuple[str, ...] = ()
    pattern: tuple[str, ...] = ()


class Namespace(Settings):
    """A type of identifier.

    ``limit`` is how many identifiers of this namespace one customer may hold. ``weak_limit`` is
    how many it may hold when the link that joins two groups is weak: a second e-mail address needs
    better evidence than a first one. Devices and households have no limit. ``passes_on`` says that
    people give such a value up and others take it over, as phone numbers are (``identity/tenure.py``).

    With ``window``, limits count the identifiers last seen within so many days up to the as-of date:
    an address nobody used for a year takes no place. Without it they count for ever.

    ``caps`` bar what nobody listed: a value that single events show with more values of another
    namespace than its cap, inside the window, is *hot* and links nobody (``identity/hot.py``).

    ``purposes`` of ``consent.yaml`` are what a value must be allowed for to link anybody.
    """

    kind: Literal["person", "device", "household"]
    priority: int = Field(ge=0, le=100)
    limit: int | None = Field(default=None, ge=1)
    weak_limit: int | None = Field(default=None, ge=1)
    window: int | None = Field(default=None, ge=1, le=MAX_WINDOW_DAYS)
    caps: dict[Key, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    passes_on: bool = False
    purposes: tuple[Key, ...] = ()
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
        if self.weak_limit is not None and (self.limit is None or self.weak_limit > self.limit):
            raise ValueError("weak_limit is larger than limit, so it would never refuse anything")
        return self

    @model_validator(mode="after")
    def _window_has_something_to_count(self) -> Self:
        if self.window is not None and self.limit is None and not self.caps:
            raise ValueError("window has nothing to count without limit or caps; remove it, or set one of them")
        return self

    @model_validator(mode="after")
    def _people_pass_on(self) -> Self:
        if self.passes_on and self.kind != "person":
            raise ValueError("passes_on is for namespaces of kind person: a device that changes hands joins nobody anyway")
        return self


class Pseudonyms(Settings):
    """Where the key of the pseudonyms comes from.

    ``key_env`` names an environment variable. ``public_key`` is for data without real people
    only: it makes a demo repeatable and protects nothing.
    """

    key_env: EnvironmentName = "CROSSCHANNEL_PSEUDONYM_KEY"
    public_key: str | None = None
    version: int = 1


class Devices(Settings):
    """What a device says about people.

    A device seen with several customers belongs to one of them if that one holds at least
    ``owner_share_percent`` of its events with a person and the others were seen on it on one day
    only: one mistyped login on a phone used for years makes it no family tablet.

    Two person identifiers on one device are one person if one of them is a guest: at least
    ``guest_share_percent`` of all its events lie on devices that another identifier uses more
    (a second or a mistyped address). A device with any further person on it says nothing, and
    neither does one with more than ``max_people`` person identifiers.

    Where people often log in with somebody else's address, one login proves little: a device seen
    with its customer on one day only, in less than ``weak_share_percent`` of its events, is then
    nobody's. 0 trusts each.
    """

    owner_share_percent: int = Field(default=80, gt=50, le=100)
    guest_share_percent: int = Field(default=50, ge=1, le=100)
    max_people: int = Field(default=8, ge=2)
    weak_share_percent: int = Field(default=0, ge=0, le=100)


class HouseholdRule(Settings):
    """Which customers are one household; see ``identity/households.py``."""

    max_customers: int = Field(default=6, ge=2)  # more of them at one landline or tablet is no home
    max_persons: int = Field(default=10, ge=2)  # customers in one household


class LooseRule(Settings):
    """The loose tier: customers that share a device are one, within the limits of their namespaces."""

    max_customers: int = Field(default=4, ge=2)  # a device more of them use joins nobody


class Gate(Settings):
    """When a map is not published: what was stitched before stays, and the job ends with code 10.

    Shares are looked at from ``min_count`` links or known identifiers on: of three links one is many.
    """

    max_identifiers: int = Field(default=1000, ge=2)  # of any kind in one customer
    max_supersized_percent: float = Field(default=0.1, ge=0, le=100)  # customers with persons for more than half of max_customer_size
    max_links_per_identifier: float = Field(default=5.0, gt=0)  # person links per person identifier: how dense the graph is
    max_refused_percent: float = Field(default=25.0, ge=0, le=100)  # person links no customer could take, of all of them
    max_moved_percent: float = Field(default=5.0, ge=0, le=100)  # known identifiers that would bear another customer_id
    min_count: int = Field(default=1000, ge=1)
    warn_label_f1_drop: float = Field(default=0.002, ge=0, le=1)  # F1 over labelled people, against the map before
    max_label_f1_drop: float = Field(default=0.01, ge=0, le=1)

    @model_validator(mode="after")
    def _warns_before_it_stops(self) -> Self:
        if self.warn_label_f1_drop > self.max_label_f1_drop:
            raise ValueError("warn_label_f1_drop is larger than max_label_f1_drop, so it would never warn")
        return self


class IdentityLabels(Settings):
    """Identifiers whose person is known: a CSV file under the raw folder with the header ``namespace,value,person_id``."""

    path: str

    @field_validator("path")
    @classmethod
    def _lies_under_raw(cls, path: str) -> str:
        if not path or path.startswith("/") or ".." in path or "://" in path:
            raise ValueError("path lies under the raw folder: no leading /, no .. and no ://")
        return path


class IdentitySettings(RecordsSettings):
    """Namespaces, pseudonyms, linking rules, attribute records and the size of the driver's gear."""

    namespaces: dict[Key, Namespace]
    pseudonyms: Pseudonyms = Pseudonyms()
    devices: Devices = Devices()
    # A link seen on one day only, in less than this share of either identifier's events, is weak.
    weak_share_percent: int = Field(default=50, ge=0, le=100)
    max_customer_size: int = Field(default=64, ge=2)  # person identifiers in one customer
    max_driver_edges: int = Field(default=20_000_000, ge=1)  # 0.16 GB of driver memory per million
    max_contested_ids: int = Field(default=2_000_000, ge=1)  # pairs of customers whose ids are settled on the driver, 1 GB per million
    gate: Gate = Gate()
    labels: IdentityLabels | None = None  # what the gate grades a map against, if people are known
    loose: LooseRule | None = None  # without it the loose tier is the strict one
    households: HouseholdRule | None = None  # written only if asked for

    @model_validator(mode="after")
    def _people_have_limits(self) -> Self:
        for name, declared in self.namespaces.items():
            if (declared.kind == "person") != (declared.limit is not None):
                raise ValueError(f"{name}: person namespaces need a limit, devices and households have none")
        return self

    @model_validator(mode="after")
    def _caps_are_of_namespaces(self) -> Self:
        for name, declared in self.namespaces.items():
            for other in declared.caps:
                if other not in self.namespaces:
                    raise mistake(("namespaces", name, "caps", other), other, "no namespace", self.namespaces)
        return self

    @model_validator(mode="after")
    def _records_are_people(self) -> Self:
        people = [name for name, n in self.namespaces.items() if n.kind == "person"]
        for source, record in self.records.items():
            if record.namespace not in people:
                raise mistake(("records", source, "namespace"), record.namespace, "no namespace of kind person", people)
        return self

    @property
    def people(self) -> tuple[str, ...]:
        """Person namespaces from strongest to weakest."""
        return tuple(name for name in self.ranked if self.namespaces[name].kind == "person")

    @property
    def ranked(self) -> tuple[str, ...]:
        """Namespaces from strongest to weakest: person before device before household, then by priority."""
        order = sorted((KINDS.index(n.kind), -n.priority, name) for name, n in self.namespaces.items())
        return tuple(name for *_, name in order)
