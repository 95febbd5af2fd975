"""The plain Python twins give what the Spark expressions give."""

from __future__ import annotations

import hashlib
import hmac

from pyspark.sql import functions as F

from crosschannel.exprs.hashing import content_id, content_id_expr, key_pads, keyed_hash, keyed_hash_expr, node_key, node_key_expr

TEXTS = [("a", "b"), ("", None), (None, ""), ("é中", "x" * 200), ("a\x1fb", "")]
KEYS = [b"k" * 16, b"k" * 64, b"a longer key than one block of SHA-256 holds, so that it is hashed first ....."]


def test_content_ids_agree_and_tell_null_from_empty(spark):
    frame = spark.createDataFrame(TEXTS, "l string, r string")
    found = [r[0] for r in frame.select(content_id_expr(F.col("l"), F.col("r"))).collect()]
    assert found == [content_id(*pair) for pair in TEXTS]
    assert len({*found}) == len(TEXTS)
    assert {len(f) for f in found} == {32}


def test_keyed_hashes_are_hmac_sha_256(spark):
    for key in KEYS:
        pads = spark.createDataFrame([tuple(bytearray(p) for p in key_pads(key))], "i binary, o binary")
        frame = spark.createDataFrame([("email|1|ann@example.com",), ("é",), ("",)], "m string").crossJoin(pads)
        for message, found in frame.select("m", keyed_hash_expr(F.col("m"), F.col("i"), F.col("o"))).collect():
            assert found == keyed_hash(message, key) == hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def test_node_keys_are_the_first_60_bits(spark):
    hashes = ["f" * 64, "0" * 64, hashlib.sha256(b"x").hexdigest()]
    found = [r[0] for r in spark.createDataFrame([(h,) for h in hashes], "h string").select(node_key_expr(F.col("h"))).collect()]
    assert found == [node_key(h) for h in hashes]
    assert found[0] == 2**60 - 1
