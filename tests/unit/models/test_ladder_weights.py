"""The weight table: intervals as wide as those of fits anew, and the ladder's order in every bound."""

import numpy as np
import pytest

from crosschannel.models.ladder import Ladder, declared_ladder, fitted_ladder
from crosschannel.models.ladder_weights import weight_table
from crosschannel.settings.scores import Omnichannel, Ring

SETTINGS = Omnichannel(channels=("web", "app"), rings=(Ring(window_days=28, weight=1.0),))
VERBS = ("view", "add", "purchase")
FEATURES = [f"{c}_{v}_count_28d" for c in ("web", "app") for v in VERBS]
ROWS = 1_200


def drawn(rows: int = ROWS, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Counts, and outcomes that depend on purchases in the web most, and on nothing in the app."""
    draw = np.random.default_rng(seed)
    raw = draw.poisson([2.0, 0.8, 0.5, 1.5, 0.5, 0.3], (rows, 6)).astype(float)
    margin = -2.0 + 0.3 * np.log1p(raw[:, 0]) + 1.2 * np.log1p(raw[:, 2])
    return raw, (draw.random(rows) < 1 / (1 + np.exp(-margin))).astype(float)


@pytest.fixture(scope="module")
def fitted() -> tuple[Ladder, np.ndarray, np.ndarray]:
    raw, outcomes = drawn()
    return fitted_ladder(declared_ladder(SETTINGS, FEATURES), raw, outcomes, SETTINGS), raw, outcomes


def table_of(fitted, customers=None, *, draws=200, seed=5):
    ladder, raw, outcomes = fitted
    return weight_table(ladder, raw, outcomes, np.arange(len(raw)) if customers is None else customers, SETTINGS, draws=draws, seed=seed)


def test_the_table_holds_the_weights_of_the_model_inside_their_intervals(fitted):
    table = table_of(fitted)
    assert {act: w.value for act, w in table.items()} == {w["act"]: pytest.approx(w["weight"], abs=2e-6) for w in fitted[0].weights()}
    assert all(w.low <= w.value + 1e-6 and w.value <= w.high + 1e-6 for w in table.values())
    assert table["web purchase"].low > 0.7  # a real effect, 0.3 + 1.2 up the ladder at most
    assert table["app view"].high < 0.35


def test_intervals_are_about_as_wide_as_those_of_fits_anew(fitted):
    ladder, raw, outcomes = fitted
    draw, anew = np.random.default_rng(9), []
    for _ in range(80):
        rows = draw.integers(0, ROWS, ROWS)
        anew.append([float(str(w["weight"])) for w in fitted_ladder(Ladder(ladder.steps), raw[rows], outcomes[rows], SETTINGS).weights()])
    low, high = np.quantile(np.array(anew), [0.025, 0.975], axis=0)
    table = list(table_of(fitted, draws=400).values())
    assert [w.low for w in table] == pytest.approx(low, abs=0.12)
    assert [w.high for w in table] == pytest.approx(high, abs=0.12)


def test_bounds_rise_up_the_ladder_too(fitted):
    table = table_of(fitted)
    for channel in ("web", "app"):
        ladder = [table[f"{channel} {verb}"] for verb in VERBS]
        assert [w.low for w in ladder] == sorted(w.low for w in ladder)
        assert [w.high for w in ladder] == sorted(w.high for w in ladder)
        assert all(w.low > 0 for w in ladder)


def test_many_dates_of_few_people_say_no_more_than_the_people(fitted):
    ladder, raw, outcomes = fitted
    four_dates = (ladder, np.repeat(raw, 4, axis=0), np.repeat(outcomes, 4))
    as_people = table_of(four_dates, np.repeat(np.arange(ROWS), 4))["web purchase"]
    as_rows = table_of(four_dates)["web purchase"]
    once = table_of(fitted)["web purchase"]
    assert as_people.high - as_people.low == pytest.approx(once.high - once.low, rel=0.1)
    assert as_rows.high - as_rows.low < 0.7 * (once.high - once.low)


def test_the_same_seed_gives_the_same_table_and_an_act_nobody_did_has_bounds(fitted):
    assert table_of(fitted) == table_of(fitted)
    _, raw, outcomes = fitted
    silent = raw.copy()
    silent[:, 5] = 0.0
    ladder = fitted_ladder(declared_ladder(SETTINGS, FEATURES), silent, outcomes, SETTINGS)
    table = weight_table(ladder, silent, outcomes, np.arange(ROWS), SETTINGS, draws=50, seed=1)
    assert table["app purchase"].low >= table["app add"].low
    assert np.isfinite([table["app purchase"].low, table["app purchase"].high]).all()
