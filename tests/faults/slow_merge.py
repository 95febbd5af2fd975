"""A process that holds a lake and is in the middle of a merge: ``python -m tests.faults.slow_merge LAKE SECONDS``."""

from __future__ import annotations

import sys

from pyspark.sql import Column, DataFrame, SparkSession, functions as F

from crosschannel.io.lake import Lake
from crosschannel.io.session import local_session
from crosschannel.runtime.ledger import Request
from crosschannel.runtime.lock import lake_lock
from tests.support.rows import row, rows
from tests.support.tables import Stock


def sleeping(seconds: float) -> Column:
    """Return a column of zeros each of which takes a while."""
    slept = F.call_function("java_method", F.lit("java.lang.Thread"), F.lit("sleep"), F.lit(int(seconds * 1000)).cast("bigint"))
    return F.least(F.length(slept), F.lit(0)).cast("bigint")


def stock(spark: SparkSession, pieces: int, *items: str) -> DataFrame:
    """Return rows of one shop."""
    return rows(spark, Stock, *[row(shop="s", item=item, pieces=pieces) for item in items])


def main() -> None:
    """Hold the lake and merge."""
    root, seconds = sys.argv[1], float(sys.argv[2])
    spark = local_session("slow merge", {"spark.master": "local[2]", "spark.driver.memory": "1g"})
    lake = Lake(spark, root)
    with lake_lock(spark, root, Request("run", "p1")):
        lake.write(Stock.contract, stock(spark, 1, "i"))
        jvm = spark._jvm
        assert jvm is not None
        print("merging", jvm.java.lang.ProcessHandle.current().pid(), flush=True)
        lake._merge(Stock.contract, stock(spark, 2, "i").repartition(1).withColumn("pieces", F.col("pieces") + sleeping(seconds)))


if __name__ == "__main__":
    main()
