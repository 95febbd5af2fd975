"""Rows of the driver as a frame."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from pyspark.errors import PySparkValueError
from pyspark.sql import SparkSession

from crosschannel.exprs.driver_rows import frame_of

SCHEMA = "a string NOT NULL, b timestamp, c decimal(18,2), d map<string,bigint>, e array<string>, f binary, g date, h double, i boolean"
ROW = ("x", dt.datetime(2026, 3, 1, 2, 30), Decimal("1.50"), {"k": 1}, ["p", "q"], b"\0\1", dt.date(2026, 1, 2), 0.5, True)


def test_every_type_comes_back_as_it_was_given(spark: SparkSession) -> None:
    rows = [ROW, ("y", *[None] * 8)]
    assert [tuple(r) for r in frame_of(spark, rows, SCHEMA).collect()] == rows


def test_the_rows_are_part_of_the_plan_so_that_a_join_with_none_costs_nothing(spark: SparkSession) -> None:
    none = frame_of(spark, [], SCHEMA)
    assert none.collect() == []
    numbers = spark.range(5)
    plan = numbers.join(none, on=numbers.id == none.h, how="inner")._jdf.queryExecution().optimizedPlan().toString()
    assert "Join" not in plan


def test_null_where_none_may_be_is_refused(spark: SparkSession) -> None:
    with pytest.raises(PySparkValueError):
        frame_of(spark, [(None, *ROW[1:])], SCHEMA)
