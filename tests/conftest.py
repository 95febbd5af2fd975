"""One Spark session for the whole run; unit tests never ask for it.

Its plans are interpreted: tests read hundreds of rows, and compiling each plan takes longer than running it.
`make test-chain` and `make demo` run compiled ones.
"""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from pyspark.sql import SparkSession

INTERPRETED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    from crosschannel.io.session import local_session

    session = local_session("tests", {"spark.master": "local[2]", "spark.sql.shuffle.partitions": "2", **INTERPRETED})
    yield session
    session.stop()


@pytest.fixture(scope="module", autouse=True)
def forget_tables() -> Iterator[None]:
    """Drop what Delta remembers of a module's tables: the snapshots of some thousand tables would fill the heap."""
    yield
    if session := SparkSession.getActiveSession():
        gc.collect()  # else frames in Python hold on to their plans
        jvm: Any = session._jvm
        jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
