"""The ledger on real files and tables: what a process leaves when it is killed, and how the next one goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.cli.actions import project_of
from crosschannel.contracts.ledger import Holders
from crosschannel.contracts.ops import Checks, Runs
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.errors import QualityError, UsageError
from crosschannel.io.lake import Lake
from crosschannel.io.tracking import open_tracker
from crosschannel.jobs.run_history import explain_run, status_of
from crosschannel.runtime import resume, run as runtime
from crosschannel.runtime.ledger import CLOSING, Entry, Ledger, Request
from crosschannel.runtime.lock import guard, take
from crosschannel.runtime.progress import run_steps
from crosschannel.runtime.resume import rest_of, resumed
from tests.support.rows import assert_rows, row
from tests.support.steps import DAY, Quiet, Steps, chain, killed, place
from tests.support.tables import Daily, Stock, Visits


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for table in (Stock, Visits, Daily):
        monkeypatch.setitem(CONTRACTS, table.contract.name, table.contract)


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def session_of_tests(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands that open a session of their own use the one of the tests."""

    @contextmanager
    def shared(lake: str) -> Iterator[SparkSession]:
        yield spark

    monkeypatch.setattr(resume, "session", shared)


def test_a_run_is_booked_once_at_its_end_and_a_second_one_commits_nothing(spark, tmp_path, steps):
    assert chain(spark, tmp_path, steps) == ["succeeded"] * 3
    lake = Lake(spark, place(tmp_path).lake)
    assert_rows(lake.read(Runs.contract), *(row(job=name, state="succeeded", pipeline_id="p1") for name in steps.jobs))
    assert lake.read(Checks.contract).count() == 3
    (holder,) = lake.read(Holders.contract).collect()
    assert (holder.epoch, holder.state, holder.planned, holder.steps) == (1, "succeeded", list(steps.jobs), dict.fromkeys(steps.jobs, "succeeded"))
    versions = {t.contract.name: lake.version(t.contract) for t in (Runs, Checks, Holders)}
    assert chain(spark, tmp_path, steps, "p2") == ["unchanged"] * 3
    assert {t.contract.name: lake.version(t.contract) for t in (Runs, Checks, Holders)} == versions
    newest = Ledger(spark, lake.root).newest()
    assert newest is not None
    assert (newest.epoch, newest.state, newest.done) == (2, "succeeded", set(steps.jobs))


@pytest.mark.fault(2, 20)
def test_a_killed_run_is_resumed_at_its_first_unfinished_step_and_booked_by_the_next_process(spark, tmp_path, steps, monkeypatch, session_of_tests):
    killed(spark, tmp_path, steps, monkeypatch)
    lake = Lake(spark, place(tmp_path).lake)
    assert not lake.exists(Runs.contract)  # the tables know nothing yet, the files do
    left_open = runs_in_mlflow(lake)
    assert {r.info.status for r in left_open} == {"RUNNING"}
    steps.ran.clear()
    with resumed(lake.root, steps.jobs, lambda _: None) as found:
        active, rest = found
        assert (rest.pipeline_id, rest.left, rest.place.as_of) == ("p1", ("make_stock", "make_daily"), DAY)
        run_steps(active, [steps.jobs[name] for name in rest.left], Quiet())
    assert steps.ran == ["make_stock", "make_daily"]
    booked = lake.read(Runs.contract).select(Runs.job, Runs.state, Runs.pipeline_id)
    states = {("make_visits", "succeeded"), ("make_stock", "interrupted"), ("make_stock", "succeeded"), ("make_daily", "succeeded")}
    assert {(r.job, r.state) for r in booked.collect()} == states
    holders = lake.read(Holders.contract).orderBy(Holders.epoch).collect()
    assert [(h.epoch, h.command, h.state) for h in holders] == [(1, "run", "interrupted"), (2, "resume", "succeeded")]
    assert holders[0].steps == {"make_visits": "succeeded", "make_stock": "interrupted"}
    assert {r.info.status for r in runs_in_mlflow(lake)} == {"KILLED", "FINISHED"}
    with resumed(lake.root, steps.jobs, lambda _: None) as nothing:
        assert nothing is None


def runs_in_mlflow(lake: Lake) -> list:
    tracker = open_tracker(lake.root, "demo")
    experiment = tracker.client.get_experiment_by_name(tracker.experiment)
    return list(tracker.client.search_runs([experiment.experiment_id]))


