"""A project of two small sources on a lake of its own, for the tests of ingest and conform."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from crosschannel.contracts.table import Table
from crosschannel.io.lake import Lake
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.settings.identity import Blocklist, IdentitySettings, Namespace, Pseudonyms
from crosschannel.settings.sources import Source, SourcesSettings

SHOP: dict[str, Any] = {
    "source": "shop",
    "channel": "store",
    "format": "json_lines",
    "path": "shop/*",
    "fields": {
        "id": {"required": True},
        "at": {"required": True},
        "total": {"type": "decimal"},
        "email": {},
        "phone": {},
        "items": {"type": "json"},
        "shelf": {},
    },
    "key": ["id"],
    "time": {"field": "at", "not_before": "2026-01-01", "not_after": "2026-01-31"},
    "verb": {"constant": "purchase"},
    "identifiers": [{"field": "email", "namespace": "email"}, {"field": "phone", "namespace": "phone"}],
    "columns": {"order_id": "id", "order_amount": "total"},
    "currency_code": "GBP",
    "lines": {"field": "items", "product_id": "sku", "quantity": "n", "line_amount": "amount"},
    "properties": {"shelf": "shelf"},
}
TEXTS: dict[str, Any] = {
    "source": "texts",
    "channel": "sms",
    "format": "csv",
    "path": "texts/*.csv",
    "fields": {"sid": {"required": True}, "status": {}, "to": {}, "from": {}, "sent": {"required": True}},
    "key": ["sid", "status"],
    "time": {"field": "sent", "format": "yyyy-MM-dd HH:mm", "zone": "Europe/London", "not_before": "2026-01-01", "not_after": "2026-12-31"},
    "verb": {"field": "status", "map": {"sent": "send", "read": "engage"}},
    "identifiers": [{"field": "to", "namespace": "phone"}, {"field": "to", "with_fields": ["from"], "namespace": "thread"}],
}
SOURCES = SourcesSettings(sources=tuple(Source.model_validate_json(json.dumps(s)) for s in (SHOP, TEXTS)))
IDENTITY = IdentitySettings(
    namespaces={
        "email": Namespace(kind="person", priority=70, limit=3, normaliser="email", blocklist=Blocklist(exact=("test@example.com",))),
        "phone": Namespace(kind="person", priority=60, limit=3, normaliser="phone", region="GB"),
        "thread": Namespace(kind="device", priority=10),
    },
    pseudonyms=Pseudonyms(public_key="a key for tests only"),
)


class Killed(BaseException):
    """A kill: nothing catches it, as nothing catches a signal."""


def sale(number: int, **fields: Any) -> str:
    return json.dumps({"id": f"s{number}", "at": "2026-01-05T09:30:00Z", "total": 10, **fields})


def put(raw: Path, name: str, *lines: str) -> Path:
    path = raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def run(
    spark: SparkSession, folder: Path, job: Job, settings: Any, *, killed_before: str | None = None, said: list[str] | None = None
) -> JobContext:
    """Run a job on ``folder/raw`` and ``folder/lake``; ``killed_before`` names a table it dies in front of, ``said`` gets what it logs."""
    say = (lambda _: None) if said is None else said.append
    ctx = JobContext(job.name, Lake(spark, str(folder / "lake")), str(folder / "raw"), 7, dt.datetime(2026, 3, 1), _no_tracker, say)
    write = ctx.write

    def dying(table: type[Table], *args: Any, **how: Any) -> Any:
        if table.contract.name == killed_before:
            raise Killed
        return write(table, *args, **how)

    ctx.write = dying  # type: ignore[method-assign]
    job.run(ctx, settings)
    return ctx


def stored(spark: SparkSession, folder: Path, table: type[Table], *without: str) -> list[str]:
    """All rows of a table, in an order of their own, as text."""
    return sorted(str(r) for r in Lake(spark, str(folder / "lake")).read(table.contract).drop(*without).collect())


def _no_tracker() -> Any:
    raise AssertionError("these jobs log nothing to MLflow")
