"""Content ids and keyed pseudonyms, each as a Spark expression and as its plain Python twin.

Both forms of a function give the same text for the same input; ``tests/spark/exprs`` holds them together.
"""

from __future__ import annotations

import hashlib
import hmac

from pyspark.sql import Column, functions as F

ID_LENGTH = 32  # hex digits kept of a SHA-256: 128 bits, two equal ids in 1e9 rows have odds of 1 in 1e21
NODE_DIGITS = 15  # hex digits of a node key: 60 bits, so that it stays a positive bigint
KEY_WORD, KEY_DIGITS = "key", 12
SEPARATOR = "\x1f"  # stands between the parts of an id
ABSENT = "\x00"  # stands for a part that is null, which differs from an empty one
BLOCK_BYTES = 64  # block of SHA-256, to which HMAC pads its key


def content_id_expr(*parts: Column) -> Column:
    """Return the id of texts as a column: the first 128 bits of their SHA-256."""
    texts = [F.coalesce(part.cast("string"), F.lit(ABSENT)) for part in parts]
    return F.left(F.sha2(F.concat_ws(SEPARATOR, *texts), 256), F.lit(ID_LENGTH))


def content_id(*parts: str | None) -> str:
    """Return the id of texts; equal to :func:`content_id_expr`."""
    text = SEPARATOR.join(ABSENT if part is None else part for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]


def key_pads(key: bytes) -> tuple[bytes, bytes]:
    """Return the inner and the outer pad of an HMAC key (RFC 2104)."""
    if len(key) > BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(BLOCK_BYTES, b"\0")
    return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)


def keyed_hash_expr(message: Column, inner_pad: Column, outer_pad: Column) -> Column:
    """Return HMAC-SHA-256 of a text as lower-case hex; the pads are binary columns, never literals."""
    inner = F.unhex(F.sha2(F.concat(inner_pad, F.encode(message, "UTF-8")), 256))
    return F.sha2(F.concat(outer_pad, inner), 256)


def keyed_hash(message: str, key: bytes) -> str:
    """Return HMAC-SHA-256 of a text as lower-case hex; equal to :func:`keyed_hash_expr`."""
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def key_id(key: bytes) -> str:
    """Return a name of a key that tells it from others and says nothing about it."""
    return keyed_hash(KEY_WORD, key)[:KEY_DIGITS]


def node_key_expr(hex_hash: Column) -> Column:
    """Return the first 60 bits of a hex hash as a bigint."""
    return F.conv(F.left(hex_hash, F.lit(NODE_DIGITS)), 16, 10).cast("bigint")


def node_key(hex_hash: str) -> int:
    """Return the first 60 bits of a hex hash; equal to :func:`node_key_expr`."""
    return int(hex_hash[:NODE_DIGITS], 16)
