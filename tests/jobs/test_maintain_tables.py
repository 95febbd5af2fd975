"""Maintenance on a real lake: it mends, prunes and tidies, and leaves every other row alone."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.ml import CustomerScores
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.silver import Events
from crosschannel.errors import StorageError
from crosschannel.io.lake import Lake
from crosschannel.jobs.maintain_tables import JOB
from crosschannel.runtime.context import JobContext
from crosschannel.settings.maintenance import MaintenanceSettings
from tests.support.rows import assert_rows, at, row, rows

DAY = dt.date(2026, 1, 31)
QUIET = MaintenanceSettings()
EVENTS = Events.contract


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    made = Lake(spark, str(tmp_path / "lake"))
    made.write(EVENTS, rows(spark, Events, row(event_id="e_new", verb="view", event_ts=at("2026-01-30 09:00"))))
    return made


def maintain(lake: Lake, settings: MaintenanceSettings = QUIET, day: dt.date | None = DAY) -> list[str]:
    said: list[str] = []
    ctx = JobContext("maintain_tables", lake, "", 7, dt.datetime(2026, 3, 1), lambda: None, said.append, day)  # type: ignore[arg-type,return-value]
    JOB.run(ctx, settings)
    return said


def state(lake: Lake) -> str:
    ctx = JobContext("maintain_tables", lake, "", 7, dt.datetime(2026, 3, 1), lambda: None, print, DAY)  # type: ignore[arg-type,return-value]
    return JOB.also_depends_on(ctx, QUIET)


def test_a_healthy_lake_is_left_alone(lake):
    version = lake.version(EVENTS)
    assert maintain(lake) == [f"nothing to maintain tables={len(CONTRACTS)} steps=0"]
    assert lake.version(EVENTS) == version


def test_rows_past_retention_are_deleted_counted_from_the_as_of_date(lake):
    lake.write(EVENTS, rows(lake.spark, Events, row(event_id="e_old", verb="view", event_ts=at("2023-01-30 09:00"))))
    assert "silver.events: deleted rows older than 730 days" in maintain(lake)
    assert_rows(lake.read(EVENTS), row(event_id="e_new"))
    version = lake.version(EVENTS)
    maintain(lake)
    assert lake.version(EVENTS) == version


def test_a_whole_partition_past_retention_is_deleted(lake):
    contract = CustomerScores.contract
    for day in (dt.date(2023, 1, 1), DAY):
        lake.write(contract, rows(lake.spark, CustomerScores, row(customer_id="c_1", as_of_date=day, decile=1)), slices=[day])
    maintain(lake)
    assert_rows(lake.read(contract), row(as_of_date=DAY))


def test_without_a_date_nothing_expires(lake):
    lake.write(EVENTS, rows(lake.spark, Events, row(event_id="e_old", verb="view", event_ts=at("2023-01-30 09:00"))))
    maintain(lake, day=None)
    assert lake.read(EVENTS).count() == 2


def test_compaction_and_cleanup_change_no_row_and_no_data_version(lake):
    for n in range(3):
        lake.write(EVENTS, rows(lake.spark, Events, row(event_id=f"e{n}", verb="view", event_ts=at("09:00"))))
    before, version, depends_on = sorted(lake.read(EVENTS).collect()), lake.data_version(EVENTS), state(lake)
    eager = MaintenanceSettings(min_small_files=2, compact_every=2, vacuum_every=2)
    done = maintain(Lake(lake.spark, os.path.relpath(lake.root)), eager)  # as somebody names it who stands beside it
    assert [line.split(": ")[1] for line in done[:-1]] == ["compacted 4 files", "cleaned up"]
    assert sorted(lake.read(EVENTS).collect()) == before
    assert lake.data_version(EVENTS) == version
    assert state(lake) == depends_on
    assert maintain(lake, eager)[-1].startswith("nothing to maintain")


def test_a_nullable_column_the_contract_gained_is_added(lake):
    lake.spark.sql(f"ALTER TABLE delta.`{lake.path(EVENTS)}` SET TBLPROPERTIES ('delta.columnMapping.mode'='name')")
    lake.spark.sql(f"ALTER TABLE delta.`{lake.path(EVENTS)}` DROP COLUMNS (content_id, cost_amount)")
    assert "silver.events: added cost_amount, content_id" in maintain(lake)
    assert_rows(lake.read(EVENTS), row(event_id="e_new", content_id=None, cost_amount=None))


def test_a_difference_that_would_lose_data_is_named_and_refused(spark, tmp_path):
    lake = Lake(spark, str(tmp_path / "lake"))
    spark.createDataFrame([("e1", 5, "x")], "event_id string, node_key int, colour string").write.format("delta").save(lake.path(EVENTS))
    with pytest.raises(StorageError) as refused:
        maintain(lake)
    message = str(refused.value)
    assert "silver.events" in message
    assert "node_key is stored as int, bigint declared" in message
    assert "source is required but not stored" in message
    assert "colour is stored but not declared" in message
