"""``features.yaml``: which features a project computes, for whom, and as of which dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Self

from pydantic import Field, model_validator

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.contracts.silver import Events
from crosschannel.contracts.table import Contract
from crosschannel.settings.conditions import OWN_VERBS, on
from crosschannel.settings.cross_channel import CrossChannel
from crosschannel.settings.families import Behaviour, Demographic, Interest, Purchase
from crosschannel.settings.recipes import Family, FeatureColumn, SinceLast, feature_name
from crosschannel.settings.strict import Settings

OWN_ACTION_RECENCY = FeatureColumn(
    "own_action_recency_days",
    "behaviour",
    "days since the customer last did something; label populations are expressed by it",
    "days",
    SinceLast(on(Events.verb, *OWN_VERBS)),
)
ALL_FAMILIES: tuple[Family, ...] = ("behaviour", "purchase", "interest", "demographics", "cross_channel")


class Population(Settings):
    """Which customers get a row; the others are counted by reason.

    ``active_within_days`` asks for an own action among the last so many days; ``None`` asks nothing.
    ``min_active_days`` asks for own actions on so many of these days: of a customer seen once, such
    as a mistyped address, nothing can be foretold.
    """

    identified_only: bool = True
    active_within_days: int | None = Field(default=None, ge=1)
    min_active_days: int = Field(default=1, ge=1)

    @property
    def active_days_feature(self) -> str:
        """Name of the feature that counts the days with own actions in the population's window."""
        return feature_name(None, "own_action", "active_days", window_days=self.active_within_days)

    @model_validator(mode="after")
    def _has_a_window(self) -> Self:
        if self.min_active_days > 1 and self.active_within_days is None:
            raise ValueError("min_active_days counts days among the last active_within_days, which is not given")
        return self


class Snapshots(Settings):
    """As-of dates built in one pass: the run's own and ``count - 1`` before it, ``step_days`` apart.

    A step of at least one label horizon keeps the horizons of training and validation apart. With
    ``anchor_date`` the earlier dates are whole steps from that day, whatever day the run is of: the
    run of the next day finds them built and builds its own date alone.
    """

    count: int = Field(default=3, ge=1, le=24)
    step_days: int = Field(default=28, ge=1)
    min_history_days: int = Field(default=28, ge=1)
    anchor_date: date | None = None

    def latest_before(self, as_of_date: date) -> date:
        """Return the latest of the earlier dates."""
        ahead = 0 if self.anchor_date is None else (as_of_date - self.anchor_date).days % self.step_days
        return as_of_date - timedelta(days=ahead or self.step_days)


class FeaturesSettings(Settings):
    """All families; one left out of ``families`` is switched off and its columns are absent."""

    families: tuple[Family, ...] = ALL_FAMILIES
    population: Population = Population()
    snapshots: Snapshots = Snapshots()
    behaviour: tuple[Behaviour, ...] = ()
    purchase: tuple[Purchase, ...] = ()
    interest: tuple[Interest, ...] = ()
    demographics: tuple[Demographic, ...] = ()
    cross_channel: CrossChannel = CrossChannel()

    def feature_columns(self) -> tuple[FeatureColumn, ...]:
        """Return every feature, in the order of the table's columns."""
        return (OWN_ACTION_RECENCY, *(f for family in ALL_FAMILIES if family in self.families for f in self._of(family)))

    def as_of_dates(self, as_of_date: date, first_event_date: date | None = None) -> tuple[date, ...]:
        """Return the dates to build, latest first: ``as_of_date`` always, earlier ones with enough history."""
        step, shortest = timedelta(days=self.snapshots.step_days), timedelta(days=self.snapshots.min_history_days - 1)
        latest = self.snapshots.latest_before(as_of_date)
        earlier = (latest - step * n for n in range(self.snapshots.count - 1))
        return (as_of_date, *(d for d in earlier if first_event_date is None or d - first_event_date >= shortest))

    def _of(self, family: Family) -> Iterator[FeatureColumn]:
        groups = (self.cross_channel,) if family == "cross_channel" else getattr(self, family)
        for group in groups:
            yield from group.features()

    @model_validator(mode="after")
    def _names_are_free(self) -> Self:
        names = [f.name for f in self.feature_columns()] + [str(c) for c in CustomerFeatures.contract.columns]
        if twice := sorted(name for name, n in Counter(names).items() if n > 1):
            raise ValueError(f"declared twice: {', '.join(twice)}; give one of the groups another name")
        return self


def features_contract(settings: FeaturesSettings) -> Contract:
    """Return ``gold.customer_features`` with the project's features at its end."""
    return CustomerFeatures.contract.completed(f.column for f in settings.feature_columns())
