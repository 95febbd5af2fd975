"""The cross-channel family of ``features.yaml``: what only all channels together show."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Annotated, Literal

from pydantic import Field

from crosschannel.contracts.silver import Events
from crosschannel.settings.channels import Channel
from crosschannel.settings.conditions import OWN_VERBS, Where, all_of, on, said
from crosschannel.settings.families import Name, WindowDays
from crosschannel.settings.recipes import (
    ConjunctionOutput,
    Direction,
    FeatureColumn,
    Ratio,
    Recipe,
    Sequence,
    Spread,
    Together,
    Total,
    feature_name,
)
from crosschannel.settings.strict import Settings


class Spreads(Settings):
    """How a customer's own actions spread over channels."""

    channel: Annotated[tuple[Channel, ...], Field(min_length=2)]
    verb: tuple[str, ...] = OWN_VERBS
    stats: tuple[Literal["share", "active", "entropy"], ...]
    window_days: tuple[WindowDays, ...]

    def features(self) -> Iterator[FeatureColumn]:
        """Yield shares per channel, channels active and the entropy of the shares, per window."""
        for stat, days in product(self.stats, self.window_days):
            totals = tuple(self._total(days, channel) for channel in self.channel)
            if stat == "share":
                for channel, total in zip(self.channel, totals, strict=True):
                    meaning = f"share of {channel} among own actions in the last {days} days"
                    recipe = Ratio(total, self._total(days, *self.channel))
                    yield FeatureColumn(feature_name(channel, stat, window_days=days), "cross_channel", meaning, "0-1", recipe)
            elif stat == "active":
                meaning, name = f"channels with an own action in the last {days} days", feature_name("channels_active", window_days=days)
                yield FeatureColumn(name, "cross_channel", meaning, "channels", Spread(totals, "active"), 1)
            else:
                meaning, name = f"entropy of channel shares in the last {days} days", feature_name("channel_entropy", window_days=days)
                yield FeatureColumn(name, "cross_channel", meaning, "nats", Spread(totals, "entropy"))

    def _total(self, days: int, *channels: str) -> Total:
        return Total("events", all_of(on(Events.channel, *channels), on(Events.verb, *self.verb)), days)


class Conjunction(Settings):
    """Things that must all have happened within the last ``within_days``, whatever the channel.

    ``ordered`` asks that they followed each other as listed; ``max_gap_hours`` that each came at most
    so long after the one before or, unless ``ordered``, that all lay so close together. ``none`` lists
    what must not have happened in the same days. Without either, ``count`` says how many times over:
    the smallest count among the parts; with one, how often the last part completed the others.
    """

    name: Name
    within_days: WindowDays
    all: Annotated[tuple[Where, ...], Field(min_length=2)]
    ordered: bool = False
    max_gap_hours: Annotated[int, Field(ge=1, le=24 * 730)] | None = None
    none: tuple[Where, ...] = ()
    output: ConjunctionOutput = "flag"
    direction: Direction = 0

    def features(self) -> Iterator[FeatureColumn]:
        """Yield the one feature."""
        unit = {"flag": "0 or 1", "count": "times", "recency_days": "days"}[self.output]
        yield FeatureColumn(self.name, "cross_channel", self._meaning(), unit, self._recipe(), self.direction)

    def _recipe(self) -> Recipe:
        if self.ordered or self.max_gap_hours is not None:
            return Sequence(self.all, self.within_days, self.max_gap_hours, self.ordered, self.output, self.none)
        parts, none = (tuple(Total("events", where, self.within_days) for where in filters) for filters in (self.all, self.none))
        return Together(parts, self.output, none)

    def _meaning(self) -> str:
        then = "; then " if self.ordered else "; and "
        gap = "" if self.max_gap_hours is None else f", {'each ' if self.ordered else ''}within {self.max_gap_hours} hours"
        barred = "".join(f"; without {said(p)}" for p in self.none)
        what = {"flag": "", "count": "times ", "recency_days": "days since the last time "}[self.output]
        return f"{what}within the last {self.within_days} days: " + then.join(said(p) for p in self.all) + gap + barred


class CrossChannel(Settings):
    """What only all channels together show."""

    spreads: tuple[Spreads, ...] = ()
    conjunctions: tuple[Conjunction, ...] = ()

    def features(self) -> Iterator[FeatureColumn]:
        """Yield spreads, then conjunctions."""
        for spread in self.spreads:
            yield from spread.features()
        for conjunction in self.conjunctions:
            yield from conjunction.features()
