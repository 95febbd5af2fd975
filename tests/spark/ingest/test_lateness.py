"""Late is what lies behind the newest event known before its delivery."""

from __future__ import annotations

import datetime as dt

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.ops import TouchedDays
from crosschannel.ingest.lateness import NEWEST, to_newest, to_touched_days
from crosschannel.io.staging import small_frame
from tests.support.rows import assert_rows, at, row, rows

NOW = dt.datetime(2026, 2, 1)


def test_the_newest_event_of_a_source_leaves_the_delivery_itself_out(spark):
    bronze = rows(
        spark, RawEvents,
        row(record_id="1", source="web", file_id="old", event_ts=at("10:00")),
        row(record_id="2", source="web", file_id="older", event_ts=at("09:00")),
        row(record_id="3", source="web", file_id="new", event_ts=at("12:00")),
        row(record_id="4", source="app", file_id="new", event_ts=at("12:00")),
    )  # fmt: skip
    delivery = small_frame(spark, [("new",)], [RawEvents.file_id])
    assert_rows(to_newest(bronze, delivery), {"source": "web", NEWEST: at("10:00")})


def test_only_days_that_gained_events_behind_the_newest_are_touched(spark):
    newest = spark.createDataFrame([("web", at("2026-01-05 10:00"))], f"source string, {NEWEST} timestamp")
    moments = ["2026-01-03 08:00", "2026-01-03 23:00", "2026-01-05 09:59", "2026-01-05 10:00", "2026-01-06 10:00"]
    accepted = rows(
        spark, RawEvents,
        *[row(record_id=m, source="web", event_ts=at(m)) for m in moments],
        row(record_id="x", source="app", event_ts=at("2026-01-01 00:00")),
    )  # fmt: skip
    touched = to_touched_days(accepted, newest, now=NOW)
    assert touched.columns == [str(c) for c in TouchedDays.contract.columns]
    assert_rows(
        touched,
        row(source="web", event_date=dt.date(2026, 1, 3), rows=2, ingest_ts=NOW),
        row(source="web", event_date=dt.date(2026, 1, 5), rows=1, ingest_ts=NOW),
    )
