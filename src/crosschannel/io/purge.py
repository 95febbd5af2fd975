"""Remove rows so that no byte of them stays: delete by key, then delete every file no version of now needs.

A DELETE by condition writes the values into the log of the table; a merge with a frame of keys does
not. Columns that lead to a person have no statistics in the log (``properties_of``), so that
nothing is left there either; a table made before that rule gets it here, and its old log files go with
the end of their UTC day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.subjects import is_telling
from crosschannel.contracts.table import Contract
from crosschannel.io.delta_log import sql_name
from crosschannel.io.fitting import same_key
from crosschannel.io.lake import Lake

STATISTICS = "delta.dataSkippingStatsColumns"
AT_ONCE = 4
SAFETY = "spark.databricks.delta.retentionDurationCheck.enabled"  # Delta asks for it before files of today may go


def delete_rows(lake: Lake, contract: Contract, doomed: DataFrame) -> int:
    """Delete the rows that ``doomed`` holds the keys of; return how many.

    Parameters
    ----------
    doomed
        Rows of the table, or their keys; each once.
    """
    count = doomed.count()
    if count:
        keys = doomed.select(*contract.key).distinct()
        target = DeltaTable.forPath(lake.spark, lake.path(contract))
        target.alias("old").merge(keys.alias("new"), same_key(contract, "old", "new")).whenMatchedDelete().execute()
    return count


def forget_versions(lake: Lake, contracts: Iterable[Contract]) -> None:
    """Delete all files but those of each table's newest version; nobody may read or write the tables meanwhile."""

    def forget(contract: Contract) -> None:
        _keep_statistics_clean(lake, contract)
        lake.spark.sql(f"VACUUM {sql_name(lake.spark, lake.path(contract))} RETAIN 0 HOURS")

    with _without_safety(lake.spark), ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(forget, contracts))  # mostly listing of folders


def _keep_statistics_clean(lake: Lake, contract: Contract) -> None:
    (detail,) = DeltaTable.forPath(lake.spark, lake.path(contract)).detail().collect()
    kept = [name for name in detail.properties.get(STATISTICS, "").split(",") if name]
    telling = {str(c) for c in contract.columns if c.spec.personal or is_telling(c)}
    if telling & set(kept):
        wanted = ",".join(name for name in kept if name not in telling)
        lake.spark.sql(f"ALTER TABLE {sql_name(lake.spark, lake.path(contract))} SET TBLPROPERTIES ('{STATISTICS}' = '{wanted}')")


@contextmanager
def _without_safety(spark: SparkSession) -> Iterator[None]:
    before = spark.conf.get(SAFETY, None)
    spark.conf.set(SAFETY, "false")
    try:
        yield
    finally:
        spark.conf.unset(SAFETY) if before is None else spark.conf.set(SAFETY, before)
