"""One writer per lake: what a holder that lost it can no longer do, and steps that met another writer."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from crosschannel.contracts.ops import Runs
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.errors import ConflictError, LockedError, StorageError
from crosschannel.io.lake import Lake
from crosschannel.runtime import lock
from crosschannel.runtime.ledger import Ledger, Request
from crosschannel.runtime.lock import guard, take
from tests.support.rows import assert_rows, row, rows
from tests.support.steps import Steps, held, place
from tests.support.tables import Daily, Stock, Visits


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for table in (Stock, Visits, Daily):
        monkeypatch.setitem(CONTRACTS, table.contract.name, table.contract)


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.mark.fault(6)
def test_a_zombie_whose_lake_was_given_away_commits_nothing_more(spark, tmp_path, steps):
    where = place(tmp_path)
    lake = Lake(spark, where.lake)
    with pytest.raises(LockedError, match="this run lost the lake"), held(spark, where) as zombie:  # noqa: PT012 - it is lost on the way
        zombie.run(steps.jobs["make_visits"])
        version = lake.version(Visits.contract)
        assert take(Ledger(spark, where.lake), where.lake, Request("run", "p2"), by_lease=False).epoch == 2
        zombie.lake.write(Visits.contract, rows(spark, Visits, row(visit_id="late", pages=1)))
    assert lake.version(Visits.contract) == version
    assert not lake.exists(Runs.contract)  # nor does it book anything: the next holder does


@pytest.mark.fault(6)
@pytest.mark.long
def test_a_commit_begun_before_the_lake_was_given_away_is_refused_by_the_fence(spark, tmp_path):
    # A merge reads its table, then works for two seconds; meanwhile the next holder fences the table.
    from threading import Thread

    lake, said = Lake(spark, str(tmp_path)), []
    lake.write(Stock.contract, rows(spark, Stock, row(shop="s", item="i", pieces=1)))
    slow = rows(spark, Stock, row(shop="s", item="i", pieces=2)).repartition(1)
    sleep = F.call_function("java_method", F.lit("java.lang.Thread"), F.lit("sleep"), F.lit(3000).cast("bigint"))
    slow = slow.withColumn("pieces", F.col("pieces") + F.coalesce(F.length(sleep), F.lit(0)))

    def late() -> None:
        try:
            from crosschannel.io.conflicts import conflicts_named

            with conflicts_named(Stock.contract.name):
                lake._merge(Stock.contract, slow)
        except StorageError as error:
            said.append(str(error))

    zombie = Thread(target=late)
    zombie.start()
    zombie.join(1.5)
    lock.fence(Lake(spark, str(tmp_path)), 2)
    zombie.join()
    assert said, "the late commit came through"
    assert "the lake was given to another run" in said[0]
    assert_rows(lake.read(Stock.contract), row(pieces=1))


@pytest.mark.fault(11)
def test_without_a_lock_of_the_system_a_silent_holder_loses_the_lake_and_a_living_one_keeps_it(spark, tmp_path, monkeypatch):
    ledger = Ledger(spark, str(tmp_path))
    first = take(ledger, str(tmp_path), Request("run"), by_lease=True)
    with pytest.raises(LockedError, match=r"another run is writing to .* \(process \d+ on"):
        take(ledger, str(tmp_path), Request("run"), by_lease=True)
    Lake(spark, str(tmp_path)).write(Stock.contract, rows(spark, Stock, row()))
    monkeypatch.setattr(lock, "LEASE_SECONDS", -1.0)
    second = take(ledger, str(tmp_path), Request("run"), by_lease=True)
    assert (first.epoch, second.epoch) == (1, 2)
    detail = spark.sql(f"SHOW TBLPROPERTIES delta.`{tmp_path}/silver/stock`").collect()
    assert {r.key: r.value for r in detail}["crosschannel.epoch"] == "2"
    with pytest.raises(LockedError):
        guard(first)


@pytest.mark.fault(12)
def test_a_step_that_met_another_writer_runs_again_as_a_whole_a_few_times(spark, tmp_path, steps, monkeypatch):
    monkeypatch.setattr("crosschannel.runtime.retry.FIRST_PAUSE_SECONDS", 0.0)
    steps.trouble = {"make_visits": [ConflictError("silver.visits: met; x")] * 2}
    with held(spark, place(tmp_path)) as active:
        assert active.run(steps.jobs["make_visits"]).state == "succeeded"
        assert steps.ran == ["make_visits"] * 3
        steps.trouble = {"make_daily": [ConflictError("gold.daily: met; x")] * 9}
        with pytest.raises(ConflictError):
            active.run(steps.jobs["make_daily"])
    assert len(steps.ran) == 3 + 5
