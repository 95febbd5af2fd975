from datetime import date, datetime
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.errors import QualityError, UsageError
from crosschannel.io.lake import Lake
from crosschannel.runtime.context import CheckResult, JobContext
from tests.support.rows import assert_rows, row, rows
from tests.support.tables import Stock, Visits


def context(spark: SparkSession, tmp_path: Path, job: str, **different: object) -> JobContext:
    said: list[str] = different.pop("said", [])  # type: ignore[assignment]
    return JobContext(
        job=job, lake=Lake(spark, str(tmp_path)), raw="raw", seed=7, now=datetime(2026, 1, 5), open_tracker=lambda: None, say=said.append, **different
    )


def test_a_job_writes_what_it_produces_and_gets_the_table_as_stored(spark: SparkSession, tmp_path: Path) -> None:
    ctx = context(spark, tmp_path, "make_stock")
    ctx.write(Stock, rows(spark, Stock, row(shop="s", item="i", pieces=1)))
    stored = ctx.write(Stock, rows(spark, Stock, row(shop="s", item="j", pieces=2)))
    assert_rows(stored, row(item="i", pieces=1), row(item="j", pieces=2))
    assert ctx.rows_written == {"silver.stock": 2}
    assert ctx.outputs == {"silver.stock": ctx.lake.version(Stock.contract)}


def test_a_job_may_read_only_tables_that_name_it(spark: SparkSession, tmp_path: Path) -> None:
    assert context(spark, tmp_path, "count_visits").read(Visits).count() == 0
    with pytest.raises(UsageError, match="make_visits may not read silver.visits: add it to read_by"):
        context(spark, tmp_path, "make_visits").read(Visits)


def test_a_job_may_write_only_tables_it_produces(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="count_visits may not write silver.visits, which make_visits produces"):
        context(spark, tmp_path, "count_visits").write(Visits, rows(spark, Visits))


def test_a_check_is_recorded_whether_it_holds_or_not(spark: SparkSession, tmp_path: Path) -> None:
    ctx = context(spark, tmp_path, "make_stock")
    ctx.check("rows", observed=3, expected=3)
    ctx.check("size", observed=9, passed=True)
    with pytest.raises(QualityError, match="make_stock: check 'sum' failed: observed 1,000, expected 3"):
        ctx.check("sum", observed=1000, expected=3)
    assert ctx.checks == [CheckResult("rows", True, 3.0, 3.0), CheckResult("size", True, 9.0, None), CheckResult("sum", False, 1000.0, 3.0)]


def test_without_events_there_is_no_as_of_date(spark: SparkSession, tmp_path: Path) -> None:
    assert context(spark, tmp_path, "make_stock", pinned_as_of=date(2026, 1, 5)).as_of_date == date(2026, 1, 5)
    with pytest.raises(UsageError, match="no as-of date"):
        _ = context(spark, tmp_path, "make_stock").as_of_date


def test_progress_is_one_line_with_its_numbers(spark: SparkSession, tmp_path: Path) -> None:
    said: list[str] = []
    context(spark, tmp_path, "make_stock", said=said).log("counted", shops=1200, share=0.5)
    assert said == ["counted shops=1,200 share=0.5"]
