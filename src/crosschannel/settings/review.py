"""``scores.yaml``, ``review``: by which slices a score is judged, and what a challenger must hold to replace the champion."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from crosschannel.settings.strict import Settings

Share = Annotated[float, Field(ge=0, le=1)]


class Group(Settings):
    """A feature by whose values customers are told apart; a number is cut into ``bands``.

    ``bands: [30, 45]`` makes ``under 30``, ``30 to 45`` and ``45 and over``.
    """

    feature: str
    bands: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _bands_rise(self) -> Self:
        if any(low >= high for low, high in pairwise(self.bands)):
            raise ValueError("bands rise, such as [30, 45, 60]")
        return self


class Review(Settings):
    """How a score is judged; every bound is what a model may show and still be used.

    Slices by segment and by leading channel need no declaration. ``slices`` adds more of them,
    ``fairness`` groups between which probabilities must be equally true; the features of fairness
    groups are never given as a reason for a score.
    """

    slices: tuple[Group, ...] = ()
    fairness: tuple[Group, ...] = ()
    draws: int = Field(default=400, ge=200, le=5_000)  # of the paired bootstrap over customers
    max_log_loss_increase: float = Field(default=0.0, ge=0)  # upper end of the interval of challenger minus champion
    max_ece: Share = 0.01  # a calibration error up to here is fine whatever the champion's
    max_ece_increase: Share = 0.005
    min_lift_share: Share = 0.98  # of the champion's lift in the highest tenth
    min_slice_share: Share = 0.01  # of all rows; smaller slices are shown, but decide nothing
    max_slice_auc_loss: Share = 0.02
    max_score_psi: float = Field(default=0.25, gt=0)  # between the two models' probabilities of the same customers
    must_beat_baseline: bool = False  # a first model is refused unless its gain over a logistic regression is beyond chance
    max_group_gap: Share = 0.02  # between mean probability and outcome within a fairness group
