"""``scores.yaml``, ``drift``: what makes a model in use worth mending.

Every bound is held against chance as well: a value alarms only if it is beyond the bound and beyond
what a quiet week shows in one case of a thousand, for there are many values and many weeks.
"""

from __future__ import annotations

from pydantic import Field

from crosschannel.settings.strict import Settings


class Drift(Settings):
    """Bounds of the drift watch; the stability index is said to be small below 0.1 and large above 0.25."""

    max_feature_psi: float = Field(default=0.1, gt=0)
    top_features: int = Field(default=10, ge=1)  # of largest gain; the others are shown, but decide nothing
    max_drifted_features: int = Field(default=1, ge=0)  # of the top features
    max_score_psi: float = Field(default=0.25, gt=0)
    max_auc_loss: float = Field(default=0.02, gt=0, lt=1)
    max_rate_gap: float = Field(default=0.1, gt=0)  # of the rate foretold
    max_ece: float = Field(default=0.02, gt=0, lt=1)
    max_share_psi: float = Field(default=0.25, gt=0)  # of the sizes of segments
    max_outlier_ratio: float = Field(default=3.0, gt=1)  # customers beyond the training radius, against training
    max_age_days: int = Field(default=180, ge=1)
    times_chance: float = Field(default=5.0, ge=1)  # a stability index below so many times its chance level is no alarm
