"""Arms drawn by hash: fair, stable, independent of each other. The Spark twin is held beside it in tests/spark."""

import numpy as np
import pytest

from crosschannel.activation.arms import is_control
from crosschannel.settings.holdouts import HoldoutRule

CUSTOMERS = [f"c_{number:020d}" for number in range(20_000)]


def rule(name: str = "global_control", share: float = 0.05, salt: str = "a salt") -> HoldoutRule:
    return HoldoutRule(name=name, covers="everything", share=share, salt=salt)


def drawn(one: HoldoutRule) -> np.ndarray:
    return np.array([is_control(one, c) for c in CUSTOMERS])


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5])
def test_a_control_group_is_as_large_as_its_share_says(share: float) -> None:
    held = drawn(rule(share=share)).sum()
    assert abs(held - len(CUSTOMERS) * share) < 3.3 * np.sqrt(len(CUSTOMERS) * share * (1 - share))


def test_a_larger_share_only_adds_to_the_control_group() -> None:
    small, large = drawn(rule(share=0.05)), drawn(rule(share=0.1))
    assert not (small & ~large).any()


@pytest.mark.parametrize("other", [rule(name="win_back", share=0.3), rule(share=0.3, salt="another")], ids=["another name", "another salt"])
def test_holdouts_are_independent_of_each_other(other: HoldoutRule) -> None:
    one, two = drawn(rule(share=0.3)), drawn(other)
    assert abs(np.corrcoef(one, two)[0, 1]) < 3.3 / np.sqrt(len(CUSTOMERS))


def test_the_draw_is_kept_for_good() -> None:
    assert "".join("01"[is_control(rule(share=0.5), c)] for c in CUSTOMERS[:32]) == "10110100011010111011110110010011"
