import pytest

from crosschannel.errors import UsageError
from crosschannel.synth.parameters import DIFFICULTIES, World


def test_a_world_has_as_of_dates_at_each_sunday_and_on_its_last_day() -> None:
    assert World(10, 17, 1, "easy").as_of_days == (6, 13, 16)


def test_whole_weeks_end_on_a_sunday() -> None:
    assert World(10, 14, 1, "easy").as_of_days == (6, 13)


def test_a_world_lives_on_for_the_horizon() -> None:
    assert World(10, 98, 1, "easy").lived_weeks == 18
    assert World(10, 99, 1, "easy").lived_weeks == 19


@pytest.mark.parametrize("wrong", [{"people": 0}, {"days": 0}, {"days": 731}, {"difficulty": "medium"}, {"seed": -1}])
def test_impossible_worlds_are_refused(wrong: dict) -> None:
    with pytest.raises(UsageError):
        World(**{"people": 10, "days": 14, "seed": 1, "difficulty": "easy"} | wrong)


def test_files_grow_with_people() -> None:
    assert World(6_000, 98, 1, "easy").files == 1
    assert World(100_000, 98, 1, "easy").files == 2


def test_each_difficulty_is_harder_than_the_one_before() -> None:
    easy, standard, hard = DIFFICULTIES.values()
    for share in ("tablet_household", "kiosk_person", "placeholder", "phone_recycled", "anonymous_cookie", "duplicate", "corrupt"):
        assert getattr(easy, share) < getattr(standard, share) < getattr(hard, share)
