import numpy as np
import pytest

from crosschannel.synth.activity import activity_of
from crosschannel.synth.behaviour import FADING, GONE, IN_MARKET, NORMAL
from crosschannel.synth.drafts import DAY_MILLIS, START_MILLIS
from crosschannel.synth.lives import modes_of
from crosschannel.synth.parameters import SOURCES, World
from crosschannel.synth.people import traits_of
from crosschannel.synth.propensities import propensities_of, shares_after

WORLD = World(8_000, 52, 5, "standard", drift_week=5)  # 52 days: the last as-of lies inside a week
PERSON = np.arange(WORLD.people)
TRAITS = traits_of(WORLD, PERSON)
TRUTH = propensities_of(WORLD, TRAITS)


@pytest.mark.parametrize("day", [6, 20, 51])
@pytest.mark.parametrize(("chance", "outcome"), [("purchase", "bought"), ("churn", "silent")])
def test_propensities_are_calibrated_at_every_level(day: int, chance: str, outcome: str) -> None:
    at = TRUTH["day"] == day
    p, y = TRUTH[chance][at], TRUTH[outcome][at]
    for part in np.array_split(np.argsort(p, kind="stable"), 5):
        noise = np.sqrt((p[part] * (1 - p[part])).sum()) / len(part)
        assert y[part].mean() == pytest.approx(p[part].mean(), abs=4 * noise + 1e-9)


@pytest.mark.parametrize("day", [6, 9, 51])
def test_the_horizon_holds_four_weeks_of_acts(day: int) -> None:
    assert sum(share for _, share in shares_after(day)) == pytest.approx(4)


def test_the_mode_decides() -> None:
    at = TRUTH["day"] == 20
    now = modes_of(WORLD, TRAITS)[:, 2]
    buys, leaves = TRUTH["purchase"][at], TRUTH["churn"][at]
    assert buys[now == IN_MARKET].mean() > 3 * buys[now == NORMAL].mean()
    assert leaves[now == GONE].mean() > leaves[now == FADING].mean() > 2 * leaves[now == NORMAL].mean()


@pytest.mark.simulation
def test_outcomes_inside_the_data_are_what_the_logs_show() -> None:
    """Purchases: an order on the web or in the app, or a sale at a till."""
    columns, _ = activity_of(WORLD, PERSON)
    day = (columns["moment"] - START_MILLIS) // DAY_MILLIS
    source, kind = columns["source"], columns["kind"]
    is_online = np.isin(source, (SOURCES.index("web"), SOURCES.index("app"))) & (kind == 4)
    is_purchase = is_online | ((source == SOURCES.index("store")) & (kind == 0))
    within = is_purchase & (day > 20) & (day <= 48)
    logged = np.isin(PERSON, columns["person"][within])
    assert (logged == TRUTH["bought"][TRUTH["day"] == 20]).all()


def test_the_last_day_has_outcomes_beyond_the_data() -> None:
    assert 0.05 < TRUTH["bought"][TRUTH["day"] == 51].mean() < 0.4
