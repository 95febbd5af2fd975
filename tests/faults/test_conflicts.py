"""Another writer commits in the middle of a merge: the step runs again as a whole, and both commits are in the table."""

from __future__ import annotations

import time
from threading import Thread

import pytest
from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.table import Contract
from crosschannel.errors import ConflictError
from crosschannel.io.lake import Lake
from crosschannel.runtime import retry
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.runtime.run import Runner
from tests.faults.slow_merge import sleeping, stock
from tests.support.rows import assert_rows, row
from tests.support.steps import NoSettings, place
from tests.support.tables import Stock

pytestmark = [pytest.mark.long, pytest.mark.fault(12)]
TRIES = 3


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONTRACTS, Stock.contract.name, Stock.contract)
    monkeypatch.setattr(retry, "FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(retry, "MAX_TRIES", TRIES)


def add_one(ctx: JobContext, settings: NoSettings) -> None:
    """Add one piece to the stock."""
    ctx.write(Stock, stock(ctx.spark, ctx.read(Stock).collect()[0].pieces + 1, "i"))


def disturbed(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Let another writer add a hundred pieces while a merge is at work, so many times."""
    merge, left = Lake._merge, [times]

    def add_hundred(lake: Lake) -> None:
        time.sleep(1.5)
        merge(lake, Stock.contract, stock(lake.spark, lake.read(Stock.contract).collect()[0].pieces + 100, "i"))

    def slow_merge(self: Lake, contract: Contract, df: DataFrame) -> None:
        if left[0] == 0:
            return merge(self, contract, df)
        left[0] -= 1
        other = Thread(target=add_hundred, args=[Lake(self.spark, self.root)])
        other.start()
        try:
            return merge(self, contract, df.repartition(1).withColumn("pieces", F.col("pieces") + sleeping(5)))
        finally:
            other.join()

    monkeypatch.setattr(Lake, "_merge", slow_merge)


@pytest.mark.parametrize(("times", "pieces"), [(1, 102), (TRIES, 1 + TRIES * 100)], ids=["once", "every_time"])
def test_a_step_another_writer_came_between_ends_in_both_commits_or_after_some_tries_in_an_error(spark, tmp_path, monkeypatch, times, pieces):
    where, said = place(tmp_path), []
    lake = Lake(spark, where.lake)
    lake.write(Stock.contract, stock(spark, 1, "i"))
    disturbed(monkeypatch, times)
    job = Job("make_stock", add_one, lambda _: NoSettings(), needs_as_of=False, tracked=False)
    if times < TRIES:
        assert Runner(where, spark, said.append).run(job).state == "succeeded"
    else:
        with pytest.raises(ConflictError, match="another writer committed first"):
            Runner(where, spark, said.append).run(job)
    assert len([line for line in said if "the whole step runs again" in line]) == min(times, TRIES - 1)
    assert_rows(lake.read(Stock.contract), row(shop="s", item="i", pieces=pieces))
