import itertools

import numpy as np

from crosschannel.models.naming import description_of, named_segments
from crosschannel.models.profile import MULTI_CHANNEL, to_profiles
from tests.support.planted import SEGMENTS

NAMING = SEGMENTS.naming
FEATURES = ["order_amount_sum_28d", "own_action_recency_days", "web_share_28d", "app_share_28d", "store_share_28d", "web_view_count_28d", "app_view_count_28d"]
ROWS = np.array([100.0, 50.0, 50.0])
MEANS = np.array([[60.0, 3.0, 0.8, 0.1, 0.1, 20.0, 1.0], [20.0, 20.0, 0.1, 0.8, 0.1, 1.0, 20.0], [5.0, 20.0, 0.6, 0.28, 0.12, 5.0, 5.0]])
DEVIATIONS = np.array([30.0, 10.0, 0.3, 0.3, 0.3, 8.0, 8.0])


def profiles(order: tuple[int, ...] = (0, 1, 2), means: np.ndarray = MEANS):
    places = list(order)
    return to_profiles(FEATURES, ROWS[places], (means * ROWS[:, None])[places], DEVIATIONS, NAMING)


def test_a_name_says_value_recency_channel_and_trait():
    names = named_segments(profiles(), NAMING)
    assert names == ("High-value active web browsers", "Low-value occasional app tappers", f"Low-value occasional {MULTI_CHANNEL}")


def test_a_channel_is_not_said_twice():
    traits = tuple(t.model_copy(update={"phrase": "app users"}) if t.feature.startswith("app_") else t for t in NAMING.traits)
    names = named_segments(profiles(), NAMING.model_copy(update={"traits": traits}))
    assert names[1] == "Low-value occasional app users"


def test_names_do_not_depend_on_cluster_numbers():
    by_place = dict(zip((0, 1, 2), named_segments(profiles(), NAMING), strict=True))
    for order in itertools.permutations((0, 1, 2)):
        assert named_segments(profiles(order), NAMING) == tuple(by_place[i] for i in order)


def test_segments_alike_in_everything_that_makes_a_name_still_have_two_names():
    means = MEANS.copy()
    means[2] = means[1] * 0.99
    names = named_segments(profiles(means=means), NAMING)
    assert len(set(names)) == 3


def test_an_effect_is_the_distance_from_the_population_in_its_standard_deviations():
    web = profiles()[0]
    effect = next(e for e in web.effects if e.feature == "web_share_28d")
    assert effect.population_mean == 0.575
    assert effect.effect == round((0.8 - 0.575) / 0.3, 6)
    assert [abs(e.effect) for e in web.effects] == sorted((abs(e.effect) for e in web.effects), reverse=True)


def test_a_description_is_plain_words_with_the_figures():
    assert description_of(profiles()[0], NAMING) == (
        "100 customers (50.0%) who spend 1.7 times the average, were last active 3 days ago and lean to the web channel; they stand out as browsers."
    )
