import numpy as np
import pytest

from crosschannel.models.comparison import compared
from crosschannel.models.paired import Pairs
from crosschannel.models.slices import Slicing
from crosschannel.settings.review import Group, Review
from tests.support.judging import planted_pairs

SLICING = Slicing(groups=(Group(feature="region"), Group(feature="gender")), fair=frozenset({"gender"}))
REVIEW = Review(draws=200)


def judged(pairs, slices=None, *, has_champion=True, seed=7):
    return compared({"all": pairs, **(slices or {})}, SLICING, REVIEW, has_champion=has_champion, seed=seed)


@pytest.mark.simulation
def test_a_worse_challenger_is_never_promoted_and_a_better_one_always():
    worse = [judged(planted_pairs(4_000, 1.0, 0.3, seed)).verdict for seed in range(8)]
    assert {v.outcome for v in worse} == {"worse"}
    better = [judged(planted_pairs(8_000, 0.2, 1.0, seed)).verdict for seed in range(10)]
    assert sum(v.is_accepted for v in better) >= 9, [v.reason for v in better if not v.is_accepted]


@pytest.mark.simulation
def test_of_equally_good_challengers_hardly_any_gets_through():
    verdicts = [judged(planted_pairs(2_000, 0.6, 0.6, seed)).verdict for seed in range(40)]
    assert sum(v.is_accepted for v in verdicts) <= 4  # 2.5 % by chance, were all other criteria to hold


def test_a_challenger_that_ranks_well_but_gives_wrong_probabilities_waits():
    pairs = planted_pairs(8_000, 0.0, 0.6, 1)
    off = Pairs(pairs.ours + 1.0, pairs.theirs, pairs.outcomes, pairs.rows)
    verdict = judged(off).verdict
    assert not verdict.is_accepted
    assert "calibration error" in verdict.reason


@pytest.mark.simulation
def test_a_gain_for_most_does_not_pay_for_a_loss_in_one_slice():
    gained, lost = planted_pairs(9_000, 0.2, 1.0, 1), planted_pairs(1_000, 2.5, 0.2, 2)
    both = Pairs(*(np.concatenate([a, b]) for a, b in zip(*((p.ours, p.theirs, p.outcomes, p.rows) for p in (gained, lost)), strict=True)))
    verdict = judged(both, {"region=north": lost, "region=south": gained}).verdict
    assert not verdict.is_accepted
    assert verdict.reason.startswith("AUC lost in region=north")


def test_a_slice_too_small_to_judge_is_shown_and_decides_nothing():
    few = planted_pairs(30, 3.0, 0.0, 2)
    found = judged(planted_pairs(8_000, 0.2, 1.0, 1), {"region=islet": few})
    assert found.verdict.is_accepted
    assert [(s.name, s.rows) for s in found.slices] == [("all", 8_000), ("region=islet", 30)]


def test_a_group_whose_probabilities_are_off_beyond_chance_is_flagged():
    fair = planted_pairs(4_000, 0.3, 0.3, 1)
    off = Pairs(fair.ours + 0.4, fair.theirs, fair.outcomes, fair.rows)
    found = judged(fair, {"gender=f": fair, "gender=m": off, "region=north": off}, has_champion=False)
    assert [s.name for s in found.unfair] == ["gender=m"]
    assert [s.name for s in found.judged_fair] == ["gender=f", "gender=m"]
    assert found.verdict is None


@pytest.mark.simulation
def test_a_small_group_that_is_off_by_chance_is_not_flagged():
    flagged = [bool(judged(planted_pairs(200, 0.3, 0.3, s), {"gender=f": planted_pairs(200, 0.3, 0.3, s)}, has_champion=False).unfair) for s in range(60)]
    assert sum(flagged) <= 8
