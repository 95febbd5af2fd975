"""What Spark spills is found by stage."""

from __future__ import annotations

from pyspark.sql import SparkSession

from crosschannel.io.spill import spilled_by_stage


def test_every_stage_is_named_with_what_it_spilled(spark: SparkSession) -> None:
    before = spilled_by_stage(spark)
    spark.range(10, numPartitions=2).distinct().count()
    after = spilled_by_stage(spark)
    assert set(after) - set(before)
    assert {after[stage] for stage in set(after) - set(before)} == {0}
