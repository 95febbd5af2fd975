"""Lines in, judged records out: what most tests of this room begin with."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession

from crosschannel.contracts.bronze import RawLines
from crosschannel.ingest.records import to_records
from crosschannel.io.staging import small_frame
from crosschannel.settings.sources import Source

LOG = {
    "source": "log",
    "channel": "web",
    "format": "json_lines",
    "path": "log/*",
    "fields": {"id": {"required": True}, "at": {"required": True}, "event": {}},
    "key": ["id"],
    "time": {"field": "at", "not_before": "2026-01-01", "not_after": "2026-01-31"},
    "verb": {"field": "event", "map": {"page": "view", "buy": "purchase"}},
}


def source(**changes: Any) -> Source:
    """A small JSON source with a few differences; a field may be given as the name of its type."""
    fields = {n: {"type": f} if isinstance(f, str) else f for n, f in changes.pop("fields", {}).items()}
    return Source.model_validate_json(json.dumps({**LOG, **changes, "fields": {**LOG["fields"], **fields}}))


def line(**fields: Any) -> str:
    """A good line of the small source, with a few differences."""
    return json.dumps({"id": "1", "at": "2026-01-05T09:30:00Z", "event": "page", **fields})


def raw_lines(spark: SparkSession, *lines: str | bytes) -> DataFrame:
    frame = small_frame(spark, [(0, 0, n, text) for n, text in enumerate(lines)], RawLines.columns[:4])
    return frame.selectExpr("*", f"trim({RawLines.line}) != '' AS {RawLines.is_record}", f"false AS {RawLines.is_cut}", f"timestamp'2026-01-05 09:00:00' AS {RawLines.arrived_ts}")


def judged(spark: SparkSession, one: Source, *lines: str, header: tuple[str, ...] = ()) -> list[Row]:
    return to_records(raw_lines(spark, *lines), one, header).orderBy("scan_position").collect()


def reasons(spark: SparkSession, one: Source, *lines: str, header: tuple[str, ...] = ()) -> list[str]:
    return [r.reason_codes for r in judged(spark, one, *lines, header=header)]


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
