"""What a feature is made of: the closed set of recipes that ``features/`` knows how to compute.

A recipe holds values only. Every window of N days ends with as_of_date and includes it. A count of
nothing is 0; a ratio with nothing below the line, a recency of nothing and a value never stated
are null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crosschannel.contracts.column import Column, ColumnSpec, Role
from crosschannel.contracts.table import named
from crosschannel.settings.conditions import Conditions

Quantity = Literal["events", "orders", "amount", "lines", "items", "line_amount"]
Family = Literal["behaviour", "purchase", "interest", "demographics", "cross_channel"]
Direction = Literal[-1, 0, 1]
ConjunctionOutput = Literal["flag", "count", "recency_days"]


@dataclass(frozen=True)
class Total:
    """Sum of a quantity over matching events, order days or order lines in a window."""

    quantity: Quantity
    where: Conditions
    window_days: int


@dataclass(frozen=True)
class PerWeek:
    """A total per week of the part of its window that lies inside the data."""

    total: Total


@dataclass(frozen=True)
class Ratio:
    """One total divided by another."""

    over: Total
    under: Total


@dataclass(frozen=True)
class ActiveDays:
    """Distinct days with a matching event in a window."""

    where: Conditions
    window_days: int


@dataclass(frozen=True)
class SinceLast:
    """Days from the last matching event to as_of_date."""

    where: Conditions


@dataclass(frozen=True)
class SinceFirst:
    """Days from the first matching event to as_of_date."""

    where: Conditions


@dataclass(frozen=True)
class Spread:
    """How a customer's events spread over filters: how many are met, or the entropy of the shares."""

    over: tuple[Total, ...]
    output: Literal["active", "entropy"]


@dataclass(frozen=True)
class Together:
    """All filters met within one window, and none of the others: yes or no, how many times over, or days since the last of them."""

    parts: tuple[Total, ...]
    output: ConjunctionOutput
    none: tuple[Total, ...] = ()


@dataclass(frozen=True)
class Sequence:
    """Steps met inside a window, one after the other or close together, by their moments.

    ``ordered`` steps follow each other, each at most ``max_gap_hours`` after the one before; others
    lie at most ``max_gap_hours`` apart in whatever order. ``none`` must not happen in the window.
    """

    steps: tuple[Conditions, ...]
    window_days: int
    max_gap_hours: int | None
    ordered: bool
    output: ConjunctionOutput
    none: tuple[Conditions, ...] = ()


@dataclass(frozen=True)
class Latest:
    """Latest stated value of a property of profile events."""

    property: str
    type: Literal["text", "number", "age"]


Recipe = Total | PerWeek | Ratio | ActiveDays | SinceLast | SinceFirst | Spread | Together | Sequence | Latest


@dataclass(frozen=True)
class FeatureColumn:
    """A declared feature: its column and how it is computed.

    ``direction`` is the declared monotone direction for a purchase score: +1, -1, or 0 for none.
    """

    name: str
    family: Family
    meaning: str
    unit: str
    recipe: Recipe
    direction: Direction = 0

    @property
    def dtype(self) -> str:
        """Return ``string`` for a categorical feature, ``double`` for every other."""
        return "string" if isinstance(self.recipe, Latest) and self.recipe.type == "text" else "double"

    @property
    def column(self) -> Column:
        """Declare the feature's column of ``gold.customer_features``."""
        return named(self.name, ColumnSpec(self.dtype, self.meaning, nullable=True, unit=self.unit, role=Role.FEATURE))


def feature_name(*parts: str | None, window_days: int | None = None) -> str:
    """Build a feature's name: subject, measure and statistic, then the window, joined by ``_``."""
    window = f"{window_days}d" if window_days else None
    return "_".join(p for p in (*parts, window) if p)


def totals_of(recipe: Recipe) -> tuple[Total, ...]:
    """Return the totals a recipe is computed from."""
    match recipe:
        case Total():
            return (recipe,)
        case PerWeek(total):
            return (total,)
        case Ratio(over, under):
            return (over, under)
        case Spread(over=totals):
            return totals
        case Together(parts=parts, none=none):
            return (*parts, *none)
    return ()


def windows_of(recipe: Recipe) -> tuple[int, ...]:
    """Return the windows a recipe looks at, in days."""
    if isinstance(recipe, ActiveDays | Sequence):
        return (recipe.window_days,)
    return tuple(total.window_days for total in totals_of(recipe))


def filters_of(recipe: Recipe) -> tuple[Conditions, ...]:
    """Return the filters a recipe applies to events."""
    if isinstance(recipe, ActiveDays | SinceLast | SinceFirst):
        return (recipe.where,)
    if isinstance(recipe, Sequence):
        return (*recipe.steps, *recipe.none)
    return tuple(total.where for total in totals_of(recipe))
