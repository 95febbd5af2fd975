"""Parameters that were planted in counts are found again, without labels."""

import numpy as np
import pytest

from crosschannel.identity.records.patterns import Patterns, to_patterns, unpacked
from crosschannel.identity.records.training import Evidence, fit

TOPS = (2, 2, 1, 1)  # first name, birth date, street, postcode
NAMES = ("first_name", "birth_date", "street", "postcode")
IDENTIFYING = (True, True, False, False)
SAME = ((0.05, 0.15, 0.8), (0.04, 0.06, 0.9), (0.2, 0.8), (0.1, 0.9))
STRANGERS = ((0.97, 0.02, 0.01), (0.98, 0.019, 0.001), (0.999, 0.001), (0.99, 0.01))
HOME = ((0.97, 0.02, 0.01), (0.98, 0.019, 0.001), (0.05, 0.95), (0.02, 0.98))


def mixture(shares: tuple[tuple[float, ...], ...], pairs: float) -> tuple[np.ndarray, np.ndarray]:
    """Return all patterns without missing values and their expected counts."""
    grid = np.array(np.meshgrid(*[range(len(s)) for s in shares], indexing="ij")).reshape(len(shares), -1).T
    expected = np.prod([np.array(s)[grid[:, k]] for k, s in enumerate(shares)], axis=0) * pairs
    return grid, expected


def planted(pairs: int, same: float, home: float) -> tuple[Evidence, float, float]:
    counts = sum(mixture(shares, n)[1] for shares, n in ((SAME, same), (HOME, home), (STRANGERS, pairs - same - home)))
    grid = mixture(SAME, 1)[0]
    everything = Patterns(grid, np.round(counts).astype(np.int64))
    by_key = []
    for k in range(4):
        agree = grid[:, k] == TOPS[k]
        by_key.append((frozenset({k}), Patterns(grid[agree], everything.counts[agree])))
    found = (grid == np.array(TOPS)).any(axis=1)
    candidates = Patterns(grid[found], everything.counts[found])
    missed = sum(mixture(SAME, same)[1][~found])
    return Evidence(NAMES, TOPS, IDENTIFYING, tuple(by_key), candidates, everything, pairs), same, missed


def test_planted_shares_and_the_number_of_matches_are_found_again() -> None:
    evidence, same, missed = planted(50_000_000, 20_000, 0)
    model = fit(evidence)
    assert model.same_rate * model.pairs == pytest.approx(same - missed, rel=0.01)
    assert model.relatives_rate == 0
    for found, true in zip(model.same, SAME, strict=True):
        assert found == pytest.approx(true, abs=0.01)


def test_people_of_one_home_do_not_pass_for_one_person() -> None:
    evidence, same, missed = planted(50_000_000, 20_000, 60_000)
    model = fit(evidence)
    assert model.same_rate * model.pairs == pytest.approx(same - missed, rel=0.05)
    assert model.relatives_rate * model.pairs == pytest.approx(60_000, rel=0.1)
    assert model.same[0] == pytest.approx(SAME[0], abs=0.03)
    blind = fit(evidence, with_relatives=False)
    assert blind.same_rate * blind.pairs > 1.2 * same  # what would happen otherwise


def test_duplicates_among_random_pairs_do_not_make_strangers_look_alike() -> None:
    pairs = 500_000  # a file of 1,000 records
    evidence, _same, _ = planted(pairs, 2_000, 0)
    model = fit(evidence)
    agree_by_chance = model.strangers[1][-1]
    contaminated = (evidence.random.counts[evidence.random.levels[:, 1] == 2]).sum() / pairs
    assert contaminated > 4 * STRANGERS[1][-1]
    assert agree_by_chance == pytest.approx(STRANGERS[1][-1], rel=0.05)


def test_a_file_without_candidates_has_parameters_all_the_same() -> None:
    nothing = Patterns(np.zeros((0, 4), dtype=np.int64), np.zeros(0, dtype=np.int64))
    model = fit(Evidence(NAMES, TOPS, IDENTIFYING, (), nothing, nothing, 1))
    assert all(sum(shares) == pytest.approx(1) for kind in (model.same, model.strangers, model.relatives) for shares in kind)


def test_packed_patterns_come_back_and_equal_ones_are_added_up() -> None:
    codes = np.array([0, 5, 5, 4 * 4 * 3 * 3 - 1], dtype=np.int64)
    patterns = to_patterns(codes, np.array([1, 2, 3, 4], dtype=np.int64), TOPS)
    assert patterns.counts.tolist() == [1, 5, 4]
    assert unpacked(np.array([0], dtype=np.int64), TOPS).tolist() == [[-1, -1, -1, -1]]
    assert patterns.levels[-1].tolist() == list(TOPS)
