"""What the first and last bytes of a file say about it."""

from __future__ import annotations

import gzip

import pytest

from crosschannel.contracts.raw import ENCODINGS, RawFile
from crosschannel.io.raw_bytes import MAX_HEADER_BYTES
from crosschannel.io.raw_probes import MAX_UNSUSPECTED, expanded_by_footer, expands_too_much, inspected

LINES = b'{"id": 1}\n' * 20


def packed(content: bytes) -> bytes:
    """The same bytes whenever the tests are collected: gzip notes the time unless told one."""
    return gzip.compress(content, mtime=0)


def seen(name: str, content: bytes, format: str = "json_lines", size: int | None = None, encoding: str = "utf-8") -> RawFile:
    file = RawFile("log", format, name, name, name, len(content) if size is None else size, 0, encoding)
    return inspected(file, "aa", content[:MAX_HEADER_BYTES], content[-4:])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a", LINES, None),
        ("a.gz", packed(LINES), None),
        ("a", b"", None),
        ("a.gz", b"", None),
        ("a.gz", LINES, "not_gzip"),
        ("a.json", packed(LINES), "gzip_without_gz_name"),
        ("a.gz", packed(LINES)[:10] + b"\xff" * 99, "damaged_file"),
        ("a.zst", LINES, "compression_unsupported"),
        ("a", LINES.decode().encode("utf-16"), "not_utf8"),
        ("a.gz", packed(LINES.decode().encode("utf-16")), "not_utf8"),
    ],
)
def test_a_file_is_refused_for_what_its_ends_say(name, content, reason):
    assert seen(name, content).reason == reason


@pytest.mark.parametrize("pack", [bytes, packed], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("declared", "written", "mark", "found"),
    [
        ("utf-16", "utf-16le", "\ufeff", "utf-16le"),
        ("utf-16", "utf-16be", "\ufeff", "utf-16be"),
        ("utf-16", "utf-16le", "", "not_utf16"),
        ("utf-16", "utf-8", "\ufeff", "not_utf16"),
        ("utf-16le", "utf-16le", "", "utf-16le"),
        ("utf-16le", "utf-16le", "\ufeff", "utf-16le"),
        ("utf-16le", "utf-16be", "", "not_utf16le"),
        ("utf-16be", "utf-16be", "", "utf-16be"),
        ("utf-16be", "utf-8", "", "not_utf16be"),
        ("utf-16be", "utf-16le", "\ufeff", "not_utf16be"),
        ("windows-1252", "windows-1252", "", "windows-1252"),
        ("windows-1252", "utf-8", "\ufeff", "not_windows1252"),
        ("latin-1", "utf-16le", "\ufeff", "not_latin1"),
        ("utf-8", "utf-16be", "\ufeff", "not_utf8"),
    ],
)
def test_a_file_in_another_encoding_than_declared_is_refused_by_its_name(declared, written, mark, found, pack):
    file = seen("a.csv" if pack is bytes else "a.csv.gz", pack(f"{mark}id,né\r\n1,é 😀\n".encode(written, "replace")), "csv", encoding=declared)
    assert (file.reason or file.encoding) == found
    assert file.header == ("" if file.reason else "id,né")


def test_an_empty_file_is_of_any_encoding():
    assert [(seen("a.gz", packed(b""), encoding=e).reason) for e in ENCODINGS] == [None] * len(ENCODINGS)


def test_a_header_with_a_byte_that_its_encoding_lacks_is_refused():
    assert seen("a.csv", b"id,\x81\n1,2\n", "csv", encoding="windows-1252").reason == "not_windows1252"


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
        inside = seen("a.csv.gz", packed(content), "csv")
        assert (inside.header, inside.reason) == (header, reason)


def test_only_a_large_and_far_too_dense_file_is_a_bomb():
    small, large = seen("a.gz", packed(LINES)), seen("a.gz", packed(LINES), size=MAX_UNSUSPECTED)
    assert expanded_by_footer(small) == len(LINES)
    assert not expands_too_much(small, MAX_UNSUSPECTED)
    assert expands_too_much(small, MAX_UNSUSPECTED + 1)
    assert not expands_too_much(large, 200 * MAX_UNSUSPECTED)
    assert not expands_too_much(seen("a", LINES), 1 << 40)
