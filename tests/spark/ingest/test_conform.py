"""What a contract says of a record decides whom it names."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from pyspark.sql import functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.ingest.conform import IDENTIFIERS, to_events, with_event_id
from crosschannel.settings.load import load_settings
from crosschannel.settings.sources import Source
from tests.spark.ingest.judged import judged, reasons, source
from tests.support.code import ROOT
from tests.support.rows import row, rows

SHOP, CUSTOMER = "+12125550100", "+12125550199"


@pytest.mark.parametrize("template", ["message", "call"])
def test_the_customer_is_the_receiver_of_what_goes_out_and_the_sender_of_what_comes_in(spark, template):
    twilio = load_settings(ROOT / f"conf/templates/twilio/{template}.yaml", Source)
    record = {"id": "1", "status": "delivered", "date_sent": "2026-01-05", "start_time": "2026-01-05"}
    sent = record | {"direction": "outbound-api", "from": SHOP, "to": CUSTOMER}
    came = record | {"direction": "inbound", "from": CUSTOMER, "to": SHOP, "status": "received"}
    bronze = rows(spark, RawEvents, *[row(record_id=str(n), event_key=str(n), source=twilio.source, payload=json.dumps(r)) for n, r in enumerate((sent, came))])
    events = bronze.transform(with_event_id).transform(to_events, (twilio,), lambda _, text: text)
    named = events.select("verb", F.array_compact(IDENTIFIERS).alias("named")).collect()
    assert dict(map(tuple, named)) == {"send": [CUSTOMER], "engage" if template == "message" else "contact": [CUSTOMER]}


def test_a_condition_names_a_declared_field():
    with pytest.raises(ValidationError, match="evnt"):
        source(identifiers=[{"field": "id", "namespace": "x", "where": {"field": "evnt", "is_in": ["page"]}}])


@pytest.mark.parametrize("format", ["csv", "json_lines"])
def test_a_value_inside_a_json_text_is_a_field_like_any_other(spark, format):
    inner = json.dumps({"plan": {"name": "gold"}, "score": "7", "bad": "x"})
    fields = {
        "plan": {"path": "more", "inside": "plan.name", "is_in": ["gold"]},
        "score": {"path": "more", "inside": "score", "type": "bigint"},
        "none": {"path": "more", "inside": "nothing"},
    }
    one = source(format=format, fields=fields, quoted_numbers="refuse")
    quoted = inner.replace('"', '""')
    good = json.dumps({"id": "1", "at": "2026-01-05", "event": "page", "more": inner}) if format == "json_lines" else f'1,2026-01-05,page,"{quoted}"'
    header = ("id", "at", "event", "more")
    (record,) = judged(spark, one, good, header=header)
    assert (record.reason_codes, record.extras) == ("", None)
    assert {k: v for k, v in json.loads(record.payload).items() if k in fields} == {"plan": "gold", "score": "7"}
    strict = source(format=format, fields={"bad": {"path": "more", "inside": "bad", "type": "bigint"}, "gone": {"path": "more", "inside": "gone", "required": True}})
    assert reasons(spark, strict, good, header=header) == ["type:bad,missing:gone"]
