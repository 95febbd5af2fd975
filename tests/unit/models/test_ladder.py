import numpy as np
import pytest

from crosschannel.models.ladder import Ladder, declared_ladder, fitted_ladder, with_knots
from crosschannel.settings.scores import Omnichannel, Ring

SETTINGS = Omnichannel(channels=("web", "app"), rings=(Ring(window_days=7, weight=1.0), Ring(window_days=28, weight=0.5)))
FEATURES = [f"{c}_{v}_count_{d}d" for c in ("web", "app") for v in ("view", "add", "purchase") for d in (7, 28)]
DRAW = np.random.default_rng(3)


def rows(count: int) -> np.ndarray:
    far = DRAW.poisson(2.0, (count, 6))
    near = DRAW.binomial(far, 0.4)
    return np.stack([near, far], axis=2).reshape(count, 12).astype(float)  # as FEATURES: near, then far


@pytest.fixture(scope="module")
def ladder() -> Ladder:
    raw = rows(3_000)
    outcomes = (DRAW.random(3_000) < 0.1 + 0.04 * raw[:, 5]).astype(float)
    return with_knots(fitted_ladder(declared_ladder(SETTINGS, FEATURES), raw, outcomes, SETTINGS), raw)


def test_only_declared_counts_make_steps():
    steps = declared_ladder(SETTINGS, ["web_view_count_7d", "app_purchase_count_28d", "web_send_count_7d"]).steps
    assert [(s.channel, s.verb, s.counts) for s in steps] == [
        ("web", "view", (("web_view_count_7d", 1.0),)),
        ("app", "purchase", (("app_purchase_count_28d", 0.5),)),
    ]


def test_an_act_further_up_the_ladder_always_weighs_more(ladder):
    weights = {str(w["act"]): float(str(w["weight"])) for w in ladder.weights()}
    for channel in ("web", "app"):
        assert weights[f"{channel} purchase"] > weights[f"{channel} add"] > weights[f"{channel} view"] > 0


def test_one_more_act_never_lowers_the_score(ladder):
    base = rows(300)
    for place in range(0, 12, 2):
        more = base.copy()
        more[:, place : place + 2] += 1  # a recent act is in both windows
        assert (ladder.margins(more) > ladder.margins(base)).all()
        assert (ladder.points(more) >= ladder.points(base)).all()


def test_an_act_one_step_up_never_lowers_the_score(ladder):
    base = rows(300)
    base[:, 0:2] += 1
    up = base.copy()
    up[:, 0:2] -= 1
    up[:, 2:4] += 1
    assert (ladder.margins(up) >= ladder.margins(base)).all()


def test_no_act_at_all_is_zero_and_points_fill_the_scale(ladder):
    assert ladder.points(np.zeros((1, 12)))[0] == 0.0
    points = ladder.points(rows(2_000))
    assert points.min() >= 0
    assert points.max() <= 100
    assert abs(np.median(points) - 50) < 10


def test_null_counts_are_no_acts(ladder):
    assert ladder.margins(np.full((1, 12), np.nan))[0] == ladder.intercept


def test_a_recent_act_counts_more_than_an_older_one(ladder):
    recent, older = np.zeros((1, 12)), np.zeros((1, 12))
    recent[0, 4:6] = 1
    older[0, 5] = 1
    assert ladder.margins(recent)[0] > ladder.margins(older)[0] > ladder.intercept


def test_a_ladder_survives_being_stored(ladder):
    assert Ladder.from_content(ladder.content) == ladder


def test_rings_stand_from_near_to_far():
    with pytest.raises(ValueError, match="near to far"):
        Omnichannel(rings=(Ring(window_days=28, weight=1.0), Ring(window_days=7, weight=0.5)))
