"""What is left of a run, told from what its processes wrote down; no Spark."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from crosschannel.contracts.ledger import RUNNING
from crosschannel.errors import UsageError
from crosschannel.runtime.ledger import Entry, Request, Step
from crosschannel.runtime.resume import day_of, rest_of
from crosschannel.shipped import shipped_conf

PLAN = ("ingest_events", "conform_events", "stitch_identities")
ASKED = Request("run", "p1", str(shipped_conf("demo")), "raw", None, 9, True)
NOON = datetime(2026, 1, 5, 12)


def step(job: str, state: str | None, as_of: str | None = None) -> Step:
    return Step(job, {"attempt": {"as_of": as_of}}, {"state": state} if state else None)


def entry(epoch: int, *steps: Step, planned: tuple[str, ...] = PLAN, request: Request = ASKED, closing: dict[str, object] | None = None) -> Entry:
    return Entry(epoch, request, "here", 7, "code", NOON, NOON, planned, "settings", steps, closing)


def test_a_run_goes_on_at_its_first_step_that_neither_succeeded_nor_had_nothing_to_do() -> None:
    rest = rest_of("lake", [entry(1, step("ingest_events", "unchanged"), step("conform_events", "failed"))])
    assert rest is not None
    assert (rest.left, rest.planned) == (PLAN[1:], PLAN)
    assert (rest.place.seed, rest.place.fresh, rest.place.raw, rest.place.lake) == (9, True, "raw", "lake")


def test_what_an_earlier_resume_finished_is_not_done_again_and_other_runs_do_not_count() -> None:
    other = entry(2, *(step(job, "succeeded") for job in PLAN), request=replace(ASKED, pipeline_id="p0"))
    first, second = entry(1, step("ingest_events", "succeeded")), entry(3, step("conform_events", "succeeded"), step("stitch_identities", None))
    rest = rest_of("lake", [other, first, second])
    assert rest is not None
    assert rest.left == ("stitch_identities",)


def test_a_run_that_finished_leaves_nothing_and_a_lake_without_runs_says_how_to_begin() -> None:
    assert rest_of("lake", [entry(1, *(step(job, "succeeded") for job in PLAN))]) is None
    decision = entry(1, planned=())  # held the lake without running steps
    with pytest.raises(UsageError, match="no run is known at lake; begin one with `crosschannel run --lake lake"):
        rest_of("lake", [decision])


def test_the_day_of_a_run_is_the_one_given_or_the_first_one_found() -> None:
    found = entry(1, step("ingest_events", "succeeded"), step("build_features", None, "2026-01-04"))
    assert day_of([found]) == date(2026, 1, 4)
    assert day_of([replace(found, request=replace(ASKED, as_of="2026-01-02"))]) == date(2026, 1, 2)
    assert day_of([entry(1)]) is None


def test_a_step_without_an_end_shares_the_end_of_its_process() -> None:
    steps = (step("ingest_events", "succeeded"), step("conform_events", None))
    assert entry(1, *steps).state == RUNNING
    assert entry(1, *steps).step_states == {"ingest_events": "succeeded", "conform_events": "interrupted"}
    assert entry(1, *steps, closing={"state": "failed", "error": "KeyError"}).step_states["conform_events"] == "failed"
