"""The bad-input corpus: files as they should never come, and what must become of each.

Every case is one file of one small source. ``row`` is its row in the bad-input matrix of the design;
0 for rows that only the issue asks for.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from crosschannel.settings.sources import Source, SourcesSettings

MIB = 1024 * 1024
TIME = {"field": "at", "not_before": "2026-01-01", "not_after": "2026-12-31"}
LOG: dict[str, Any] = {
    "channel": "web",
    "format": "json_lines",
    "fields": {"id": {"required": True}, "at": {"required": True}, "event": {}, "n": {"type": "bigint"}, "x": {"type": "double"}},
    "key": ["id"],
    "time": TIME,
    "verb": {"constant": "view"},
}
RENAMED = {"fields": {**LOG["fields"], "id": {"required": True, "aliases": ["ID", "event_id"]}}}
CONTRACTS: dict[str, dict[str, Any]] = {
    "json": {},
    "alias": RENAMED,
    "last": {"repeated_keys": "last", "quoted_numbers": "refuse"},
    "part": {"fields": {**LOG["fields"], "kind": {"path": "page.kind"}}},
    "seconds": {"time": {**TIME, "format": "epoch_seconds"}},
    "millis": {"time": {**TIME, "format": "epoch_millis"}},
    "local": {"time": {**TIME, "zone": "Europe/London"}},
    "csv": {"format": "csv"},
    "csv_local": {"format": "csv", "time": {**TIME, "format": "yyyy-MM-dd HH:mm", "zone": "America/New_York"}},
    "csv_alias": {"format": "csv", **RENAMED},
    "parquet": {"format": "parquet"},
}
SETTINGS = SourcesSettings(
    sources=tuple(Source.model_validate_json(json.dumps({**LOG, **c, "source": name, "path": f"{name}/*"})) for name, c in CONTRACTS.items())
)


@dataclass(frozen=True)
class Case:
    """One file, and its required outcome: records by fate, or the reason it is refused for as a whole."""

    name: str
    row: int
    source: str
    content: bytes
    good: int = 0
    reasons: dict[str, int] = field(default_factory=dict)  # reason codes of a record, joined, and how many records carry them
    duplicate: int = 0
    refused: str | None = None
    drift: dict[str, str] = field(default_factory=dict)  # field and kind
    suffix: str = ""

    @property
    def path(self) -> str:
        """Where the file lies under the raw folder."""
        return f"{self.source}/{self.name}{self.suffix}"


def put_corpus(raw: Path) -> None:
    """Write all files of the corpus."""
    for case in CASES:
        path = raw / case.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(case.content)


def good(name: str, **fields: Any) -> str:
    """A sound record; its id is its own."""
    return json.dumps({"id": name, "at": "2026-01-05T09:30:00Z", "event": "page", "n": 1, **fields})


def text(*lines: str, end: str = "\n") -> bytes:
    """Lines as a file."""
    return "".join(f"{line}{end}" for line in lines).encode()


def raw_value(name: str, value: str) -> str:
    """A record with a value that Python's JSON writer would not write."""
    return good(name).replace('"n": 1', value)


def parquet(**columns: Any) -> bytes:
    """A Parquet file."""
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer, compression="gzip", index=False)
    return buffer.getvalue()


def _json_lines() -> Iterator[Case]:
    ok = good
    yield Case("truncated_last_line", 1, "json", text(ok("a1")) + b'{"id": "a2", "at": "2026', good=1, reasons={"unreadable": 1})
    yield Case("invalid_utf8", 2, "json", text(ok("b1")) + b'{"id": "\xff\xfe", "at": "x"}\n', good=1, reasons={"not_utf8": 1})
    yield Case(
        "nul", 3, "json", text(ok("c1")) + text(ok("c2", event="a!b")).replace(b"!", b"\0") + b"\0" * 40 + b"\n", good=1, reasons={"unreadable": 2}
    )
    yield Case("byte_order_mark", 4, "json", b"\xef\xbb\xbf" + text(ok("d1"), ok("d2")), good=2)
    yield Case("crlf", 4, "json", text(ok("e1"), ok("e2"), end="\r\n"), good=2)
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
    yield Case("one_event_many_times", 25, "json", text(*[ok("t1")] * 20_000), good=1, duplicate=19_999)
    yield Case("no_key_at_all", 0, "json", text(*[ok("x").replace('"id": "x", ', "")] * 3), reasons={"missing:id,no_key": 3})


