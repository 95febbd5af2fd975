"""The bad-input corpus, seen from its bytes: compressed files, over-long lines, encodings."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from random import Random
from typing import Any

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
    end = gzip.compress(b"\n")  # a file says the size of its last member alone
    yield Case("bomb_of_2500_mb", 16, "json", lambda: [_repeated(bytes(MIB), 2500)], refused="expands_too_much", suffix=".gz", is_large=True)
    yield Case("bomb_that_hides_its_size", 16, "json", lambda: [_repeated(b"{}\n" * MIB, 30), end], refused="expands_too_much", suffix=".gz", is_large=True)
    yield Case("bomb_of_one_line_that_hides", 16, "json", lambda: [_repeated(bytes(MIB), 100), end], refused="line_too_long", suffix=".gz", is_large=True)
    header = b"id,at,event,n,x\n"
    yield Case("bomb_csv", 16, "csv", lambda: [_repeated(bytes(MIB), 100, header)], refused="expands_too_much", suffix=".csv.gz")


def _repeated(part: bytes, times: int, before: bytes = b"") -> bytes:
    """A gzip file of one member that holds a part many times over, and is made in the time of one."""
    packer = zlib.compressobj(9, wbits=-15)
    first, again = (packer.compress(p) + packer.flush(zlib.Z_FULL_FLUSH) for p in (before, part))
    check = zlib.crc32(before)
    for _ in range(times):
        check = zlib.crc32(part, check)
    size = (len(before) + times * len(part)) % (1 << 32)
    return gzip.compress(b"")[:10] + first + again * times + packer.flush() + check.to_bytes(4, "little") + size.to_bytes(4, "little")


def encodings() -> Iterator[Case]:
    zoe, smile, day = "Zoë – 5 €", "😀", "2026-01-05"
    lines = text(good("a1", event=zoe), "", good("a2", event=smile), end="\r\n").decode()
    little, big = (b"\xff\xfe" + lines.encode("utf-16le"), b"\xfe\xff" + lines.encode("utf-16be"))
    yield Case("utf16_declared", 5, "utf16", little, good=2)
    yield Case("utf16_declared_big_endian", 5, "utf16", big.replace(b"\0a\x001", b"\0b\x001").replace(b"\0a\x002", b"\0b\x002"), good=2)
    packed = gzip.compress(little.replace(b"a\x001\0", b"c\x001\0").replace(b"a\x002\0", b"c\x002\0"))
    yield Case("utf16_declared_gzip", 5, "utf16", packed, good=2, suffix=".gz")
    half = f"{good('d1', event='?')}\n".encode("utf-16le").replace(b"?\0", b"\x3d\xd8")  # the first half of a letter
    yield Case("utf16_half_a_letter", 5, "utf16", b"\xff\xfe" + half + half[:-3], reasons={"not_utf16": 2})
    yield Case("utf16_unmarked", 5, "utf16", lines.encode("utf-16le"), refused="not_utf16")
    yield Case("utf16_expected_utf8_came", 5, "utf16", lines.encode(), refused="not_utf16")
    rows = "\n".join(["id,at,event,n,x", f"e1,{day},{zoe},1,1", f"e2,{day},{smile},1,1", f"e3,{day}"])
    yield Case("utf16_csv", 5, "utf16_csv", rows.encode("utf-16le"), good=2, reasons={"unreadable": 1})
    yield Case("utf16_csv_other_order", 5, "utf16_csv", rows.encode("utf-16be"), refused="not_utf16le")
    western = f"f1 {day} {zoe}\nf2 {day} ".encode("cp1252")
    yield Case("western", 2, "western", western + b"\x81\n", good=1, reasons={"not_windows1252": 1})
    yield Case("western_expected_utf8_came", 5, "western", b"\xef\xbb\xbf" + f"f3 {day} {zoe}".encode(), refused="not_windows1252")


def long_lines() -> Iterator[Case]:
    cut: dict[str, Any] = {"reasons": {"too_long": 1}, "drift": {"(whole record)": "cut"}}
    long = good("w1", event="x" * (11 * MIB))
    yield Case("line_over_the_cap", 15, "json", text(good("w2"), long, good("w3")), good=2, **cut)
    yield Case("line_over_the_cap_at_the_end", 15, "json", text(good("w4")) + long.encode(), good=1, **cut)
    yield Case("line_over_the_cap_csv", 15, "csv", text("id,at,event,n,x", long, "w9,2026-01-05,p,1,1"), good=1, **cut)
    yield Case("line_under_the_cap", 15, "json", text(good("w7", event="x" * (9 * MIB)), good("w8")), good=2)
    yield Case("line_of_200_mb", 15, "json", _line_of_200_mb, good=2, **cut, is_large=True)
    numbers = text(good("w5"), good("w6", event="".join(map(str, range(2 * MIB)))))
    yield Case("line_over_the_cap_gzip", 15, "json", gzip.compress(numbers), refused="line_too_long", suffix=".gz")
    yield Case("line_of_200_mb_gzip", 15, "json", _line_of_200_mb_gzip, refused="line_too_long", suffix=".gz", is_large=True)


def _line_of_200_mb() -> Iterator[bytes]:
    yield text(good("z1")) + b'{"id": "z2", "event": "'
    yield from [b"x" * MIB] * 200
    yield b'"}\n' + text(good("z3"))


def _line_of_200_mb_gzip() -> Iterator[bytes]:
    part = Random(1).randbytes(MIB // 4).hex().encode() + b"x" * (10 * MIB)  # not so dense that it is taken for a bomb
    yield from [gzip.compress(part, 1)] * 20
    yield gzip.compress(b"\n" + text(good("z4")))
