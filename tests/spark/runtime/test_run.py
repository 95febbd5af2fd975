import fcntl
import shutil
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.ops import Checks, Runs
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.errors import LockedError, QualityError, StorageError
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.runtime.lock import LOCK_FILE, lake_lock
from crosschannel.runtime.run import Place, Runner
from crosschannel.settings.strict import Settings
from tests.support.rows import assert_rows, row, rows
from tests.support.tables import Stock, Visits


class StockSettings(Settings):
    pieces: int = 1


class SmallProject:
    """A project with one part."""

    name = "small"

    def __init__(self, pieces: int = 1) -> None:
        self.stock = StockSettings(pieces=pieces)


def make_stock(ctx: JobContext, settings: StockSettings) -> None:
    """Write one row."""
    ctx.write(Stock, rows(ctx.spark, Stock, row(shop="s", item="i", pieces=settings.pieces)))
    ctx.check("pieces", observed=settings.pieces, passed=settings.pieces < 100)


JOB = Job("make_stock", make_stock, settings=lambda project: project.stock, needs_as_of=False, tracked=False)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the registry know the tables of this test."""
    for table in (Stock, Visits):
        monkeypatch.setitem(CONTRACTS, table.contract.name, table.contract)


def runner(spark: SparkSession, tmp_path: Path, pieces: int = 1, **different: object) -> Runner:
    place = Place(SmallProject(pieces), str(tmp_path), "raw", date(2026, 1, 5), **different)  # type: ignore[arg-type]
    return Runner(place, spark, lambda _: None)


def test_an_attempt_is_booked_with_its_rows_versions_and_checks(spark: SparkSession, tmp_path: Path) -> None:
    active = runner(spark, tmp_path)
    outcome = active.run(JOB)
    assert (outcome.state, outcome.rows) == ("succeeded", 1)
    version = active.lake.version(Stock.contract)
    assert_rows(
        active.lake.read(Runs.contract),
        row(job="make_stock", state="succeeded", rows_written={"silver.stock": 1}, outputs={"silver.stock": version}, error=None),
    )
    assert_rows(active.lake.read(Checks.contract), row(check_name="pieces", job="make_stock", passed=True, observed=1.0, expected=None))


def test_a_job_with_nothing_changed_does_not_run_again_and_commits_nothing(spark: SparkSession, tmp_path: Path) -> None:
    runner(spark, tmp_path).run(JOB)
    again = runner(spark, tmp_path)
    versions = {c.name: again.lake.version(c) for c in (Stock.contract, Runs.contract, Checks.contract)}
    assert again.run(JOB).state == "unchanged"
    assert {c.name: again.lake.version(c) for c in (Stock.contract, Runs.contract, Checks.contract)} == versions


@pytest.mark.fault(15)
def test_a_table_that_lost_a_commit_the_ledger_knows_is_refused_and_one_that_is_gone_is_made_again(spark: SparkSession, tmp_path: Path) -> None:
    active = runner(spark, tmp_path)
    active.run(JOB)
    table = Path(active.lake.path(Stock.contract))
    (table / "_delta_log" / f"{active.lake.version(Stock.contract):020d}.json").unlink()
    with pytest.raises(StorageError, match="silver.stock is at version 0, the ledger knows version 1: commits were lost; run `crosschannel doctor"):
        runner(spark, tmp_path).run(JOB)
    shutil.rmtree(table)
    assert runner(spark, tmp_path).run(JOB).state == "succeeded"


def test_other_settings_a_fresh_run_and_a_changed_table_run_again(spark: SparkSession, tmp_path: Path) -> None:
    runner(spark, tmp_path).run(JOB)
    assert runner(spark, tmp_path, pieces=2).run(JOB).state == "succeeded"
    assert runner(spark, tmp_path, pieces=2, fresh=True).run(JOB).state == "succeeded"
    active = runner(spark, tmp_path, pieces=2)
    active.lake.write(Stock.contract, rows(spark, Stock, row(shop="t", item="i")))
    assert active.run(JOB).state == "succeeded"


def test_a_failed_check_is_booked_with_the_class_of_the_error_alone(spark: SparkSession, tmp_path: Path) -> None:
    active = runner(spark, tmp_path, pieces=100)
    with pytest.raises(QualityError):
        active.run(JOB)
    assert_rows(active.lake.read(Runs.contract), row(state="failed", error="QualityError"))
    assert_rows(active.lake.read(Checks.contract), row(check_name="pieces", passed=False))
    assert runner(spark, tmp_path, pieces=100).audit.is_unchanged("make_stock", "any") is False


@pytest.mark.fault(11)
def test_a_lake_another_process_writes_to_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    # The session's JVM holds the lock, so this process is another one.
    with (tmp_path / LOCK_FILE).open("w") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        with pytest.raises(LockedError, match="another run is writing to"), lake_lock(spark, str(tmp_path)):
            pass
    with lake_lock(spark, str(tmp_path)):
        pass


def test_a_lake_that_is_not_there_yet_is_made_and_locked(spark: SparkSession, tmp_path: Path) -> None:
    with lake_lock(spark, f"file:{tmp_path}/new"):
        assert (tmp_path / "new" / LOCK_FILE).exists()


def test_the_latest_attempt_of_each_job_is_known(spark: SparkSession, tmp_path: Path) -> None:
    runner(spark, tmp_path).run(JOB)
    audit = runner(spark, tmp_path).audit
    assert [r["job"] for r in audit.latest()] == ["make_stock"]
    assert (audit.usual_seconds("make_stock") or 0) > 0
    assert audit.usual_seconds("make_coffee") is None
