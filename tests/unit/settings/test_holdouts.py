"""``holdouts.yaml``: who is left alone."""

from pathlib import Path
from typing import Any

import pytest

from crosschannel.errors import UsageError
from crosschannel.settings.holdouts import DRAW_BITS, HoldoutsSettings
from crosschannel.settings.load import validated


def holdouts(**given: Any) -> HoldoutsSettings:
    return validated({"salt": "a salt", **given}, HoldoutsSettings, Path("holdouts.yaml"))


def test_the_global_group_comes_first_and_covers_everything() -> None:
    rules = holdouts(global_control={"share": 0.05}, campaigns=[{"name": "win_back", "share": 0.2}]).rules
    assert [(r.name, r.covers, r.share) for r in rules] == [("global_control", "everything", 0.05), ("win_back", "campaign", 0.2)]


def test_a_share_within_window_in_places_without_a_float_in_between() -> None:
    (rule,) = holdouts(global_control={"share": 0.1}).rules
    assert rule.places == 2**DRAW_BITS // 10


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "nothing is held out"),
        ({"global_control": {"share": 0.6}}, "less than or equal to 0.5"),
        ({"global_control": {"share": 0}}, "greater than 0"),
        ({"campaigns": [{"name": "a", "share": 0.1}, {"name": "a", "share": 0.2}]}, "two holdouts are called a"),
        ({"global_control": {"share": 0.1, "name": "a b"}}, "should match pattern"),
        ({"global_control": {"share": 0.1}, "salt": "x"}, "at least 4 characters"),
        ({"global_kontrol": {"share": 0.1}}, "did you mean global_control"),
    ],
    ids=["nothing", "too large", "no share", "a name twice", "no name", "no salt", "misspelt"],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        holdouts(**given)
