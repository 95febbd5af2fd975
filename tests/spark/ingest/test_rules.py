"""Every rule has a record it hits and one it misses, and all broken rules are named."""

from __future__ import annotations

import pytest

from tests.spark.ingest.judged import at, judged, line, reasons, source

LINES = {"field": "items", "product_id": "sku", "quantity": "n", "line_amount": "amount"}


@pytest.mark.parametrize(
    ("declared", "good", "bad", "code"),
    [
        ({"required": True}, "x", None, "missing:f"),
        ({"type": "bigint"}, 12, "12.5", "type:f"),
        ({"type": "bigint"}, "-3", 12345678901234567890, "type:f"),
        ({"type": "double"}, 1e3, "NaN", "type:f"),
        ({"type": "double"}, "2.5", "Infinity", "type:f"),
        ({"type": "decimal"}, 19.99, "19,99", "type:f"),
        ({"type": "boolean"}, True, "perhaps", "type:f"),
        ({"type": "string"}, "[Offer] for you", {"a": 1}, "type:f"),
        ({"type": "string"}, "{", ["a"], "type:f"),
        ({"type": "json"}, [1], "text", "type:f"),
        ({"is_in": ["GBP"]}, "GBP", "EUR", "not_allowed:f"),
        ({"type": "decimal", "at_least": 0}, 0, -0.01, "out_of_range:f"),
        ({"type": "bigint", "at_most": 10}, 10, 11, "out_of_range:f"),
    ],
)
def test_a_field_rule_hits_what_it_should_and_nothing_else(spark, declared, good, bad, code):
    one = source(fields={"f": declared})
    absent = code if declared.get("required") else ""
    assert reasons(spark, one, line(f=good), line(f=bad), line()) == ["", code, absent]


def test_an_overflowing_number_is_no_number(spark):
    assert reasons(spark, source(fields={"f": "double"}), line().replace("}", ', "f": 1e400}')) == ["type:f"]


def test_order_lines_need_a_product_and_a_readable_amount(spark):
    one = source(fields={"items": "json"}, lines=LINES)
    good = [{"sku": "a", "n": 1, "amount": 2.5}, {"sku": "b", "amount": "3"}]
    broken = [{"n": 1, "amount": 2.5}, {"sku": "a"}, {"sku": "a", "amount": "x"}, {"sku": "a", "amount": 1, "n": "x"}, 7]
    assert reasons(spark, one, line(items=good), line(items=[]), line()) == ["", "", ""]
    assert reasons(spark, one, *[line(items=[*good, b]) for b in broken]) == ["lines:items"] * len(broken)


def test_an_object_where_a_list_of_lines_belongs_is_refused(spark):
    assert reasons(spark, source(fields={"items": "json"}, lines=LINES), line(items={"sku": "a", "amount": 1})) == ["lines:items"]


def test_a_moment_must_be_readable_and_plausible(spark):
    texts = ["2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", "2025-12-31T23:59:59Z", "2026-02-30", "12:30", "2026", "1767600000000"]
    assert reasons(spark, source(), *[line(at=t) for t in texts]) == ["", *["time_implausible"] * 2, *["time_unreadable"] * 4]


def test_milliseconds_read_as_seconds_are_refused_not_moved_into_the_far_future(spark):
    one = source(time={"field": "at", "format": "epoch_seconds", "not_before": "2026-01-01", "not_after": "2026-01-31"})
    records = judged(spark, one, line(at=1767600000), line(at=1767600000000))
    assert [r.reason_codes for r in records] == ["", "time_unreadable"]
    assert records[0].event_ts == at("2026-01-05 08:00")


def test_an_unknown_or_absent_native_name_is_unmapped(spark):
    assert reasons(spark, source(), line(event="hover"), line(event=None)) == ["unmapped_verb"] * 2


def test_all_broken_rules_are_named_in_the_order_of_the_rules(spark):
    one = source(fields={"f": {"type": "bigint", "required": True}, "g": {"is_in": ["a"]}})
    assert reasons(spark, one, line(id=None, at="?", event="?", g="b")) == [
        "missing:id,missing:f,not_allowed:g,no_key,time_unreadable,unmapped_verb",
    ]
