"""Times in texts: how they are written is told by the values, and doubts are named."""

from datetime import date

import pytest

from crosschannel.drafting.moments import guess_time, window


@pytest.mark.parametrize(
    ("values", "format"),
    [
        (["2026-01-05T09:30:00Z", "2026-01-05T09:30:00.123+02:00"], "iso8601"),
        (["2022-07-25 16:37:07.000000 UTC"], "iso8601"),
        (["2026-01-05"], "iso8601"),
        (["1767605400", "1767605401.5"], "epoch_seconds"),
        (["1767605400123"], "epoch_millis"),
        (["25/01/2026 09:30:00", "05/01/2026 10:00:00"], "dd/MM/yyyy HH:mm:ss"),
        (["01/25/2026 09:30", "01/05/2026 10:00"], "MM/dd/yyyy HH:mm"),
        (["25.01.2026"], "dd.MM.yyyy"),
        (["17/May/2015:10:05:03 +0000"], "dd/MMM/yyyy:HH:mm:ss Z"),
        (["20260105", "20260106"], "yyyyMMdd"),
        (["20260105093000"], "yyyyMMddHHmmss"),
    ],
)
def test_the_format_is_told_by_the_values(values, format):
    guess = guess_time(values, may_be_epoch=True)
    assert guess is not None
    assert guess.format == format


@pytest.mark.parametrize("values", [["hello"], ["2026-13-40"], ["12:30"], ["1"], ["31/31/2026"], []])
def test_what_is_no_moment_is_none(values):
    assert guess_time(values, may_be_epoch=True) is None


def test_whole_numbers_are_times_only_under_a_name_that_says_so():
    assert guess_time(["1767605400"], may_be_epoch=False) is None


@pytest.mark.parametrize(
    ("values", "doubt"),
    [
        (["2026-01-05 09:30:00"], "no offset"),
        (["2026-01-05 09:30:00", "2026-01-05T09:30:00Z"], "1 of 2 values say no offset"),
        (["2026-01-05"], "without a time of day"),
        (["05/06/2026"], "day from month"),
        ([*["2026-01-05T09:30:00Z"] * 9, "soon"], "1 of 10 sampled values"),
        ([*["2022-07-25 16:37:07 UTC"] * 8, "2022-02-30 17:23:13 UTC"], "1 of 9 sampled values"),
    ],
)
def test_doubts_are_named(values, doubt):
    guess = guess_time(values, may_be_epoch=False)
    assert guess is not None
    assert any(doubt in said for said in guess.doubts)


def test_a_time_with_its_offset_leaves_no_doubt():
    guess = guess_time(["2026-01-05T09:30:00+00:00"], may_be_epoch=False)
    assert guess is not None
    assert guess.doubts == ()


def test_the_window_reaches_from_the_first_year_to_the_third_after_the_last():
    guess = guess_time(["2024-06-05", "2026-01-05"], may_be_epoch=False)
    assert guess is not None
    assert window(guess) == (date(2024, 1, 1), date(2029, 12, 31))
