"""What can be read is read by name; what cannot is refused whole, never repaired."""

from __future__ import annotations

import json

import pytest

from crosschannel.contracts.bronze import RawLines
from crosschannel.ingest.records import to_records
from tests.spark.ingest.judged import judged, line, raw_lines, reasons, source

PATTERN = r"(?P<id>\w+) \[(?P<at>[^\]]+)\] (?:-|(?P<event>\w+))"


def payloads(records):
    return [json.loads(r.payload) if r.payload else None for r in records]


def test_nested_values_are_found_by_their_path_and_kept_as_text(spark):
    one = source(fields={"total": {"path": "order.total", "type": "decimal"}, "items": {"path": "order.items", "type": "json"}})
    (record,) = judged(spark, one, line(order={"total": 12.5, "items": [{"sku": "a"}], "other": 1}))
    assert json.loads(record.payload) == {
        "id": "1", "at": "2026-01-05T09:30:00Z", "event": "page", "total": "12.5", "items": '[{"sku":"a"}]',
    }  # fmt: skip


def test_a_path_inside_a_field_that_is_kept_whole_is_found_too(spark):
    one = source(fields={"order": "json", "total": {"path": "order.total", "type": "decimal"}})
    (record,) = judged(spark, one, line(order={"total": 12}))
    assert payloads([record])[0]["total"] == "12"


@pytest.mark.parametrize(
    "text",
    [
        '{"id":"1","at":"2026-01-0',
        "[" + line() + "," + line() + "]",
        line() + " and more",
        line() + line(),
        line() + " , " + line(),
        line(a={"b": 1}) + line(a={"b": 1}),
        "3",
        line(id="a\x00b").replace("\\u0000", "\x00"),
        '{"id":"1","at":"2026-01-05T09:30:00Z","event":' + "[" * 2000 + "]" * 2000 + "}",
    ],
    ids=["truncated", "array", "trailing text", "two objects", "two objects in a list", "two nested objects", "scalar", "NUL", "nested too deep"],
)
def test_a_line_that_is_no_json_object_is_unreadable_and_kept(spark, text):
    (record,) = judged(spark, source(), text)
    assert (record.reason_codes, record.payload, record.raw) == ("unreadable", None, text)


def test_bytes_that_are_no_utf8_are_refused_and_kept_as_base64(spark):
    lines = raw_lines(spark, "x").selectExpr("file_no", "block_start", "scan_position", "cast(unhex('7BFF7D') as string) AS line", "is_record", "is_cut", "arrived_ts")
    (record,) = to_records(lines, source()).collect()
    assert (record.reason_codes, record.raw) == ("not_utf8", "base64:e/99")


def test_a_byte_order_mark_and_blanks_around_an_object_do_no_harm(spark):
    assert reasons(spark, source(), "\ufeff" + line(), "  " + line() + " ") == ["", ""]


def test_a_blank_line_is_no_record_and_a_blank_value_is_absent(spark):
    blank, record = judged(spark, source(), "   ", line(event=" "))
    assert not blank.is_record
    assert record.reason_codes == "unmapped_verb"


def test_csv_columns_are_bound_by_name_whatever_their_order(spark):
    one = source(format="csv")
    assert payloads(judged(spark, one, "page,2026-01-05,1,extra", header=("event", "at", "id", "new"))) == [
        {"id": "1", "at": "2026-01-05", "event": "page"},
    ]


def test_csv_rows_that_are_short_or_long_or_leave_a_quote_open_are_unreadable(spark):
    one, header = source(format="csv"), ("id", "at", "event")
    good = '"1 ""a"", b",2026-01-05,page'
    assert reasons(spark, one, good, "1,2026-01-05", "1,2026-01-05,page,4", '"1,2026-01-05,page', header=header) == ["", *["unreadable"] * 3]
    assert payloads(judged(spark, one, good, header=header))[0]["id"] == '1 "a", b'


def test_a_column_that_a_csv_delivery_lacks_is_absent_in_all_its_rows(spark):
    assert reasons(spark, source(format="csv"), "1,page", header=("id", "event")) == ["missing:at"]


def test_a_pattern_must_match_the_whole_line(spark):
    one = source(format="pattern", pattern=PATTERN)
    records = judged(spark, one, "1 [2026-01-05] page", "1 [2026-01-05] page more", "1 [2026-01-05", "1 [2026-01-05] -", "1\x01[2026-01-05] page")
    assert [r.reason_codes for r in records] == ["", "unreadable", "unreadable", "unmapped_verb", "unreadable"]
    assert payloads(records)[0] == {"id": "1", "at": "2026-01-05", "event": "page"}


def test_all_columns_of_a_record_survive_with_their_place(spark):
    (record,) = to_records(raw_lines(spark, line()).drop("x"), source()).select(RawLines.file_no, RawLines.scan_position).collect()
    assert tuple(record) == (0, 0)


def extras(spark, one, *lines, header=()):
    return [r.extras for r in judged(spark, one, *lines, header=header)]


def test_what_the_contract_does_not_declare_is_kept_as_text(spark):
    one = source(fields={"kind": {"path": "page.kind"}, "total": {"path": "order.total"}, "deep": {"path": "a.b.c"}})
    lines = [line(), line(brand="acme", tags=["a"], no=None), line(page={"kind": "x", "lang": "en"}, order={"total": 1, "tax": 2}), line(a={"b": {"c": 1}})]
    assert extras(spark, one, *lines) == [None, {"brand": "acme", "tags": '["a"]', "no": None}, {"page.lang": "en", "order.tax": "2"}, None]
    assert payloads(judged(spark, one, lines[2], lines[3]))[0]["kind"] == "x"
    assert payloads(judged(spark, one, lines[2], lines[3]))[1]["deep"] == "1"


def test_a_csv_column_that_is_not_declared_is_kept_and_columns_may_differ_in_case_alone(spark):
    assert extras(spark, source(format="csv"), "1,2026-01-05,page,x,y,z", header=("id", "at", "event", "ID", "`", "")) == [{"ID": "x", "`": "y", "column 6": "z"}]


def test_a_field_is_found_under_another_name_where_its_own_is_absent(spark):
    one = {"fields": {"id": {"required": True, "aliases": ["ID", "event_id"]}}}
    texts = [line(), line().replace('"id"', '"ID"'), line(ID="2"), line().replace('"id"', '"Id"')]
    assert [p and p["id"] for p in payloads(judged(spark, source(**one), *texts))] == ["1", "1", "1", None]
    assert extras(spark, source(**one), *texts) == [None, None, None, {"Id": "1"}]
    assert payloads(judged(spark, source(format="csv", **one), "7,2026-01-05,page", header=("event_id", "at", "event")))[0]["id"] == "7"


def test_a_key_that_stands_twice_is_refused_or_the_last_one_counts_as_the_contract_says(spark):
    twice = line().replace("}", ', "event": "buy"}')
    assert reasons(spark, source(), twice, line()) == ["duplicate_key", ""]
    assert payloads(judged(spark, source(repeated_keys="last"), twice))[0]["event"] == "buy"