def _compressed() -> Iterator[Case]:
    lines = text(*[good(f"g{n}") for n in range(3000)])
    whole = gzip.compress(lines)
    yield Case("gzip_truncated", 13, "json", whole[:-2000], refused="damaged_file", suffix=".gz")
    yield Case("gzip_corrupt", 14, "json", whole[:2000] + bytes(100) + whole[2100:], refused="damaged_file", suffix=".gz")
    yield Case("gzip_corrupt_at_once", 14, "json", whole[:10] + b"\xff" * 200 + whole[210:], refused="damaged_file", suffix=".gz")
    yield Case("gzip_two_members", 0, "json", gzip.compress(text(good("u1"))) + gzip.compress(text(good("u2"))), good=2, suffix=".gz")
    yield Case("text_named_gzip", 14, "json", text(good("v1")), refused="not_gzip", suffix=".gz")
    yield Case("gzip_named_json", 14, "json", gzip.compress(text(good("v2"))), refused="gzip_without_gz_name", suffix=".json")
    yield Case("zip", 14, "json", b"PK\x03\x04", refused="compression_unsupported", suffix=".zip")
    bomb = gzip.compress(bytes(100 * MIB), 9)
    yield Case("bomb", 16, "json", bomb, refused="expands_too_much", suffix=".gz")
    many_lines = gzip.compress(b"{}\n" * (30 * MIB), 9)
    yield Case("bomb_that_hides_its_size", 16, "json", many_lines + gzip.compress(b"\n"), refused="expands_too_much", suffix=".gz")
    yield Case("bomb_of_one_line_that_hides", 16, "json", bomb + gzip.compress(b"\n"), refused="line_too_long", suffix=".gz")
    yield Case("bomb_csv", 16, "csv", gzip.compress(b"id,at,event,n,x\n" + bytes(100 * MIB), 9), refused="expands_too_much", suffix=".csv.gz")


def _long_lines() -> Iterator[Case]:
    long = good("w1", event="x" * (11 * MIB))
    yield Case("line_over_the_cap", 15, "json", text(good("w2"), long, good("w3")), refused="line_too_long")
    yield Case("line_over_the_cap_at_the_end", 15, "json", text(good("w4")) + long.encode(), refused="line_too_long")
    yield Case(
        "line_over_the_cap_gzip",
        15,
        "json",
        gzip.compress(text(good("w5"), good("w6", event="".join(map(str, range(2 * MIB)))))),
        refused="line_too_long",
        suffix=".gz",
    )
    yield Case("line_under_the_cap", 15, "json", text(good("w7", event="x" * (9 * MIB)), good("w8")), good=2)


def _times() -> Iterator[Case]:
    seconds, millis = 1767605400, 1767605400000
    yield Case("millis_as_seconds", 17, "seconds", text(good("a", at=seconds), good("b", at=millis)), good=1, reasons={"time_unreadable": 1})
    yield Case("seconds_as_millis", 17, "millis", text(good("a", at=millis), good("b", at=seconds)), good=1, reasons={"time_implausible": 1})
    yield Case("epoch_as_text", 17, "seconds", text(good("c", at=str(seconds)), good("d", at="soon")), good=1, reasons={"time_unreadable": 1})
    impossible = ["2026-02-30T10:00:00Z", "31/12/2026", "2026-13-01", "2026-01-05T25:00:00Z", "12:30"]
    times = text(*[good(f"x{n}", at=v) for n, v in enumerate(impossible)], good("x9", at=""))
    yield Case("impossible_dates", 18, "json", times, reasons={"time_unreadable": 5, "missing:at": 1})
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
    yield Case("header_endless", 0, "csv", b"x" * 5000, refused="header_too_long")
    yield Case("csv_crlf_and_mark", 4, "csv", b"\xef\xbb\xbf" + text(head, f"k1,{day},p,1,1", "", f"k2,{day},p,1,1", end="\r\n"), good=2)
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


CASES = (*_json_lines(), *_compressed(), *_long_lines(), *_times(), *_csv(), *_parquet())
