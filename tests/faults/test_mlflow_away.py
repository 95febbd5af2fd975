"""MLflow is not there: its database is held by somebody else, or nobody listens. The run ends in time, with words, and is gone on with."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from benchmarks.standalone import free_port
from crosschannel.contracts.ops import Runs
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.errors import ResourceError
from crosschannel.io.lake import Lake
from crosschannel.io.tracking import TRACKING_URI_ENV, open_tracker
from crosschannel.runtime.exits import as_known
from tests.support.rows import assert_rows, row
from tests.support.steps import Steps, chain, place
from tests.support.tables import Daily, Stock, Visits

pytestmark = [pytest.mark.long, pytest.mark.fault(21)]
IN_TIME = 120  # seconds until a run says that nobody answers


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for table in (Stock, Visits, Daily):
        monkeypatch.setitem(CONTRACTS, table.contract.name, table.contract)


@contextmanager
def held(database: Path) -> Iterator[None]:
    """Hold a database so that nobody else can read or write it."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_a_run_that_finds_the_database_of_mlflow_held_says_so_and_the_next_one_ends_as_undisturbed(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(spark, place(tmp_path).lake)
    open_tracker(lake.root, "demo").champion("stock")  # makes the database
    begun = time.monotonic()
    with held(Path(lake.root) / "mlflow/mlflow.db"), pytest.raises(Exception, match="locked") as refusal:
        chain(spark, tmp_path, Steps())
    assert time.monotonic() - begun < IN_TIME
    known = as_known(refusal.value)
    assert isinstance(known, ResourceError)
    assert "another program holds the database of MLflow" in str(known)
    assert_rows(lake.read(Visits.contract), row(pages=1))
    assert not lake.exists(Stock.contract)
    assert chain(spark, tmp_path, Steps()) == ["unchanged", "succeeded", "succeeded"]
    assert {(r.job, r.state) for r in lake.read(Runs.contract).collect()} >= {("make_visits", "succeeded"), ("make_stock", "failed"), ("make_stock", "succeeded")}


def test_a_server_nobody_listens_at_is_said_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRACKING_URI_ENV, f"http://127.0.0.1:{free_port()}")
    begun = time.monotonic()
    with pytest.raises(Exception, match="API request") as refusal, open_tracker(str(tmp_path), "demo").stage("train_scores"):
        pass
    assert time.monotonic() - begun < IN_TIME
    known = as_known(refusal.value)
    assert isinstance(known, ResourceError)
    assert "MLFLOW_TRACKING_URI" in str(known)
