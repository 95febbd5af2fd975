"""A process of the command line that meets a fault at a named failpoint.

``python -m tests.faults.meeting ACTION POINT NUMBER WORD...`` runs ``crosschannel WORD...``; before it reaches
POINT (``rows committed``, or ``rows committed: silver.events``) for the NUMBER-th time, it is killed together with
its JVM (``kill``), says ``paused`` and waits for a line (``pause``), or has Spark ask for more memory than there
is (``heap``), or fills a disk to its last block (``fill``). ``none`` meets nothing. Room on the disk is not asked for: these lakes are small.
"""

from __future__ import annotations

import errno
import os
import signal
import sys

from pyspark.sql import SparkSession, functions as F

from crosschannel.runtime import preflight
from tests.faults.points import Trace, laid, point_of


class Meeting(Trace):
    """Counts how often a point is reached, and acts once."""

    def __init__(self, action: str, point: str, number: int) -> None:
        super().__init__()
        self.action, self.point, self.left = action, point, number

    def reach(self, step: str) -> None:
        """Act at the n-th step of the point."""
        self.left -= step.startswith(self.point)
        if self.left == 0 and step.startswith(self.point):
            ACTIONS[self.action]()


def kill() -> None:
    """End this process group: Python and its JVM, as they stand."""
    os.killpg(0, signal.SIGKILL)


def pause() -> None:
    """Say so, and wait until told to go on."""
    print("paused", flush=True)
    sys.stdin.readline()


def heap() -> None:
    """Let a task of Spark ask for eight gigabytes at once."""
    spark = SparkSession.active()
    numbers = F.sequence(F.lit(0).cast("bigint"), F.col("id") + 1_000_000_000)
    spark.range(1).select(F.size(numbers)).collect()


def fill() -> None:
    """Fill the disk on which ``FILLED`` lies."""
    with open(os.environ["FILLED"], "wb", buffering=0) as file:  # noqa: PTH123 - unbuffered, so that what is refused is not kept for later
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError as full:
                if full.errno != errno.ENOSPC:
                    raise


ACTIONS = {"kill": kill, "pause": pause, "heap": heap, "fill": fill, "none": lambda: None}


def main() -> None:
    """Run the command line with the fault laid."""
    action, point, number, *words = sys.argv[1:]
    preflight.MIN_FREE_BYTES = 0
    sys.argv = ["crosschannel", *words]
    from crosschannel.cli import main as crosschannel

    with laid(Meeting(action, point, int(number)), point_of(point)):
        crosschannel()


if __name__ == "__main__":
    main()
