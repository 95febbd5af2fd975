"""What the first and last bytes of a file say about it."""

from __future__ import annotations

import gzip

import pytest

from crosschannel.contracts.raw import RawFile
from crosschannel.io.raw_bytes import MAX_HEADER_BYTES
from crosschannel.io.raw_probes import MAX_UNSUSPECTED, expanded_by_footer, expands_too_much, inspected

LINES = b'{"id": 1}\n' * 20


def seen(name: str, content: bytes, format: str = "json_lines", size: int | None = None) -> RawFile:
    file = RawFile("log", format, name, name, name, len(content) if size is None else size, 0)
    return inspected(file, "aa", content[:MAX_HEADER_BYTES], content[-4:])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a", LINES, None),
        ("a.gz", gzip.compress(LINES), None),
        ("a", b"", None),
        ("a.gz", b"", None),
        ("a.gz", LINES, "not_gzip"),
        ("a.json", gzip.compress(LINES), "gzip_without_gz_name"),
        ("a.gz", gzip.compress(LINES)[:10] + b"\xff" * 99, "damaged_file"),
        ("a.zst", LINES, "compression_unsupported"),
        ("a", LINES.decode().encode("utf-16"), "not_utf8"),
        ("a.gz", gzip.compress(LINES.decode().encode("utf-16")), "not_utf8"),
    ],
)
def test_a_file_is_refused_for_what_its_ends_say(name, content, reason):
    assert seen(name, content).reason == reason


@pytest.mark.parametrize(
    ("content", "header", "reason"),
    [
        (b"id,at\n1,2\n", "id,at", None),
        (b"\xef\xbb\xbfid,at\r\n1,2\r\n", "id,at", None),
        (b"id,at", "id,at", None),
        (b"", "", None),
        (b"\n1,2\n", "", "no_header"),
        (b"id,\xff\n", "", "not_utf8"),
        (b"x" * 5000 + b"\n1\n", "x" * 5000, None),
        (b"x" * 70_000, "", "header_too_long"),
    ],
)
def test_a_csv_file_says_its_header_or_why_it_has_none(content, header, reason):
    assert (seen("a.csv", content, "csv").header, seen("a.csv", content, "csv").reason) == (header, reason)
    if content:  # compressed it is short, and yet no header
        packed = seen("a.csv.gz", gzip.compress(content), "csv")
        assert (packed.header, packed.reason) == (header, reason)


def test_only_a_large_and_far_too_dense_file_is_a_bomb():
    small, large = seen("a.gz", gzip.compress(LINES)), seen("a.gz", gzip.compress(LINES), size=MAX_UNSUSPECTED)
    assert expanded_by_footer(small) == len(LINES)
    assert not expands_too_much(small, MAX_UNSUSPECTED)
    assert expands_too_much(small, MAX_UNSUSPECTED + 1)
    assert not expands_too_much(large, 200 * MAX_UNSUSPECTED)
    assert not expands_too_much(seen("a", LINES), 1 << 40)
