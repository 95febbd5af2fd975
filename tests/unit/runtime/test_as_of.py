from datetime import date, datetime

import pytest

from crosschannel.runtime.as_of import full_day_before


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        (datetime(2026, 3, 8, 23, 0, 0), date(2026, 3, 8)),
        (datetime(2026, 3, 8, 23, 59, 59), date(2026, 3, 8)),
        (datetime(2026, 3, 8, 22, 59, 59), date(2026, 3, 7)),
        (datetime(2026, 3, 1, 0, 0, 0), date(2026, 2, 28)),
    ],
    ids=["the last hour begins", "the last hour ends", "just before the last hour", "over the end of a month"],
)
def test_a_day_is_full_when_the_data_reach_its_last_hour(latest: datetime, expected: date) -> None:
    assert full_day_before(latest) == expected
