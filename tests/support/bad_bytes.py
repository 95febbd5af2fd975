"""The bad-input corpus, seen from its bytes: compressed files, over-long lines, encodings."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from tests.support.bad_file import MIB, Case, good, text


def compressed() -> Iterator[Case]:
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


def long_lines() -> Iterator[Case]:
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
