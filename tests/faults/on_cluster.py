"""A driver on a standalone cluster that writes a table in tasks which take a while: ``python -m tests.faults.on_cluster MASTER LAKE ROWS``.

Says ``writing`` before and ``failed N``, the number of tasks that failed, after.
"""

from __future__ import annotations

import sys

from pyspark.sql import functions as F

from crosschannel.io.lake import Lake
from crosschannel.io.session import local_session
from tests.faults.slow_merge import sleeping
from tests.support.tables import Stock

SIZES = {"spark.driver.memory": "800m", "spark.executor.memory": "600m", "spark.executor.cores": "1", "spark.sql.shuffle.partitions": "2"}


def main() -> None:
    """Write rows, one task each."""
    master, root, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
    spark = local_session("cluster", {"spark.master": master, **SIZES})
    slow = spark.range(0, rows, 1, rows).select(F.lit("s").alias("shop"), F.concat(F.lit("i"), "id").alias("item"), (F.col("id") + sleeping(2)).alias("pieces"))
    print("writing", flush=True)
    Lake(spark, root).write(Stock.contract, slow)
    tracker = spark.sparkContext.statusTracker()
    jobs = [tracker.getJobInfo(number) for number in tracker.getJobIdsForGroup()]
    stages = [tracker.getStageInfo(stage) for job in jobs if job for stage in job.stageIds]
    print("failed", sum(stage.numFailedTasks for stage in stages if stage), flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
