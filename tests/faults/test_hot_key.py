"""One device in a third of all sightings: it costs no multiple of the time, and joins nobody."""

from __future__ import annotations

import time

import pytest
from pyspark.sql import DataFrame, SparkSession, functions as F

from crosschannel.contracts.silver import Identifiers, IdentityRefusals
from crosschannel.io.fitting import schema_of
from tests.spark.identity.stitched import Stitched, stitched
from tests.support.identity_rows import COOKIE

pytestmark = [pytest.mark.long, pytest.mark.fault(23)]
PEOPLE, EVENTS, SHARE = 4_000, 24_000, 30
PLAIN = {"string": "x", "bigint": 0, "int": 0}


def sightings(spark: SparkSession, hot_percent: int) -> DataFrame:
    """Return an address and a cookie on each event; a share of all events comes from one cookie, the others from the person's own."""
    person = F.col("id") % PEOPLE
    is_hot = F.pmod(F.xxhash64("id"), F.lit(100)) < hot_percent
    one = [
        F.struct((10_000_000 + person).alias("key"), F.lit("email").alias("namespace"), F.lit("person").alias("kind")),
        F.struct(F.when(is_hot, COOKIE).otherwise(20_000_000 + person).alias("key"), F.lit("cookie_id").alias("namespace"), F.lit("device").alias("kind")),
    ]
    seen = spark.range(EVENTS).select("id", F.explode(F.array(*one)).alias("seen"))
    moment = F.timestamp_seconds(F.lit(1767603600) + (F.col("id") % 5) * 86_400)
    known = {
        Identifiers.event_id: F.concat(F.lit("e"), "id"), Identifiers.node_key: F.col("seen.key"), Identifiers.namespace: F.col("seen.namespace"),
        Identifiers.kind: F.col("seen.kind"), Identifiers.identifier_hash: F.concat(F.lit("h"), F.col("seen.key")), Identifiers.event_ts: moment,
    }  # fmt: skip
    columns = []
    for field in schema_of(Identifiers.contract).fields:
        value = known.get(field.name, F.lit(None if field.nullable else PLAIN.get(field.dataType.simpleString())))
        columns.append(value.cast(field.dataType).alias(field.name))
    return seen.select(*columns).localCheckpoint()


def timed(frame: DataFrame) -> tuple[float, Stitched, set[frozenset[int]]]:
    begun = time.monotonic()
    done = stitched(frame)
    customers = done.customers()
    return time.monotonic() - begun, done, customers


def test_a_device_in_a_third_of_the_sightings_costs_less_than_three_times_as_much_and_joins_nobody(spark: SparkSession) -> None:
    even, hot = sightings(spark, 0), sightings(spark, SHARE)
    timed(even)  # warm
    usual, _, apart = timed(even)
    seconds, done, customers = timed(hot)
    assert seconds < 3 * usual, f"{seconds:.1f} s against {usual:.1f} s"
    assert {len(c) for c in apart} == {2}
    assert max(len(c) for c in customers) <= 2, "nobody is joined through it"
    assert {COOKIE} in customers
    assert done.refusals.where(F.col(IdentityRefusals.stage) == "shared_device").count() > 0
