"""``segments.yaml``: which features describe a customer's behaviour, and how segments are named."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal, Self

from pydantic import Field, model_validator

from crosschannel.settings.strict import Settings

Transform = Literal["none", "log", "sqrt"]


class SegmentInput(Settings):
    """One group of features: what they are, how they are scaled and how much they count together.

    ``include`` and ``exclude`` are name patterns with ``*``. ``weight`` is shared by the group's
    features, so a group with many columns does not outvote one with few. ``missing`` stands in
    for null. ``log`` suits counts, money and recency; ``sqrt`` suits shares.
    """

    group: str
    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    transform: Transform = "log"
    weight: float = Field(default=1.0, gt=0)
    missing: float = Field(default=0.0, ge=0)

    def takes(self, feature: str) -> bool:
        """Tell whether a feature belongs to the group."""
        return any(fnmatchcase(feature, p) for p in self.include) and not any(fnmatchcase(feature, p) for p in self.exclude)


class ChoiceOfK(Settings):
    """How many segments: the range to try and what a good number must show."""

    smallest: int = Field(default=4, ge=2)
    largest: int = Field(default=10, le=30)
    resamples: int = Field(default=15, ge=2)
    min_stability: float = Field(default=0.9, ge=0, le=1)  # mean adjusted Rand index over resamples
    min_share: float = Field(default=0.02, ge=0, lt=1)
    min_clarity: float = Field(default=0.9, gt=0, le=1)  # silhouette, as a share of the best one among the stable

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.smallest > self.largest:
            raise ValueError(f"smallest {self.smallest} is above largest {self.largest}")
        return self


class Tier(Settings):
    """A word for segments whose figure is at least, or at most, a bound; the first that fits is taken."""

    phrase: str
    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """Tell whether a figure falls into the tier."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


class Trait(Settings):
    """Words for a feature that stands out above (``sign: 1``) or below (``sign: -1``) the population."""

    feature: str
    sign: Literal[1, -1] = 1
    phrase: str


class Naming(Settings):
    """How a name is computed: ``{value tier} {recency tier} {channel} {trait}``.

    ``value`` is compared as segment mean over population mean, ``recency`` as the segment's mean in
    days. ``channels`` maps a channel to the feature that holds its share of a customer's actions; left
    out where there is one channel only, names say none.
    """

    value: str
    recency: str
    recency_missing: float = Field(default=365.0, gt=0)
    channels: dict[str, str] = Field(default_factory=dict)
    value_tiers: tuple[Tier, ...]
    recency_tiers: tuple[Tier, ...]
    min_over_index: float = Field(default=1.2, gt=1)
    min_channel_share: float = Field(default=0.15, ge=0, le=1)
    min_effect: float = Field(default=0.3, ge=0)
    traits: tuple[Trait, ...]


class Density(Settings):
    """Groups of any shape and outliers, shown beside the segments: found on ``rows`` customers along at most ``axes`` main axes.

    A group holds at least ``min_share`` of the customers; it reaches as far as ``radius_share`` of its
    own customers do.
    """

    rows: int = Field(default=10_000, ge=200, le=20_000)
    axes: int = Field(default=10, ge=2, le=10)
    min_share: float = Field(default=0.02, gt=0, lt=1)
    radius_share: float = Field(default=0.995, gt=0, lt=1)


class SegmentsSettings(Settings):
    """Inputs, the choice of k, the bounds of the fit and the words of the names.

    ``engine: spark`` takes Spark's own K-Means for the last step: one start, no centres carried on, and
    a result that depends on how rows are partitioned.
    """

    inputs: tuple[SegmentInput, ...]
    engine: Literal["exact", "spark"] = "exact"
    density: Density | None = None  # optional: what groups of any shape there are, and who belongs to none
    choice: ChoiceOfK = ChoiceOfK()
    naming: Naming
    sample_rows: int = Field(default=50_000, ge=100, le=200_000)  # rows the driver sees
    choice_rows: int = Field(default=4_000, ge=100)  # of these, rows the choice of k is made on
    winsorise: float = Field(default=0.005, ge=0, lt=0.5)  # share cut at either end
    pca_share: float | None = Field(default=None, gt=0, le=1)  # keep the axes that hold this share of variance
    restarts: int = Field(default=10, ge=1)
    max_passes: int = Field(default=20, ge=1)
    min_movement: float = Field(default=1e-4, gt=0)  # of the centres, in scaled units; below it the passes stop
    max_alignment_distance: float = Field(default=0.5, gt=0)  # of the way to the nearest other old centre

    def input_of(self, feature: str) -> SegmentInput | None:
        """Return the first group that takes a feature."""
        return next((i for i in self.inputs if i.takes(feature)), None)
