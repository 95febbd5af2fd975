"""Statements about a stored table; what maintenance does with them is tested with its job."""

import os
from pathlib import Path

from pyspark.sql import SparkSession

from crosschannel.io import upkeep
from crosschannel.io.lake import Lake
from crosschannel.io.purge import forget_versions
from tests.support.rows import row, rows
from tests.support.tables import Stock


def test_a_lake_named_from_where_one_stands_is_kept_and_purged_like_any_other(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(spark, os.path.relpath(tmp_path / "lake"))
    for pieces in (1, 2):
        lake.write(Stock.contract, rows(spark, Stock, row(shop="s", item="i", pieces=pieces)))
    path = lake.path(Stock.contract)

    upkeep.set_properties(spark, path, {"crosschannel.epoch": "7"})
    upkeep.vacuum(spark, path)
    forget_versions(lake, [Stock.contract])

    assert upkeep.stored(spark, path).properties["crosschannel.epoch"] == "7"
    assert len(list((tmp_path / "lake").rglob("part-*.parquet"))) == 1, "only the newest version's file is left"
