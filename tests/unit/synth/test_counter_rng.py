import numpy as np
import pytest

from crosschannel.synth.counter_rng import choices, keys_of, poisson, uniforms

FIRST_DRAWS = [0.534903209783, 0.837334809945, 0.188625462131]


def test_a_draw_depends_on_the_person_and_not_on_the_batch() -> None:
    together = uniforms(keys_of(7, 1, np.arange(100)), 3)
    alone = uniforms(keys_of(7, 1, np.array([42])), 3)
    assert together[42] == alone[0]


def test_draws_never_change_between_versions() -> None:
    assert uniforms(keys_of(7, 1, np.array([0, 1, 2]))).round(12).tolist() == pytest.approx(FIRST_DRAWS)


def test_seeds_streams_and_positions_give_different_numbers() -> None:
    person = np.arange(1000)
    draws = [uniforms(keys_of(seed, stream, person), index) for seed in (1, 2) for stream in (1, 2) for index in (0, 1)]
    assert abs(np.corrcoef(draws) - np.eye(8)).max() < 0.12


def test_uniforms_are_uniform() -> None:
    u = uniforms(keys_of(1, 1, np.arange(100_000)))
    assert np.histogram(u, bins=10, range=(0, 1))[0] == pytest.approx(10_000, abs=400)


@pytest.mark.parametrize("mean", [0.0, 0.1, 2.5, 30.0])
def test_poisson_counts_have_the_mean_and_variance_they_should(mean: float) -> None:
    counts = poisson(uniforms(keys_of(3, 2, np.arange(50_000))), np.full(50_000, mean))
    assert counts.mean() == pytest.approx(mean, abs=0.1)
    assert counts.var() == pytest.approx(mean, rel=0.05, abs=0.01)


def test_choices_follow_their_weights() -> None:
    chosen = choices(uniforms(keys_of(3, 2, np.arange(50_000))), np.array([0.5, 0.2, 0.3]))
    assert np.bincount(chosen) / 50_000 == pytest.approx([0.5, 0.2, 0.3], abs=0.01)
