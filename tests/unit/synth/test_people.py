import numpy as np
import pytest

from crosschannel.synth.parameters import World
from crosschannel.synth.people import NEVER, traits_of

WORLD = World(20_000, 98, 5, "hard")
EVERYBODY = traits_of(WORLD, np.arange(WORLD.people))


def test_traits_do_not_depend_on_the_batch() -> None:
    few = traits_of(WORLD, np.arange(5_000, 5_010))
    for name, values in vars(few).items():
        assert (values == vars(EVERYBODY)[name][5_000:5_010]).all()


def test_households_hold_one_to_four_neighbours_and_are_named_by_their_first() -> None:
    heads, sizes = np.unique(EVERYBODY.household, return_counts=True)
    assert set(sizes) == {1, 2, 3, 4}
    assert (EVERYBODY.household[heads] == heads).all()


def test_a_tenth_is_held_out() -> None:
    assert EVERYBODY.is_holdout.mean() == pytest.approx(0.1, abs=0.01)


def test_a_recycled_number_is_given_up_before_it_is_passed_on() -> None:
    gave = EVERYBODY.phone_passed_on
    taker = EVERYBODY.partner[gave]
    assert gave.sum() > 100
    assert (EVERYBODY.phone_from_partner[taker] == EVERYBODY.phone_until[gave] + 2).all()
    assert (EVERYBODY.phone_from_partner < NEVER).sum() == gave.sum()


def test_a_recycled_number_moves_to_another_household() -> None:
    gave = EVERYBODY.phone_passed_on
    assert (EVERYBODY.household[EVERYBODY.partner[gave]] != EVERYBODY.household[gave]).all()


def test_activity_averages_one() -> None:
    assert EVERYBODY.activity.mean() == pytest.approx(1, abs=0.03)
