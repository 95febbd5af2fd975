"""A process that makes a commit each time it is told to: ``python -m tests.faults.one_commit LAKE ITEM...`` says ``ready PID`` of its JVM before each."""

from __future__ import annotations

import sys

from crosschannel.io.lake import Lake
from crosschannel.io.session import local_session
from tests.faults.slow_merge import stock
from tests.support.tables import Stock


def main() -> None:
    """Make everything ready, then commit item by item."""
    spark = local_session("one commit", {"spark.master": "local[2]", "spark.driver.memory": "1g"})
    lake, jvm = Lake(spark, sys.argv[1]), spark._jvm
    assert jvm is not None
    for item in sys.argv[2:]:
        frame = stock(spark, 1, item).localCheckpoint()
        print("ready", jvm.java.lang.ProcessHandle.current().pid(), flush=True)
        sys.stdin.readline()
        lake._append(Stock.contract, frame)
        print("committed", flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
