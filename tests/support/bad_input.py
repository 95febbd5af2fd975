"""The bad-input corpus: files as they should never come, and what must become of each.

Every case is one file of one small source.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

from tests.support.bad_bytes import compressed, encodings, long_lines
from tests.support.bad_file import Case, good, parquet, raw_value, text

MILLION = 1_000_000


def _json_lines() -> Iterator[Case]:
    ok = good
    yield Case("truncated_last_line", 1, "json", text(ok("a1")) + b'{"id": "a2", "at": "2026', good=1, reasons={"unreadable": 1})
    yield Case("invalid_utf8", 2, "json", text(ok("b1")) + b'{"id": "\xff\xfe", "at": "x"}\n', good=1, reasons={"not_utf8": 1})
    yield Case(
        "nul", 3, "json", text(ok("c1")) + text(ok("c2", event="a!b")).replace(b"!", b"\0") + b"\0" * 40 + b"\n", good=1, reasons={"unreadable": 2}
    )
    yield Case("byte_order_mark", 4, "json", b"\xef\xbb\xbf" + text(ok("d1"), ok("d2")), good=2)
    yield Case("crlf", 4, "json", text(ok("e1"), ok("e2"), end="\r\n"), good=2)
    yield Case("carriage_returns", 4, "json", text(ok("e3"), ok("e4"), end="\r"), reasons={"unreadable": 1})
    yield Case("blank_lines", 4, "json", text("", ok("f1"), "  ", ok("f2"), "\r", ""), good=2)
    yield Case("empty", 4, "json", b"")
    yield Case("no_last_line_end", 4, "json", text(ok("g1")) + ok("g2").encode(), good=2)
    yield Case("utf16", 5, "json", text(ok("h1")).decode().encode("utf-16"), refused="not_utf8")
    yield Case("utf16_without_mark", 5, "json", text(ok("h2")).decode().encode("utf-16-le"), reasons={"unreadable": 2})
    yield Case("utf16_gzip", 5, "json", gzip.compress(text(ok("h3")).decode().encode("utf-16")), refused="not_utf8", suffix=".gz")
    numbers = [ok("i1", n="12"), ok("i2", n="12 pieces"), ok("i3", x="1,5"), ok("i4", n=1.5)]
    yield Case("number_as_text", 6, "json", text(*numbers), good=1, reasons={"type:n": 2, "type:x": 1})
    yield Case("number_in_quotes_refused", 6, "last", text(ok("i5", n="12"), ok("i6", n=12, x=1.5)), good=1, reasons={"type:n": 1})
    yield Case("text_as_number", 6, "json", text(ok("j1", event=7), good("x").replace('"x"', "12345678901234567890")), good=2)
    yield Case("container_as_text", 7, "json", text(ok("k1", event={"a": 1}), ok("k2", event=["a"])), reasons={"type:event": 2})
    infinite = [raw_value(f"l{n}", f'"x": {v}') for n, v in enumerate(["1e400", "NaN", "Infinity", "-Infinity", '"NaN"', "1e300"])]
    yield Case("no_finite_number", 8, "json", text(*infinite), good=1, reasons={"type:x": 5})
    yield Case("duplicate_key", 9, "json", text(raw_value("m1", '"n": 1, "n": 2'), ok("m2")), good=1, reasons={"duplicate_key": 1})
    yield Case("duplicate_key_last", 9, "last", text(raw_value("m3", '"n": 1, "n": 2')), good=1)
    other_case = ok("n1").replace('"id"', '"ID"')
    yield Case("key_in_other_case", 10, "json", text(other_case), reasons={"missing:id,no_key": 1}, drift={"ID": "new"})
    yield Case("key_in_other_case_known", 10, "alias", text(other_case, ok("n2"), ok("n3").replace('"id"', '"event_id"')), good=3)
    yield Case("top_level_array", 11, "json", text(f"[{ok('o1')},{ok('o2')}]", ok("o3")), good=1, reasons={"unreadable": 1})
    yield Case("pretty_printed", 11, "json", text(*json.dumps([json.loads(ok("o4"))], indent=1).splitlines()), reasons={"unreadable": 8})
    yield Case("deep_nesting", 12, "json", text(raw_value("p1", '"x": ' + "[" * 2000 + "]" * 2000), ok("p2")), good=1, reasons={"unreadable": 1})
    yield Case("no_object", 0, "json", text("3", "null", '"text"', "x", ok("q1") + ok("q2")), reasons={"unreadable": 5})
    yield Case("new_field", 24, "json", text(ok("r1", brand="acme"), ok("r2")), good=2, drift={"brand": "new"})
    nested = [ok("r3", page={"kind": "home", "lang": "en"}), ok("r4", page={"kind": "home"})]
    yield Case("new_nested_field", 24, "part", text(*nested), good=2, drift={"page.lang": "new"})
    personal = ok("r5", **{"ann@example.com": 1, "+44 7700 900123": 2})
    yield Case("new_field_named_by_a_person", 24, "json", text(personal), good=1, drift={"(not spelled out)": "new"})
    yield Case("hot_id", 25, "alias", text(*[ok(f"s{n}", event="one visitor") for n in range(20_000)]), good=20_000)
    yield Case("one_event_a_million_times", 25, "json", lambda: [text(ok("t1"))] * MILLION, good=1, duplicate=MILLION - 1, is_large=True)
    yield Case("no_key_at_all", 0, "json", text(*[ok("x").replace('"id": "x", ', "")] * 3), reasons={"missing:id,no_key": 3})


def _times() -> Iterator[Case]:
    seconds, millis = 1767605400, 1767605400000
    yield Case("millis_as_seconds", 17, "seconds", text(good("a", at=seconds), good("b", at=millis)), good=1, reasons={"time_unreadable": 1})
    yield Case("seconds_as_millis", 17, "millis", text(good("a", at=millis), good("b", at=seconds)), good=1, reasons={"time_implausible": 1})
    yield Case("epoch_as_text", 17, "seconds", text(good("c", at=str(seconds)), good("d", at="soon")), good=1, reasons={"time_unreadable": 1})
    impossible = ["2026-02-30T10:00:00Z", "31/12/2026", "2026-13-01", "2026-01-05T25:00:00Z", "12:30"]
    times = text(*[good(f"x{n}", at=v) for n, v in enumerate(impossible)], good("x9", at=""))
    yield Case("impossible_dates", 18, "json", times, reasons={"time_unreadable": 5, "missing:at": 1})
    clocks = [good(f"s{n}", at=f"2026-01-05T{v}Z") for n, v in enumerate(["08:00:00", "10:30:00", "10:30:01"])]
    arrived = "2026-01-05T09:00:00+00:00"
    yield Case("skewed_clock", 19, "last", text(*clocks), good=2, reasons={"future_time": 1}, arrived=arrived)
    years = text(*[good(f"y{n}", at=f"{v}-01-05T10:00:00Z") for n, v in enumerate(["0001", "1970", "2099", "9999"])])
    yield Case("implausible_years", 19, "json", years, reasons={"time_implausible": 4})
    local = ["2026-07-01T10:00:00", "2026-07-01T10:00:00+02:00", "2026-03-29T01:30:00", "2026-10-25T01:30:00", "2026-10-25T01:30:00Z"]
    yield Case(
        "local_times", 20, "local", text(*[good(f"z{n}", at=v) for n, v in enumerate(local)]), good=4,
        reasons={"time_nonexistent": 1}, drift={"at": "ambiguous_time"},
    )  # fmt: skip
    rows = ["k1,2026-07-01 10:00", "k2,2026-03-08 02:30", "k3,2026-11-01 01:30"]
    yield Case(
        "local_times_by_pattern", 20, "csv_local", text("id,at,event,n,x", *[f"{r},,," for r in rows]), good=2,
        reasons={"time_nonexistent": 1}, drift={"at": "ambiguous_time"},
    )  # fmt: skip


def _csv() -> Iterator[Case]:
    head, day = "id,at,event,n,x", "2026-01-05"
    yield Case("short_and_long_rows", 21, "csv", text(head, f"a1,{day},p,1,1", f"a2,{day}", f"a3,{day},p,1,1,1"), good=1, reasons={"unreadable": 2})
    yield Case(
        "unclosed_quote",
        22,
        "csv",
        text(head, f'"b1,{day},p,1,1', f'b2,{day},"a ""b"", c",1,1', f"b3,{day},p,1,1"),
        good=2,
        reasons={"unreadable": 1},
    )
    yield Case("header_with_a_line_break", 22, "csv", text('id,at,event,n,x,"brand', f'name",b4,{day},p,1,1,z'), refused="header_unreadable")
    yield Case("reordered_columns", 23, "csv", text("x,n,event,at,id", f"1.5,2,p,{day},c1"), good=1)
    yield Case("new_column", 24, "csv", text(f"{head},brand", f"d1,{day},p,1,1,acme", f"d2,{day},p,1,1,"), good=2, drift={"brand": "new"})
    yield Case("missing_column", 24, "csv", text("id,at,event,n", f"e1,{day},p,1"), good=1, drift={"x": "missing"})
    yield Case("missing_required_column", 24, "csv", text("id,event,n,x", "f1,p,1,1"), refused="missing_column:at", drift={"at": "missing"})
    yield Case("renamed_column", 24, "csv", text("event_id,at,event,n,x", f"g1,{day},p,1,1"), refused="missing_column:id", drift={"id": "missing"})
    yield Case("renamed_column_known", 24, "csv_alias", text("event_id,at,event,n,x", f"g2,{day},p,1,1"), good=1)
    yield Case("column_twice", 24, "csv", text(f"{head},id", f"h1,{day},p,1,1,h2"), refused="duplicate_column")
    yield Case(
        "columns_without_name", 24, "csv", text(f"{head},,`", f"i1,{day},p,1,1,2,3"), good=1, drift={"column 6": "new", "(not spelled out)": "new"}
    )
    yield Case("header_only", 0, "csv", text(head))
    yield Case("header_only_without_end", 0, "csv", f"\ufeff{head}".encode())
    yield Case("header_blank", 0, "csv", text("", f"j1,{day},p,1,1"), refused="no_header")
    yield Case("header_not_utf8", 0, "csv", b"id,at,\xff\n1,2,3\n", refused="not_utf8")
    yield Case("header_endless", 0, "csv", b"x" * 70_000, refused="header_too_long")
    wide = [f"column_{n:03}" for n in range(800)]
    named = dict.fromkeys((*wide[:50], "(others)"), "new")
    yield Case("header_wide", 0, "csv", text(",".join([head, *wide]), ",".join([f"m1,{day},p,1,1", *["0"] * 800])), good=1, drift=named)
    yield Case("csv_crlf_and_mark", 4, "csv", b"\xef\xbb\xbf" + text(head, f"k1,{day},p,1,1", "", f"k2,{day},p,1,1", end="\r\n"), good=2)
    yield Case("csv_carriage_returns", 4, "csv", text(head, f"k3,{day},p,1,1", end="\r"), refused="header_unreadable")
    yield Case("csv_empty", 4, "csv", b"")
    yield Case("csv_nul", 3, "csv", text(head, f"l1,{day},a\0b,1,1"), reasons={"unreadable": 1})


def _parquet() -> Iterator[Case]:
    day = ["2026-01-05"]
    plain = {"id": ["a1"], "at": day, "event": ["p"], "n": [1], "x": [1.5]}
    yield Case("parquet_sound", 0, "parquet", parquet(**plain), good=1)
    yield Case("parquet_other_types", 24, "parquet", parquet(**{**plain, "id": [7], "n": ["many"]}), reasons={"type:n": 1})
    yield Case("parquet_new_column", 24, "parquet", parquet(**{**plain, "id": ["a3"], "brand": ["acme"]}), good=1, drift={"brand": "new"})
    yield Case("parquet_missing_column", 24, "parquet", parquet(id=["a4"], at=day, event=["p"]), good=1, drift={"n": "missing", "x": "missing"})
    yield Case(
        "parquet_missing_required",
        24,
        "parquet",
        parquet(id=["a5"], n=[1]),
        refused="missing_column:at",
        drift=dict.fromkeys(("at", "event", "x"), "missing"),
    )
    yield Case("parquet_columns_by_case", 24, "parquet", parquet(**plain, ID=["a6"]), refused="duplicate_column")
    yield Case("text_named_parquet", 14, "parquet", b"text", refused="not_parquet")
    whole = parquet(**{name: values * 2000 for name, values in plain.items() if name != "id"}, id=[f"b{n}" for n in range(2000)])
    yield Case("parquet_truncated", 13, "parquet", whole[:-20], refused="damaged_file")
    yield Case("parquet_damaged_page", 14, "parquet", whole[:400] + b"\xff" * 2000 + whole[2400:], refused="damaged_file")


CASES = (*_json_lines(), *compressed(), *encodings(), *long_lines(), *_times(), *_csv(), *_parquet())
