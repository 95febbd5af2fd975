"""One spelling per identifier; values that name nobody; the Python twins agree with Spark."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from crosschannel.exprs.hashing import key_pads, keyed_hash_expr
from crosschannel.identity.normalise import message_expr, normalised, normalised_expr, pseudonym, screen_reason, screen_reason_expr
from crosschannel.settings.identity import Blocklist, Namespace

KEY = b"a key for tests only"
EMAIL = Namespace(kind="person", priority=1, limit=3, normaliser="email", blocklist=Blocklist(exact=("test@example.com",), pattern=("^noreply@",)))
PHONE = Namespace(kind="person", priority=1, limit=3, normaliser="phone", region="GB", blocklist=Blocklist(pattern=("^[+]?(44)?0*$",)))
DIGITS = Namespace(kind="person", priority=1, limit=3, normaliser="digits", blocklist=Blocklist(pattern=("^0*$",)))
EXACT = Namespace(kind="device", priority=1, normaliser="exact", blocklist=Blocklist(exact=("null",)))
CASES = {
    "email": (EMAIL, {
        " Ann@Example.COM ": ("ann@example.com", None), "test@example.com": ("test@example.com", "blocklist_exact"),
        "NoReply@shop.example": ("noreply@shop.example", "blocklist_pattern"), "ann": ("ann", "malformed"), "a@b": ("a@b", "malformed"),
        "ann smith@example.com": ("ann smith@example.com", "malformed"), "  ": (None, None),
    }),
    "phone": (PHONE, {
        "07700 900123": ("+447700900123", None), "+447700900123": ("+447700900123", None), "00447700900123": ("+447700900123", None),
        "+44 (0)7700 900-123": ("+447700900123", None), "+4407700900123": ("+447700900123", None), "+12025550123": ("+12025550123", None),
        "12": ("12", "malformed"), "0000000000": ("+44000000000", "blocklist_pattern"), "call me": ("call me", "malformed"),
    }),
    "digits": (DIGITS, {"6001-23 4": ("6001234", None), "000": ("000", "blocklist_pattern"), "n/a": ("n/a", "malformed")}),
    "exact": (EXACT, {" aB ": ("aB", None), "null": ("null", "blocklist_exact")}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values_are_normalised_and_screened_alike_in_spark_and_python(spark, name):
    namespace, cases = CASES[name]
    frame = spark.createDataFrame([(value,) for value in cases], "v string").withColumn("n", normalised_expr(F.col("v"), namespace))
    found = {r.v: (r.n, r.s) for r in frame.withColumn("s", screen_reason_expr(F.col("n"), namespace)).collect()}
    assert found == cases
    plain = {value: normalised(value, namespace) for value in cases}
    assert {v: (n, screen_reason(n, namespace) if n else None) for v, n in plain.items()} == cases


def test_an_absent_phone_stays_absent(spark):
    frame = spark.createDataFrame([(None,), ("07700 900123",)], "v string")
    assert sorted(str(r[0]) for r in frame.select(normalised_expr(F.col("v"), PHONE)).collect()) == ["+447700900123", "None"]


def test_a_pseudonym_looked_up_is_the_pseudonym_stored(spark):
    pads = spark.createDataFrame([tuple(bytearray(p) for p in key_pads(KEY))], "i binary, o binary")
    frame = spark.createDataFrame([("email", "ann@example.com")], "namespace string, value string").crossJoin(pads)
    message = message_expr(F.col("namespace"), F.col("value"), 2)
    (found,) = frame.select(keyed_hash_expr(message, F.col("i"), F.col("o")).alias("h")).collect()
    assert found.h == pseudonym("email", "ann@example.com", version=2, key=KEY)[0]
    assert found.h != pseudonym("email", "ann@example.com", version=3, key=KEY)[0]
