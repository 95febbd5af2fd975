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
from crosschannel.settings.recipes import Direction, FeatureColumn, Ratio, Spread, Together, Total, feature_name
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

    ``count`` says how many times over: the smallest count among the parts.
    """

    name: Name
    within_days: WindowDays
    all: Annotated[tuple[Where, ...], Field(min_length=2)]
    output: Literal["flag", "count"] = "flag"
    direction: Direction = 0

    def features(self) -> Iterator[FeatureColumn]:
        """Yield the one feature."""
        meaning = f"within the last {self.within_days} days: " + "; and ".join(said(p) for p in self.all)
        parts = tuple(Total("events", part, self.within_days) for part in self.all)
        unit = "0 or 1" if self.output == "flag" else "times"
        yield FeatureColumn(self.name, "cross_channel", meaning, unit, Together(parts, self.output), self.direction)


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
