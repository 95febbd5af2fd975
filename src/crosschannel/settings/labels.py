"""``labels.yaml``: which outcomes are learned, over which horizon, for whom, and what is held against them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from crosschannel.settings.conditions import Conditions, Where
from crosschannel.settings.families import Name
from crosschannel.settings.features import FeaturesSettings
from crosschannel.settings.strict import Settings

Days = Annotated[int, Field(ge=1, le=365)]
STATED_COVERAGE = 0.5  # of a column that fewer customers have, little can be learned


class Response(Settings):
    """An event of ``by`` within ``within_days`` after one of ``to``; who gets none of ``to`` in the horizon has no label."""

    to: Where
    by: Where
    within_days: Days = 7


class Spend(Settings):
    """Value of the events of ``where`` in the horizon; the label is 1 from ``at_least`` on."""

    where: Where
    at_least: Annotated[Decimal, Field(gt=0)]


class Attribute(Settings):
    """A property that profile events state, such as a column of a ready-made customer table.

    The label is 1 if the latest value stated in the horizon is one of ``is_in``; with a horizon of 0
    days, the latest value up to as_of_date. Who has none stated has no label.
    """

    property: str
    is_in: Annotated[tuple[str, ...], Field(min_length=1)]
    source: str | None = None


class Outcome(Settings):
    """Exactly one of: an event that makes the label 1 or 0, a response, an amount spent, a stated property."""

    any_of: Where | None = None
    none_of: Where | None = None
    response: Response | None = None
    spend: Spend | None = None
    attribute: Attribute | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.given) != 1:
            raise ValueError(f"give exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def given(self) -> tuple[str, ...]:
        """Names of what is given."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)

    @property
    def where(self) -> Conditions:
        """The events the outcome turns on."""
        if self.spend is not None:
            return self.spend.where
        if self.response is not None:
            return self.response.by
        return self.any_of if self.any_of is not None else self.none_of or ()

    @property
    def value_if_met(self) -> int:
        """Label of a customer with such an event in the horizon."""
        return 1 if self.none_of is None else 0


class LabelPopulation(Settings):
    """Customers the label is defined for: an own action among the last so many days; ``None`` for all with features."""

    active_within_days: int | None = Field(default=None, ge=1)


class Exclusion(Settings):
    """Customers with such an event among the last ``within_days`` have no label."""

    where: Where
    within_days: Days


class Label(Settings):
    """One outcome in the ``horizon_days`` that begin ``gap_days`` after as_of_date."""

    name: Name
    outcome: Outcome
    horizon_days: int = Field(ge=0, le=365)
    gap_days: int = Field(default=0, ge=0, le=365)
    population: LabelPopulation = LabelPopulation()
    exclude: tuple[Exclusion, ...] = ()
    min_coverage: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _has_a_horizon(self) -> Self:
        if self.horizon_days == 0 and (self.outcome.attribute is None or self.gap_days):
            raise ValueError("a horizon of 0 days is for an attribute that is known on as_of_date, without gap")
        return self

    @property
    def days_until_known(self) -> int:
        """Days from as_of_date until the outcome can be known: gap, horizon, and the time a response may take."""
        return self.gap_days + self.horizon_days + (self.outcome.response.within_days if self.outcome.response else 0)

    @property
    def least_coverage(self) -> float:
        """Share of the population that must have a label."""
        return self.min_coverage if self.min_coverage is not None else STATED_COVERAGE if self.outcome.attribute else 0.0

    def is_complete(self, as_of_date: date, last_event_date: date) -> bool:
        """Tell whether all that decides the label of ``as_of_date`` lies inside the data."""
        return as_of_date + timedelta(days=self.days_until_known) <= last_event_date


class LabelAuditRules(Settings):
    """When a single feature tells an outcome too well to be true: the area under its ROC curve.

    ``trusted`` features may; fewer than ``min_outcomes`` of either kind in the sample prove nothing.
    """

    max_feature_auc: float = Field(default=0.95, gt=0.5, le=1)
    trusted: tuple[str, ...] = ()
    min_outcomes: int = Field(default=50, ge=2)
    sample_rows: int = Field(default=20_000, ge=100, le=200_000)


class LabelsSettings(Settings):
    """All labels of a project, and how they are audited."""

    labels: tuple[Label, ...] = Field(min_length=1)
    audit: LabelAuditRules = LabelAuditRules()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        names = [label.name for label in self.labels]
        if len(set(names)) != len(names):
            raise ValueError("two labels have the same name")
        return self

    def label(self, name: str) -> Label:
        """Return the label of that name."""
        return next(label for label in self.labels if label.name == name)


class BuildLabelsSettings(Settings):
    """What ``build_labels`` needs of a project."""

    features: FeaturesSettings
    labels: LabelsSettings
