"""Slices of customers: by segment, by leading channel, by declared groups; a customer lies in one slice of each kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, functions as F

from crosschannel.contracts.silver import CHANNELS
from crosschannel.models.segment_model import SegmentModel
from crosschannel.settings.recipes import FeatureColumn
from crosschannel.settings.review import Group, Review

EVERYBODY = "all"
SEGMENT, CHANNEL = "segment", "channel"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Slicing:
    """By what customers are told apart.

    Attributes
    ----------
    shares
        Channel and the feature that holds its share of a customer's actions.
    groups
        Declared features, by the name their slices begin with.
    segments
        The segmentation in use; ``None`` before the first.
    fair
        Names among ``groups`` that fairness is judged by.
    """

    shares: tuple[tuple[str, str], ...] = ()
    groups: tuple[Group, ...] = ()
    segments: SegmentModel | None = None
    fair: frozenset[str] = frozenset()

    def labels(self) -> list[Column]:
        """Return one text per kind of slice, such as ``channel=web``; segments are told apart in numpy."""
        found = [F.concat(F.lit(f"{g.feature}="), group_expr(g)) for g in self.groups]
        return [F.lit(EVERYBODY), *([F.concat(F.lit(f"{CHANNEL}="), leading_expr(self.shares))] if self.shares else []), *found]

    def is_fairness(self, name: str) -> bool:
        """Tell whether a slice is one of a fairness group."""
        return name.partition("=")[0] in self.fair


def slicing_of(features: Sequence[FeatureColumn], review: Review, segments: SegmentModel | None) -> Slicing:
    """Return the slices a project's features and review settings allow; a feature that is switched off slices nothing."""
    names = {f.name for f in features}
    declared = {g.feature: g for g in (*review.slices, *review.fairness) if g.feature in names}
    usable = segments if segments and set(segments.geometry.features) <= names else None
    return Slicing(channel_shares(features), tuple(declared.values()), usable, frozenset(g.feature for g in review.fairness))


def channel_shares(features: Sequence[FeatureColumn]) -> tuple[tuple[str, str], ...]:
    """Return each channel with the feature of its share of actions over the widest window."""
    found: dict[str, tuple[int, str]] = {}
    for feature in features:
        channel, mark, days = feature.name.partition("_share_")
        if mark and channel in CHANNELS and days.removesuffix("d").isdigit():
            found[channel] = max(found.get(channel, (0, "")), (int(days.removesuffix("d")), feature.name))
    return tuple((channel, found[channel][1]) for channel in CHANNELS if channel in found)


def leading_expr(shares: Sequence[tuple[str, str]]) -> Column:
    """Return the channel with the largest share of a customer's actions; the first in the usual order wins a tie."""
    values = [F.coalesce(F.col(feature), F.lit(0.0)) for _, feature in shares]
    largest = F.greatest(*values) if len(values) > 1 else values[0]
    found = F.when(largest <= 0, F.lit(UNKNOWN))
    for (channel, _), value in zip(shares, values, strict=True):
        found = found.when(value == largest, F.lit(channel))
    return found


def group_expr(group: Group) -> Column:
    """Return the group a customer belongs to."""
    value = F.col(group.feature)
    if not group.bands:
        return F.coalesce(value.cast("string"), F.lit(UNKNOWN))
    number = value.cast("double")
    found = F.when(number.isNull() | F.isnan(number), F.lit(UNKNOWN)).when(number < group.bands[0], F.lit(f"under {group.bands[0]:g}"))
    for low, high in zip(group.bands, group.bands[1:], strict=False):
        found = found.when(number < high, F.lit(f"{low:g} to {high:g}"))
    return found.otherwise(F.lit(f"{group.bands[-1]:g} and over"))
