"""Every rule has a record it hits and one it misses, and all broken rules are named."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from crosschannel.ingest.records import to_records
from crosschannel.ingest.rules import Rule, broken_expr, reason_codes_expr
from tests.spark.ingest.judged import at, judged, line, raw_lines, reasons, source

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


def test_a_rule_that_yields_null_is_broken_unless_it_says_otherwise(spark):
    frame = spark.createDataFrame([(True,), (False,), (None,)], "x boolean")
    rules = [Rule("strict", F.col("x")), Rule("mild", F.col("x"), null_fails=False)]
    judged_rows = frame.select(broken_expr(rules).alias("broken")).select("broken", reason_codes_expr(rules, F.col("broken")).alias("codes")).collect()
    assert [(r.broken, r.codes) for r in judged_rows] == [([False, False], ""), ([True, True], "strict,mild"), ([True, False], "strict")]


def test_a_time_that_clocks_skipped_does_not_exist_and_one_they_showed_twice_is_flagged(spark):
    one = source(time={"field": "at", "zone": "Europe/London", "not_before": "2026-01-01", "not_after": "2026-12-31"})
    records = judged(spark, one, *[line(at=t) for t in ("2026-03-29T01:30:00", "2026-10-25T01:30:00", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00")])
    assert [(r.reason_codes, r.is_ambiguous) for r in records] == [("time_nonexistent", False), ("", True), ("", False), ("", False)]
    assert records[1].event_ts == at("2026-10-25 00:30")


def test_a_record_behind_the_allowed_lateness_is_too_late_and_one_on_the_edge_is_not(spark):
    one, newest = source(lateness_days=2), at("2026-01-10 12:00")
    lines = raw_lines(spark, line(at="2026-01-08T12:00:00Z"), line(at="2026-01-08T11:59:59Z"))
    assert [r.reason_codes for r in to_records(lines, one, newest=newest).orderBy("scan_position").collect()] == ["", "too_late"]
    assert [r.reason_codes for r in to_records(lines, source(), newest=newest).orderBy("scan_position").collect()] == ["", ""]


def test_records_without_any_part_of_the_key_do_not_pass_for_copies_of_one_another(spark):
    one = source(key=["event", "note"], fields={"note": "string"}, verb={"constant": "view"})
    assert reasons(spark, one, line(event=None), line(event=None, note="x")) == ["no_key", ""]


def test_a_number_in_quotes_is_one_unless_the_contract_refuses_it(spark):
    fields = {"n": "bigint", "deep": {"path": "a.b", "type": "double"}, "flag": "boolean", "f": "string"}
    lines = [line(n="1"), line(a={"b": "1.5"}), line(flag="true"), line(n=1, a={"b": 1.5}, flag=True, f="1"), line(n=None)]
    assert reasons(spark, source(fields=fields), *lines) == [""] * 5
    assert reasons(spark, source(fields=fields, quoted_numbers="refuse"), *lines) == ["type:n", "type:deep", "type:flag", "", ""]
