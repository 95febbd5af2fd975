"""Why a step ran, and whether its process is alive; no Spark."""

import os
import platform
from dataclasses import replace
from datetime import date, datetime

import pytest

from crosschannel.jobs.run_history import next_command, state_of, why
from crosschannel.runtime.ledger import Entry, Request

NOON = datetime(2026, 1, 5, 12)
BASE = {"code_hash": "c", "settings_hash": "s", "as_of_date": date(2026, 1, 4), "manifest": "m1", "inputs": {"silver.events": 3}}
HERE = Entry(1, Request("run"), platform.node(), os.getpid(), "c", NOON, NOON, (), "", (), None)


@pytest.mark.parametrize(
    ("different", "reason"),
    [
        ({}, "asked for, or its tables were changed by somebody else"),
        ({"manifest": "m2"}, "changed: raw files, a model, or the seed"),
        ({"manifest": "m2", "inputs": {"silver.events": 4}}, "changed: silver.events 3 -> 4"),
        ({"manifest": "m2", "inputs": {"silver.events": 3, "ops.model_actions": 0}}, "changed: ops.model_actions none -> 0"),
        ({"manifest": "m2", "settings_hash": "t", "code_hash": "d"}, "changed: code, settings"),
        ({"manifest": "m2", "as_of_date": date(2026, 1, 5)}, "changed: as-of date 2026-01-04 -> 2026-01-05"),
    ],
)
def test_a_step_ran_because_of_what_differs_from_its_last_success(different: dict[str, object], reason: str) -> None:
    assert why({**BASE, **different}, BASE) == reason


def test_a_step_that_never_succeeded_needs_no_other_reason() -> None:
    assert why(BASE, None) == "it had never succeeded"


def test_a_process_that_is_there_and_speaks_is_running_and_one_that_is_gone_or_silent_was_interrupted() -> None:
    assert state_of(HERE, 5.0) == "running"
    assert state_of(HERE, 600.0) == "interrupted"
    assert state_of(replace(HERE, pid=4194305), 5.0) == "interrupted"  # beyond the largest there can be
    assert state_of(replace(HERE, pid=4194305, host="elsewhere"), 5.0) == "running"
    assert state_of(replace(HERE, closing={"state": "failed", "error": None}), 600.0) == "failed"


def test_every_state_has_a_next_command() -> None:
    assert "resume" in next_command("failed", "l")
    assert "resume" in next_command("interrupted", "l")
    assert "run" in next_command("none", "l")
