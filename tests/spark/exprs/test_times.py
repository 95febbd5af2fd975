"""Moments: offsets are believed, zones are declared, and half a date is no date."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import functions as F

from crosschannel.exprs.times import moment_expr

NINE = dt.datetime(2026, 7, 1, 9)


def moments(spark, format, zone, *texts):
    frame = spark.createDataFrame([(n, t) for n, t in enumerate(texts)], "n int, t string")
    return [r[0] for r in frame.orderBy("n").select(moment_expr(F.col("t"), format, zone)).collect()]


def test_an_offset_counts_more_than_the_zone_of_the_source(spark):
    assert moments(spark, "iso8601", "Europe/London", "2026-07-01T09:00:00Z", "2026-07-01 10:00:00+01:00", "2026-07-01 10:00:00") == [NINE] * 3


def test_local_winter_and_summer_differ(spark):
    assert moments(spark, "iso8601", "Europe/London", "2026-01-01T09:00:00") == [dt.datetime(2026, 1, 1, 9)]


@pytest.mark.parametrize("text", ["2026-02-30", "12:30", "2026", "", "01/07/2026", None])
def test_what_is_no_whole_date_is_no_moment(spark, text):
    assert moments(spark, "iso8601", "UTC", text) == [None]


def test_epochs_keep_their_fractions_and_have_an_end(spark):
    assert moments(spark, "epoch_seconds", "UTC", "1782896400", "1782896400.5", "1782896400000", "x", None) == [
        NINE, NINE + dt.timedelta(milliseconds=500), None, None, None,
    ]  # fmt: skip
    assert moments(spark, "epoch_millis", "UTC", "1782896400001", "1782896400000000") == [NINE + dt.timedelta(milliseconds=1), None]


def test_a_pattern_with_an_offset_needs_no_zone_and_one_without_takes_it(spark):
    assert moments(spark, "dd/MMM/yyyy:HH:mm:ss Z", "Europe/London", "01/Jul/2026:11:00:00 +0200", "31/Feb/2026:11:00:00 +0200") == [NINE, None]
    assert moments(spark, "yyyy-MM-dd HH:mm:ss", "Europe/London", "2026-07-01 10:00:00", "2026-07-01") == [NINE, None]
