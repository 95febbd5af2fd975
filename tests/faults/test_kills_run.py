"""A run of three steps, one of which trains, ended before every durable step: the next run settles what is left and ends as an undisturbed one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.ledger import Holders
from crosschannel.contracts.ops import Checks, Runs
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.io.lake import Lake
from crosschannel.io.tracking import open_tracker
from crosschannel.runtime import ledger as ledgers
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.ledger import Ledger, Request
from crosschannel.runtime.lock import take
from tests.faults.points import FAILPOINTS, MLFLOW, NOTES, RUN, died_at_every_step, point_of
from tests.support.steps import NoSettings, Steps, chain, place
from tests.support.tables import Daily, Stock, Visits

pytestmark = pytest.mark.long
DATA = (Visits, Stock, Daily)
REACHED = {p.name for p in FAILPOINTS if RUN in p.tests}


class Trained(Steps):
    """The same steps, of which the second also makes a model champion."""

    def step(self, table):
        write = super().step(table)

        def run(ctx: JobContext, settings: NoSettings) -> None:
            """Write one row, and train."""
            write(ctx, settings)
            if table is Stock:
                ctx.tracker.register("stock", "v1", {"model.json": "{}"}, {})
                ctx.tracker.settle("stock", "v1", is_accepted=True)

        return run


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for table in DATA:
        monkeypatch.setitem(CONTRACTS, table.contract.name, table.contract)


def outcome(spark: SparkSession, folder: Path) -> dict[str, Any]:
    """What a run leaves: rows, what the tables know of successful steps, and the registry."""
    lake = Lake(spark, place(folder).lake)
    tracker = open_tracker(lake.root, "demo")
    experiment = tracker.client.get_experiment_by_name(tracker.experiment).experiment_id
    runs = tracker.client.search_runs([experiment], max_results=1000)
    done = lake.read(Runs.contract).where(F.col(Runs.state) == "succeeded").select(Runs.job, Runs.rows_written).collect()
    return {
        "rows": {t.contract.name: sorted(map(str, lake.read(t.contract).collect())) for t in DATA},
        "done": sorted((r.job, sum(r.rows_written.values())) for r in done),
        "models": [(e.number, e.model_version, e.aliases) for e in tracker.registry.entries("stock")],
        "open": [r.info.run_id for r in runs if r.info.status == "RUNNING"],
        "trained": sum(r.info.status == "FINISHED" and r.data.tags["role"] == "stage" for r in runs),
    }


@pytest.mark.fault(1, 2, 20)
def test_a_run_ended_before_every_durable_step_ends_as_an_undisturbed_one(spark: SparkSession, tmp_path: Path) -> None:
    chain(spark, tmp_path / "steady", Trained())
    died = died_at_every_step(lambda: chain(spark, tmp_path / "killed", Trained()))
    reached = {point_of(step) for step in died}
    assert reached >= REACHED
    assert reached >= {p.name for p in FAILPOINTS if p.place in {f"{MLFLOW}::set_registered_model_alias", f"{MLFLOW}::create_model_version"}}
    for table in (*DATA, Runs, Checks, Holders):
        assert f"rows committed: {table.contract.name} #1" in died, "each table is committed after a kill"
    after, wanted = outcome(spark, tmp_path / "killed"), outcome(spark, tmp_path / "steady")
    booked = after.pop("done")  # a step that ended before its end was booked may have run, and be booked, again
    assert sorted({job for job, _ in booked}) == sorted(job for job, _ in wanted.pop("done"))
    assert after.pop("trained") >= wanted.pop("trained") == 1  # and so may its run in MLflow be there twice
    assert after == wanted
    lake = Lake(spark, place(tmp_path / "killed").lake)
    ledger, holders = Ledger(spark, lake.root), [r[0] for r in lake.read(Holders.contract).select(Holders.epoch).collect()]
    assert len(holders) == len(set(holders)), "no process is booked twice"
    waiting = {entry.epoch for entry in ledger.unsettled()}  # a run with nothing to book leaves a few to the next one that has
    assert {*holders, *waiting} == set(range(1, ledger.epochs()[-1] + 1)), "every process is booked, or waits for it"
    before = {name: lake.version(c) for name, c in CONTRACTS.items() if lake.exists(c)}
    assert chain(spark, tmp_path / "killed", Trained(), "p2") == ["unchanged"] * 3
    assert {name: lake.version(c) for name, c in CONTRACTS.items() if lake.exists(c)} == before


@pytest.mark.fault(1)
def test_notes_nobody_needs_are_dropped_by_whoever_comes_next(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "KEPT", 2)
    ledger = Ledger(spark, str(tmp_path))
    holder = [take(ledger, str(tmp_path), Request("run"), by_lease=False) for _ in range(4)][-1]
    for number in range(3):
        holder.end(holder.begin(f"job_{number}", attempt={}), f"job_{number}", {"state": "succeeded"})
    died = [*died_at_every_step(holder.thin_out), *died_at_every_step(lambda: ledger.settle(ledger.epochs()))]
    assert {point_of(step) for step in died} >= {p.name for p in FAILPOINTS if NOTES in p.tests}
    assert [step.job for step in ledger.entry(4).steps] == ["job_2"]
    assert ledger.epochs() == [3, 4]
