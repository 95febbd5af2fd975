"""Money nets to the cent, and full exports of profiles become changes: planted cases on a real lake."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.io.lake import Lake
from crosschannel.jobs import conform_events, ingest_events
from crosschannel.settings.conform import ConformSettings
from crosschannel.settings.sources import Source, SourcesSettings
from tests.jobs.intake import IDENTITY, put, run

TIME = {"field": "at", "not_before": "2026-01-01", "not_after": "2026-01-31"}
TILL: dict[str, Any] = {
    "source": "till", "channel": "store", "format": "json_lines", "path": "till/*",
    "fields": {
        "id": {"required": True}, "at": {"required": True}, "kind": {}, "cur": {}, "email": {},
        "total": {"type": "decimal", "unit": "cents"}, "items": {"type": "json"},
    },
    "key": ["id"], "time": TIME, "verb": {"field": "kind", "map": {"sale": "purchase", "refund": "return"}},
    "identifiers": [{"field": "email", "namespace": "email"}],
    "columns": {"order_id": "id", "order_amount": "total", "currency_code": "cur"}, "currency_code": "GBP",
    "lines": {"field": "items", "product_id": "sku", "line_amount": "pence", "unit": "cents"},
}  # fmt: skip
ADS: dict[str, Any] = {
    "source": "ads", "channel": "ads", "format": "csv", "path": "ads/*",
    "fields": {"day": {"required": True}, "campaign": {}, "spend": {"type": "decimal", "unit": "millionths of the account's currency"}},
    "key": ["day", "campaign"], "time": {**TIME, "field": "day"}, "verb": {"constant": "spend"},
    "columns": {"campaign_id": "campaign", "cost_amount": "spend"},
}  # fmt: skip
CRM: dict[str, Any] = {
    "source": "crm", "channel": "crm", "format": "csv", "path": "crm/*",
    "fields": {"crm_id": {"required": True}, "email": {}, "region": {}, "batch": {}, "at": {"required": True}},
    "key": ["crm_id", "at"], "time": TIME, "verb": {"constant": "profile"}, "identifiers": [{"field": "email", "namespace": "email"}],
    "properties": {"region": "region"}, "snapshot": {"key": ["crm_id"], "ignore": ["batch"]},
}  # fmt: skip


def source(base: dict[str, Any], **changes: Any) -> Source:
    return Source.model_validate_json(json.dumps({**base, **changes}))


SETTINGS = ConformSettings(sources=SourcesSettings(sources=(source(ADS), source(CRM), source(TILL))), identity=IDENTITY)


def receipt(number: int, kind: str, total: int, *pence: int, **fields: Any) -> str:
    lines = [{"sku": f"p{n}", "pence": p} for n, p in enumerate(pence)]
    return json.dumps({"id": f"r{number}", "at": "2026-01-05T09:30:00Z", "kind": kind, "total": total, "items": lines, **fields})


def conformed(spark, folder: Path) -> tuple[list[Any], dict[str, float], dict[str, int]]:
    """Run both jobs; return the events, what was observed by the checks, and the rows written."""
    run(spark, folder, ingest_events.JOB, SETTINGS.sources)
    ctx = run(spark, folder, conform_events.JOB, SETTINGS)
    return Lake(spark, str(folder / "lake")).read(Events.contract).collect(), {c.name: c.observed for c in ctx.checks}, ctx.rows_written


def test_sales_and_returns_net_to_the_cent_in_each_currency(spark, tmp_path):
    put(
        tmp_path / "raw", "till/a",
        receipt(1, "sale", 1999, 999, 1000), receipt(2, "refund", 1000, 1000), receipt(3, "refund", -999, -999),
        receipt(4, "sale", 10, 3, 3, 4, cur="eur"), receipt(5, "sale", 29, 10, 10, 10, cur="EUR"), receipt(6, "sale", 70),
    )  # fmt: skip
    events, observed, _ = conformed(spark, tmp_path)
    net, by_lines = defaultdict(Decimal), defaultdict(Decimal)
    for event in events:
        net[event.currency_code] += event.order_amount
        by_lines[event.currency_code] += sum((line.line_amount for line in event.lines or ()), Decimal(0))
    assert net == {"GBP": Decimal("0.70"), "EUR": Decimal("0.39")}
    assert by_lines == {"GBP": Decimal("0.00"), "EUR": Decimal("0.40")}
    assert {e.order_id: e.order_amount for e in events if e.verb == "return"} == {"r2": Decimal("-10.00"), "r3": Decimal("-9.99")}
    assert observed["orders whose lines do not sum to their amount"] == 1  # r5; an order without lines claims nothing
    assert observed["events with an amount rounded to cents"] == 0


def test_parts_of_a_unit_become_the_unit_and_what_is_lost_within_window(spark, tmp_path):
    put(tmp_path / "raw", "ads/a", "day,campaign,spend", "2026-01-05,c1,12340000", "2026-01-06,c1,1005000", "2026-01-07,c1,0")
    events, observed, _ = conformed(spark, tmp_path)
    assert sorted(e.cost_amount for e in events) == [Decimal("0.00"), Decimal("1.01"), Decimal("12.34")]
    assert observed["events with an amount rounded to cents"] == 1
    assert observed["events with an amount without currency"] == 3


@pytest.mark.parametrize("unit", ["cent", "Cents", "millionth of a euro"])
def test_a_unit_that_is_nearly_a_part_of_one_is_refused(unit):
    with pytest.raises(ValidationError, match="nearly a part of a currency's unit.*cents"):
        source(TILL, fields={**TILL["fields"], "total": {"type": "decimal", "unit": unit}})


@pytest.mark.long
def test_a_full_export_is_an_event_only_where_a_profile_changed(spark, tmp_path):
    header = "crm_id,email,region,batch,at"
    put(tmp_path / "raw", "crm/a", header, "1,ann@example.com,north,b1,2026-01-05 00:00:00", "2,bob@example.com,south,b1,2026-01-05 00:00:00")
    put(tmp_path / "raw", "crm/b", header, "1,ann@example.com,north,b2,2026-01-12 00:00:00", "2,bob@example.com,east,b2,2026-01-12 00:00:00")
    events, *_ = conformed(spark, tmp_path)
    assert sorted((e.event_ts.day, e.properties["region"]) for e in events) == [(5, "north"), (5, "south"), (12, "east")]

    put(
        tmp_path / "raw", "crm/c", header,
        "1,ann@example.com,north,b3,2026-01-19 00:00:00", "2,bob@example.com,south,b3,2026-01-19 00:00:00", "3,,west,b3,2026-01-19 00:00:00",
    )  # fmt: skip
    events, observed, written = conformed(spark, tmp_path)
    assert written["silver.events"] == 2  # bob is back in the south, and somebody is new
    assert sorted((e.event_ts.day, e.properties["region"]) for e in events)[3:] == [(19, "south"), (19, "west")]
    assert observed["one event per accepted record that is no repeated snapshot"] == 7
    assert Lake(spark, str(tmp_path / "lake")).read(Identifiers.contract).count() == 4
    assert sum(conformed(spark, tmp_path)[2].values()) == 0


@pytest.mark.long
def test_a_late_export_leaves_the_accounts_right(spark, tmp_path):
    header = "crm_id,email,region,batch,at"
    put(tmp_path / "raw", "crm/a", header, "1,,north,b1,2026-01-05 00:00:00", "1,,south,b3,2026-01-19 00:00:00")
    conformed(spark, tmp_path)
    put(tmp_path / "raw", "crm/late", header, "1,,south,b2,2026-01-12 00:00:00")
    events, observed, _ = conformed(spark, tmp_path)
    assert sorted(e.event_ts.day for e in events) == [5, 12, 19]  # the change is known from the 12th; the event of the 19th is not taken back
    assert observed["one event per accepted record that is no repeated snapshot"] == 3
