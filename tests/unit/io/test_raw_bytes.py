"""Dates of files as disks tell them."""

from types import SimpleNamespace

import pytest

from crosschannel.contracts.raw import RawFile
from crosschannel.ingest.discover import modified_ts
from crosschannel.io.raw_bytes import changed_ms


@pytest.mark.parametrize(("told", "year"), [(10**15, 9999), (-(10**15), 1900), (0, 1970)])
def test_a_date_that_python_does_not_know_is_the_nearest_it_does(told: int, year: int) -> None:
    status = SimpleNamespace(getModificationTime=lambda: told)
    assert modified_ts(RawFile("web", "csv", "a", "a", "a", 1, changed_ms(status))).year == year
