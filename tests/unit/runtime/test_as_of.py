from datetime import date, datetime

import pytest

from crosschannel.runtime.as_of import full_day

BEFORE = (datetime(2026, 3, 7, 23, 10), datetime(2026, 3, 6, 22, 40))


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        (datetime(2026, 3, 8, 23, 0), date(2026, 3, 8)),
        (datetime(2026, 3, 8, 21, 40), date(2026, 3, 8)),
        (datetime(2026, 3, 8, 21, 39, 59), date(2026, 3, 7)),
        (datetime(2026, 3, 8, 0, 5), date(2026, 3, 7)),
    ],
    ids=["as late as before", "an hour earlier than the earliest", "just over an hour earlier", "the night's first minutes"],
)
def test_a_day_is_full_when_its_last_act_is_as_late_as_those_of_the_days_before(newest: datetime, expected: date) -> None:
    assert full_day([newest, *BEFORE]) == expected


def test_the_first_day_of_all_is_taken_as_it_is() -> None:
    assert full_day([datetime(2026, 3, 8, 9, 0)]) == date(2026, 3, 8)


def test_the_day_before_the_first_of_a_month_is_the_last_of_the_month_before() -> None:
    assert full_day([datetime(2026, 3, 1, 9, 0), datetime(2026, 2, 28, 23, 0)]) == date(2026, 2, 28)


def test_without_events_there_is_no_full_day() -> None:
    assert full_day([]) is None
