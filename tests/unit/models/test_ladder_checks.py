"""The omnichannel card says when the score is mostly loyalty, and when trees rank much better."""

import numpy as np

from crosschannel.models.ladder import declared_ladder, fitted_ladder
from crosschannel.models.ladder_checks import AUC_LEARNED, AUC_WITHOUT, GAP_TO_TREES, loyalty, said_of
from crosschannel.settings.scores import Omnichannel, Ring

SETTINGS = Omnichannel(channels=("web",), rings=(Ring(window_days=28, weight=1.0),))
FEATURES = ["web_view_count_28d", "web_purchase_count_28d"]


def checked(by_view: float, by_purchase: float) -> dict[str, float]:
    draw = np.random.default_rng(4)
    raw = draw.poisson([2.0, 0.7], (2_000, 2)).astype(float)
    margin = -2.0 + by_view * np.log1p(raw[:, 0]) + by_purchase * np.log1p(raw[:, 1])
    outcomes = (draw.random(2_000) < 1 / (1 + np.exp(-margin))).astype(float)
    ladder = fitted_ladder(declared_ladder(SETTINGS, FEATURES), raw, outcomes, SETTINGS)
    return loyalty(ladder, raw, outcomes, SETTINGS)


def test_a_score_that_lives_of_past_purchases_is_called_loyalty():
    checks = checked(0.0, 3.0)
    assert checks[AUC_LEARNED] - checks[AUC_WITHOUT] > 0.2
    assert said_of(checks)[0].startswith("**The score is mostly loyalty.**")


def test_a_score_that_lives_of_other_acts_is_not():
    checks = checked(1.5, 0.2)
    assert abs(checks[AUC_LEARNED] - checks[AUC_WITHOUT]) < 0.1
    assert said_of(checks)[0].startswith("The score is more than loyalty.")


def test_without_another_step_nothing_is_compared():
    draw = np.random.default_rng(1)
    raw, outcomes = draw.poisson(1.0, (200, 1)).astype(float), (draw.random(200) < 0.5).astype(float)
    only = fitted_ladder(declared_ladder(SETTINGS, FEATURES[1:]), raw, outcomes, SETTINGS)
    assert loyalty(only, raw, outcomes, SETTINGS) == {}


def test_trees_that_rank_much_better_are_named():
    assert "rank by the trees" in said_of({GAP_TO_TREES: 0.05})[0]
    assert "rank by the trees" not in said_of({GAP_TO_TREES: 0.01})[0]
