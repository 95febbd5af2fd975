"""The families of ``features.yaml``: compact groups, each expanding into named features.

A group lists channels, verbs, statistics and windows; its features are their product. Adding a
feature is adding a value to a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from crosschannel.contracts.silver import Events
from crosschannel.settings.conditions import Conditions, Where, all_of, on, said
from crosschannel.settings.recipes import (
    ActiveDays,
    Direction,
    FeatureColumn,
    Latest,
    PerWeek,
    Quantity,
    Ratio,
    Recipe,
    SinceFirst,
    SinceLast,
    Total,
    feature_name,
)
from crosschannel.settings.strict import Settings

WindowDays = Annotated[int, Field(ge=1, le=730)]  # events are kept for 730 days
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Behaviour(Settings):
    """Counts, active days and recency of events by channel and verb.

    Channels always stand apart. Verbs stand apart too, unless ``name`` takes them together.
    """

    channel: tuple[str, ...] = ()
    verb: tuple[str, ...] = ()
    name: Name | None = None
    where: Where = ()
    stats: tuple[Literal["count", "per_week", "active_days", "recency_days"], ...]
    window_days: tuple[WindowDays, ...] = ()
    direction: Direction = 0

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.where and not self.name:
            raise ValueError("a group with where needs a name for what it counts")
        if not self.window_days and set(self.stats) - {"recency_days"}:
            raise ValueError(f"{', '.join(self.stats)} need window_days")
        return self

    def features(self) -> Iterator[FeatureColumn]:
        """Yield the group's features: channels x verbs x statistics x windows."""
        verbs = [(self.name, self.verb)] if self.name or not self.verb else [(v, (v,)) for v in self.verb]
        for channel, (subject, verb) in product(self.channel or (None,), verbs):
            where = all_of(on(Events.channel, *_some(channel)), on(Events.verb, *verb), self.where)
            for stat in self.stats:
                yield from self._of_stat(channel, subject, stat, where)

    def _of_stat(self, channel: str | None, subject: str | None, stat: str, where: Conditions) -> Iterator[FeatureColumn]:
        if stat == "recency_days":
            name, meaning = feature_name(channel, subject, stat), f"days since the last event: {said(where)}"
            yield FeatureColumn(name, "behaviour", meaning, "days", SinceLast(where), _opposite(self.direction))
            return
        noun = subject or (None if stat == "active_days" else "event")
        for days in self.window_days:
            recipe, what, unit = _counted(stat, where, days)
            meaning = f"{what} in the last {days} days: {said(where)}"
            yield FeatureColumn(feature_name(channel, noun, stat, window_days=days), "behaviour", meaning, unit, recipe, self.direction)


class Purchase(Settings):
    """Recency, frequency and money of orders, and what lies in the baskets."""

    channel: tuple[str, ...] = ()
    verb: Literal["purchase", "return"] = "purchase"
    name: Name | None = None
    where: Where = ()
    stats: tuple[
        Literal[
            "order_count",
            "order_per_week",
            "order_amount_sum",
            "order_amount_per_week",
            "order_amount_mean",
            "line_count",
            "item_count",
            "order_recency_days",
            "tenure_days",
        ],
        ...,
    ]
    window_days: tuple[WindowDays, ...] = ()
    direction: Direction = 0

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.where or self.verb == "return") and not self.name:
            raise ValueError("a group with where, or of returns, needs a name")
        if not self.window_days and set(self.stats) - {"order_recency_days", "tenure_days"}:
            raise ValueError(f"{', '.join(self.stats)} need window_days")
        return self

    def features(self) -> Iterator[FeatureColumn]:
        """Yield the group's features: channels x statistics x windows."""
        for channel, stat in product(self.channel or (None,), self.stats):
            scope = all_of(on(Events.channel, *_some(channel)), self.where)
            where = all_of(scope, on(Events.verb, self.verb))
            if stat == "tenure_days":
                yield self._feature(channel, stat, None, f"days since the first event: {said(scope)}", "days", SinceFirst(scope))
            elif stat == "order_recency_days":
                yield self._feature(channel, stat, None, f"days since the last event: {said(where)}", "days", SinceLast(where))
            else:
                for days in self.window_days:
                    recipe, what, unit = _bought(stat, where, days)
                    yield self._feature(channel, stat, days, f"{what} in the last {days} days: {said(where)}", unit, recipe)

    def _feature(self, channel: str | None, stat: str, days: int | None, meaning: str, unit: str, recipe: Recipe) -> FeatureColumn:
        name = feature_name(channel, self.name, stat, window_days=days)
        direction = _opposite(self.direction) if isinstance(recipe, SinceLast) else self.direction
        return FeatureColumn(name, "purchase", meaning, unit, recipe, direction)


class Interest(Settings):
    """Share of each category among the events, lines or line amounts with one of the categories."""

    name: Name
    category: Annotated[tuple[str, ...], Field(min_length=2)]
    of: Literal["events", "lines", "line_amount"] = "events"
    where: Where = ()
    window_days: tuple[WindowDays, ...]
    direction: Direction = 0

    def features(self) -> Iterator[FeatureColumn]:
        """Yield the group's features: categories x windows."""
        for category, days in product(self.category, self.window_days):
            over, under = (all_of(self.where, on(Events.category, *c)) for c in ((category,), self.category))
            recipe = Ratio(Total(self.of, over, days), Total(self.of, under, days))
            meaning = f"share of {category} among the {self.of} with a category in the last {days} days: {said(self.where)}"
            name = feature_name(self.name, _slug(category), "share", window_days=days)
            yield FeatureColumn(name, "interest", meaning, "0-1", recipe, self.direction)


class Demographic(Settings):
    """Latest value of a property of profile events; ``age`` is the years since a year of birth."""

    property: str
    type: Literal["text", "number", "age"] = "text"
    name: Name | None = None
    direction: Direction = 0

    def features(self) -> Iterator[FeatureColumn]:
        """Yield the one feature."""
        name = self.name or ("age_years" if self.type == "age" else _slug(self.property))
        meaning = f"latest {self.property} of the profile" + (", as years to as_of_date" if self.type == "age" else "")
        unit = "years" if self.type == "age" else ""
        yield FeatureColumn(name, "demographics", meaning, unit, Latest(self.property, self.type), self.direction)


def _counted(stat: str, where: Conditions, days: int) -> tuple[Recipe, str, str]:
    counted = Total("events", where, days)
    match stat:
        case "count":
            return counted, "events", "events"
        case "per_week":
            return PerWeek(counted), "events per week", "events per week"
        case _:
            return ActiveDays(where, days), "days with an event", "days"


def _bought(stat: str, where: Conditions, days: int) -> tuple[Recipe, str, str]:
    orders, amount = Total("orders", where, days), Total("amount", where, days)
    match stat:
        case "order_count":
            return orders, "orders", "orders"
        case "order_per_week":
            return PerWeek(orders), "orders per week", "orders per week"
        case "order_amount_sum":
            return amount, "order value", "currency"
        case "order_amount_per_week":
            return PerWeek(amount), "order value per week", "currency per week"
        case "order_amount_mean":
            return Ratio(amount, orders), "mean order value", "currency"
        case _:
            quantity: Quantity = "lines" if stat == "line_count" else "items"
            return Total(quantity, where, days), f"order {quantity}", quantity


def _some(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _opposite(direction: Direction) -> Direction:
    return {1: -1, 0: 0, -1: 1}[direction]  # type: ignore[return-value]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
