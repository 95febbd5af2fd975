"""A weight can be read bar by bar, and parameters survive a file."""

from math import log2

import numpy as np
import pytest

from crosschannel.identity.records.model import Model, bits_of, from_json, rarity_bits, to_json, waterfall, weight_of
from crosschannel.identity.records.patterns import Patterns

MODEL = Model(
    attributes=("first_name", "street"),
    identifying=(True, False),
    same=((0.1, 0.1, 0.8), (0.3, 0.7)),
    relatives=((0.97, 0.02, 0.01), (0.1, 0.9)),
    strangers=((0.97, 0.02, 0.01), (0.99, 0.01)),
    same_rate=1e-4,
    relatives_rate=3e-4,
    pairs=1_000_000,
)


def odds(levels: tuple[int, int]) -> float:
    def likelihood(shares: tuple[tuple[float, ...], ...]) -> float:
        return float(np.prod([s[level] for s, level in zip(shares, levels, strict=True) if level >= 0]))

    others = MODEL.relatives_rate * likelihood(MODEL.relatives) + MODEL.strangers_rate * likelihood(MODEL.strangers)
    return log2(MODEL.same_rate * likelihood(MODEL.same) / others)


@pytest.mark.parametrize("levels", [(2, 1), (0, 1), (1, 0), (-1, 1), (-1, -1)])
def test_the_bars_add_up_to_the_odds_of_one_person_against_all_others(levels: tuple[int, int]) -> None:
    assert weight_of(waterfall(MODEL, levels)) == pytest.approx(odds(levels))
    same, relatives = bits_of(MODEL, Patterns(np.array([levels]), np.array([1])))
    assert same[0] - np.logaddexp2(0, relatives[0]) == pytest.approx(odds(levels))


def test_a_shared_home_explains_an_agreed_street_but_no_agreed_first_name() -> None:
    explained = {levels: -waterfall(MODEL, levels)[-1].bits for levels in ((0, 1), (2, 1), (2, 0))}
    assert explained[0, 1] == explained[2, 1] > 0.03 > explained[2, 0]


def test_a_rare_value_weighs_more_than_a_frequent_one_and_only_where_both_agree() -> None:
    rare, frequent = (rarity_bits(MODEL, 0, rows=rows, with_value=1_400) for rows in (2, 200))
    assert rare > 2 > -2 > frequent
    weights = [weight_of(waterfall(MODEL, (2, 0), {"first_name": bits})) for bits in (rare, frequent)]
    assert weights[0] - weights[1] == pytest.approx(rare - frequent)
    assert weight_of(waterfall(MODEL, (1, 0), {"first_name": rare})) == weight_of(waterfall(MODEL, (1, 0)))


def test_a_persons_own_records_make_no_value_frequent() -> None:
    own = MODEL.own_records(0)
    assert own == pytest.approx(1 + 200 * 0.8 / 1414.7, rel=1e-3)  # a hundred pairs among 1,415 records
    assert rarity_bits(MODEL, 0, rows=1, with_value=1_400) == rarity_bits(MODEL, 0, rows=int(own), with_value=1_400)


def test_parameters_are_read_back_bit_for_bit() -> None:
    assert from_json(to_json(MODEL)) == MODEL


def test_parameters_of_another_format_are_refused() -> None:
    with pytest.raises(ValueError, match="train again"):
        from_json(to_json(MODEL).replace('"format": 1', '"format": 0'))
