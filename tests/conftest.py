"""One Spark session for the whole run; unit tests never ask for it.

Its plans are interpreted: tests read hundreds of rows, and compiling each plan takes longer than running it.
`make test-chain` and `make demo` run compiled ones.
"""

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

INTERPRETED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    from crosschannel.io.session import local_session

    session = local_session("tests", {"spark.master": "local[2]", "spark.sql.shuffle.partitions": "2", **INTERPRETED})
    yield session
    session.stop()
