"""``labels.yaml``: which outcomes are learned, over which horizon, for whom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Self

from pydantic import Field, model_validator

from crosschannel.settings.conditions import Conditions, Where
from crosschannel.settings.families import Name
from crosschannel.settings.strict import Settings


class Outcome(Settings):
    """Exactly one of: ``any_of``, an event that makes the label 1, or ``none_of``, one that makes it 0."""

    any_of: Where | None = None
    none_of: Where | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.any_of is None) == (self.none_of is None):
            raise ValueError("give either any_of or none_of")
        return self

    @property
    def where(self) -> Conditions:
        """The events the outcome turns on."""
        return self.any_of if self.any_of is not None else self.none_of or ()

    @property
    def value_if_met(self) -> int:
        """Label of a customer with such an event in the horizon."""
        return 0 if self.any_of is None else 1


class LabelPopulation(Settings):
    """Customers the label is defined for: an own action among the last so many days."""

    active_within_days: int = Field(ge=1)


class Label(Settings):
    """One outcome in the ``horizon_days`` after as_of_date."""

    name: Name
    outcome: Outcome
    horizon_days: int = Field(ge=1, le=365)
    population: LabelPopulation

    def is_complete(self, as_of_date: date, last_event_date: date) -> bool:
        """Tell whether the whole horizon after ``as_of_date`` lies inside the data."""
        return as_of_date + timedelta(days=self.horizon_days) <= last_event_date


class LabelsSettings(Settings):
    """All labels of a project."""

    labels: tuple[Label, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        names = [label.name for label in self.labels]
        if len(set(names)) != len(names):
            raise ValueError("two labels have the same name")
        return self

    def label(self, name: str) -> Label:
        """Return the label of that name."""
        return next(label for label in self.labels if label.name == name)
