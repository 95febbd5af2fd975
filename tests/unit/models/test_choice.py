import numpy as np
import pytest

from crosschannel.models.choice import choice_of_k, fitted_centres, labels_of
from crosschannel.settings.segments import ChoiceOfK

SETTINGS = ChoiceOfK(smallest=2, largest=6, resamples=5)


def blobs(k: int, rows: int = 400) -> np.ndarray:
    draw = np.random.default_rng(k)
    return draw.normal(size=(rows, 2)) * 0.4 + np.array([[4 * (i % k), 4 * ((i % k) % 2)] for i in range(rows)])


@pytest.mark.simulation
@pytest.mark.parametrize("k", [3, 4, 5])
def test_the_planted_number_of_groups_is_found(k):
    assert choice_of_k(blobs(k), SETTINGS, restarts=5, seed=7).k == k


def test_every_k_has_its_reason_in_words():
    choice = choice_of_k(blobs(3), SETTINGS, restarts=5, seed=7)
    assert [c.k for c in choice.candidates] == [2, 3, 4, 5, 6]
    assert all(c.verdict for c in choice.candidates)
    assert sum(c.verdict.startswith("chosen") for c in choice.candidates) == 1


def test_the_current_k_is_kept_while_it_is_stable_and_clear():
    settings = ChoiceOfK(smallest=2, largest=5, resamples=5, min_clarity=0.5, min_stability=0.5)
    assert choice_of_k(blobs(4), settings, restarts=5, seed=7, current_k=3).k == 3


def test_without_a_stable_k_the_most_stable_is_taken_and_said_to_be_weak():
    noise = np.random.default_rng(0).normal(size=(200, 6))
    choice = choice_of_k(noise, ChoiceOfK(smallest=4, largest=6, resamples=4, min_stability=0.99), restarts=2, seed=7)
    assert "no k is sound" in choice.reason


@pytest.mark.simulation
def test_the_choice_is_the_same_every_time():
    assert choice_of_k(blobs(4), SETTINGS, restarts=3, seed=7) == choice_of_k(blobs(4), SETTINGS, restarts=3, seed=7)


def test_a_carried_start_keeps_its_places_unless_a_fresh_one_is_clearly_better():
    rows = blobs(3)
    start = np.array([[8.0, 0.0], [0.0, 0.0], [4.0, 4.0]])
    assert labels_of(start, fitted_centres(rows, 3, restarts=3, seed=1, starts=[start])).tolist() == [0, 1, 2]
    bad = np.array([[0.0, 0.0], [0.1, 0.0], [100.0, 100.0]])
    assert len(set(labels_of(start, fitted_centres(rows, 3, restarts=5, seed=1, starts=[bad])))) == 3