def test_resume_refuses_other_rules_than_the_run_began_with(spark, tmp_path, steps, monkeypatch, session_of_tests):
    steps.trouble = {"make_visits": [QualityError("bad")]}
    with pytest.raises(QualityError):
        chain(spark, tmp_path, steps)
    monkeypatch.setattr(resume, "code_hash", lambda: "other")
    with (
        pytest.raises(UsageError, match="the code changed since run p1 began.*crosschannel run --conf"),
        resumed(place(tmp_path).lake, steps.jobs, print),
    ):
        pass


def test_a_failed_run_says_so_and_what_to_type_next(spark, tmp_path, steps):
    steps.trouble = {"make_stock": [QualityError("bad")]}
    with pytest.raises(QualityError):
        chain(spark, tmp_path, steps)
    lake = Lake(spark, place(tmp_path).lake)
    status = status_of(lake)
    assert (status.state, status.next_command) == ("failed", f"crosschannel resume --lake {lake.root}")
    found = explain_run(lake)
    assert [(s[Runs.job], s[Runs.state], s[Runs.error], s["why"]) for s in found["steps"]] == [
        ("make_visits", "succeeded", None, "it had never succeeded"), ("make_stock", "failed", "QualityError", "it had never succeeded"),
    ]  # fmt: skip
    assert [(p["command"], p["ended"], p["failure"]) for p in found["processes"]] == [("run", "failed", "QualityError")]
    with pytest.raises(UsageError, match="run nobody is not known"):
        explain_run(lake, "nobody")


@pytest.mark.fault(1)
def test_a_file_cut_short_counts_as_not_written(spark, tmp_path):
    ledger = Ledger(spark, str(tmp_path))
    holder = take(ledger, str(tmp_path), Request("run", "p1"), by_lease=False)
    holder.plan(["make_visits"], "s")
    holder.end(holder.begin("make_visits", attempt={}), "make_visits", {"state": "succeeded"})
    holder.close("succeeded")
    folder = Path(tmp_path) / "ops/ledger" / f"{holder.epoch:08d}"
    for name in (CLOSING, "000001-make_visits.end.json", "beat"):
        if name == "beat":  # as on storage without checksums beside the files
            (folder / f".{name}.crc").unlink()
        (folder / name).write_text((folder / name).read_text()[:7])
    entry: Entry | None = ledger.newest()
    assert entry is not None
    assert (entry.state, entry.step_states) == ("running", {"make_visits": "interrupted"})
    rest = rest_of(str(tmp_path), [replace(entry, request=place(tmp_path).request("run", "p1"))])
    assert rest is not None
    assert rest.left == ("make_visits",)


def test_the_ledger_costs_a_small_part_of_a_run(spark, tmp_path):
    """Forty files of a chain of eleven steps: the bound is generous, a busy machine takes a tenth of it."""
    from time import monotonic

    ledger = Ledger(spark, str(tmp_path))
    holder = take(ledger, str(tmp_path), Request("run"), by_lease=False)
    started = monotonic()
    for number in range(11):
        holder.end(holder.begin(f"job_{number}", attempt={"rows": 1}), f"job_{number}", {"state": "succeeded"})
        guard(holder)
    ledger.entries()
    assert monotonic() - started < 5.0


def test_runtime_names_a_run_by_the_environment_so_that_separate_jobs_share_it(monkeypatch):
    monkeypatch.setenv(runtime.PIPELINE_ID, "night-7")
    assert runtime.pipeline_id() == "night-7"


def test_a_lake_knows_the_project_of_its_newest_run_and_no_other_is_taken_for_it(spark: SparkSession, tmp_path: Path) -> None:
    lake, mine = Lake(spark, str(tmp_path / "lake")), tmp_path / "mine"
    mine.mkdir()
    assert project_of(None, lake).name == "demo"
    ledger = Ledger(spark, lake.root)
    ledger.claim(1, Request("run", conf=str(mine)), "code")
    ledger.claim(2, Request("identity split"), "code")  # works by no project
    assert project_of(None, lake).folder == mine
    assert project_of(tmp_path, lake).folder == tmp_path
    mine.rmdir()
    with pytest.raises(UsageError, match="mine, which is not there: say where it lies with --conf"):
        project_of(None, lake)
