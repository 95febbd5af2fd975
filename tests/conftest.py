"""One Spark session for the whole run; unit tests never ask for it.

Its plans are interpreted: tests read hundreds of rows, and compiling each plan takes longer than running it.
`make test-chain` and `make demo` run compiled ones.
"""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.faults.register import FaultRegister

INTERPRETED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault-register", type=Path, help="write what became of each fault here, and the page beside it (make faults)")
    parser.addoption("--fault-row", type=int, help="only the tests of this row of the fault matrix")


def pytest_configure(config: pytest.Config) -> None:
    if path := config.getoption("--fault-register"):
        config.pluginmanager.register(FaultRegister(path))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if (row := config.getoption("--fault-row")) is not None:
        wanted = [item for item in items if any(row in mark.args for mark in item.iter_markers("fault"))]
        config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
        items[:] = wanted


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
