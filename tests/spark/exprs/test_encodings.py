"""Spark decodes as Python does, letter by letter; what is no text keeps its bytes."""

from __future__ import annotations

import base64

import pytest
from pyspark.sql import functions as F

from crosschannel.contracts.raw import ENCODINGS, UTF8, UTF16, UTF16_ORDERS
from crosschannel.exprs.encodings import decoded_expr, kept_expr, restored_expr

BYTE_BY_BYTE = [e for e in ENCODINGS if e not in (UTF8, UTF16, *UTF16_ORDERS)]
WORDS = ["", "plain", "Zoë – 5 €", "😀", "\ufeffid", "\u0a61\u0100", "a\0b", "\ud7ff\ue000\uffff", "long " * 100_000]


def decoded(spark, content: list[bytes], encoding: str) -> list[tuple[str | None, str]]:
    """Each text, null where there is none, and what would be kept of it."""
    frame = spark.createDataFrame([(n, bytearray(c)) for n, c in enumerate(content)], "n int, c binary")
    line = decoded_expr(F.col("c"), encoding)
    read = frame.select("n", F.when(F.is_valid_utf8(line), line).alias("text"), kept_expr(line, encoding).alias("kept"))
    return [(row.text, row.kept) for row in read.orderBy("n").collect()]


@pytest.mark.parametrize("encoding", BYTE_BY_BYTE)
def test_every_byte_is_the_letter_that_python_knows_or_none(spark, encoding):
    content = [bytes([n]) for n in range(256)]
    wanted = [b.decode(encoding, "replace").replace("\ufffd", "") or None for b in content]
    found = decoded(spark, content, encoding)
    assert [text for text, _ in found] == wanted
    assert [kept for (text, kept), b in zip(found, content, strict=True) if text is None] == [
        f"base64:{base64.b64encode(b).decode()}" for b, w in zip(content, wanted, strict=True) if w is None
    ]


@pytest.mark.parametrize("encoding", UTF16_ORDERS)
def test_whole_letters_of_utf16_are_read_and_halves_are_kept_as_bytes(spark, encoding):
    high, low = ("\ud83d".encode(encoding, "surrogatepass"), "\ude00".encode(encoding, "surrogatepass"))
    halves = [high, low, low + high, high + high + low, "a".encode(encoding)[:1], "ab".encode(encoding)[:-1], "x".encode(encoding) + high]
    found = decoded(spark, [w.encode(encoding) for w in WORDS] + halves, encoding)
    assert [text for text, _ in found] == [*WORDS, *[None] * len(halves)]
    assert [kept for _, kept in found[len(WORDS) :]] == [f"base64:{base64.b64encode(h).decode()}" for h in halves]


def test_bytes_that_were_kept_are_read_in_the_encoding_that_is_declared_now(spark):
    (kept,) = (kept for _, kept in decoded(spark, ["Zoë".encode("cp1252")], UTF8))
    frame = spark.createDataFrame([(kept,)], "kept string")
    lines = {e: restored_expr(F.col("kept"), e) for e in (UTF8, UTF16, "windows-1252")}
    again = frame.select(*[kept_expr(line, e).alias(e) for e, line in lines.items()]).collect()[0]
    assert (again[UTF8], again[UTF16], again["windows-1252"]) == (kept, kept, "Zoë")
