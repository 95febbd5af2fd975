"""Named failpoints: every place that changes something durable, laid from outside, so that a test can end the process there.

The product knows nothing of them. :func:`laid` wraps the functions that make commits, write notes of the
ledger, call MLflow or clean up; a :class:`Trace` counts how often one is reached and dies before the n-th.
From then on nothing durable happens any more, as if the process were gone: what Python still does while
the kill unwinds it (closing its entry in the ledger, ending its run in MLflow) is refused as well.
"""

from __future__ import annotations

import functools
import importlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import pytest

from crosschannel.contracts.table import Contract
from crosschannel.io.small_files import Folder
from crosschannel.runtime.ledger import BEAT

RUN = "tests/faults/test_kills_run.py::test_a_run_ended_before_every_durable_step_ends_as_an_undisturbed_one"
NOTES = "tests/faults/test_kills_run.py::test_notes_nobody_needs_are_dropped_by_whoever_comes_next"
MODELS = "tests/faults/test_kills_mlflow.py::test_a_training_ended_before_every_call_to_mlflow_ends_as_an_undisturbed_one"
DECIDED = "tests/faults/test_kills_mlflow.py::test_a_decision_ended_before_every_call_to_mlflow_holds_when_it_is_repeated"
UPKEEP = "tests/faults/test_kills_upkeep.py::test_maintenance_ended_before_every_step_changes_no_row"
ERASURE = "tests/faults/test_kills_upkeep.py::test_an_erasure_ended_before_every_step_leaves_no_byte_when_it_is_repeated"
EXPORT = "tests/jobs/test_releases.py::test_an_export_ended_before_every_file_is_whole_when_it_is_repeated"
LEFT = "tests/faults/test_storage.py::test_only_young_files_that_no_version_names_are_removed_after_a_full_disk"
TOPIC = "tests/jobs/test_follow_topic.py::test_a_topic_followed_through_kills_ends_in_the_bronze_of_the_batch"
DATABASE = "tests/jobs/test_export_postgres.py::test_an_export_that_does_not_hold_the_releases_rows_changes_nothing"
MLFLOW = "mlflow.MlflowClient"
NUMBERS = re.compile(r"\d{4,}")  # of epochs, steps and moments: other ones in every process


class Killed(BaseException):
    """The end of a process: nothing catches it, and nothing durable happens after it."""


@dataclass(frozen=True)
class Failpoint:
    """A place that changes something durable, what it is called, the tests that end the process there, and places that are part of it."""

    name: str
    place: str
    tests: tuple[str, ...]
    parts: tuple[str, ...] = ()


def _calls(test: str, **methods: str) -> tuple[Failpoint, ...]:
    return tuple(Failpoint(name.replace("_", " "), f"{MLFLOW}::{method}", (test,)) for name, method in methods.items())


FAILPOINTS = (
    Failpoint("table made", "io/lake.py::Lake.create", (RUN,)),
    Failpoint("rows committed", "io/lake.py::Lake._commit", (RUN,), ("io/lake.py::Lake._append", "io/lake.py::Lake._merge")),
    Failpoint("note claimed", "io/small_files.py::Folder.claim", (RUN,)),
    Failpoint("note written", "io/small_files.py::Folder.write", (RUN,)),
    Failpoint("note dropped", "io/small_files.py::Folder.delete", (NOTES,)),
    Failpoint("notes dropped", "io/small_files.py::Folder.remove", (NOTES,)),
    Failpoint("columns added", "io/upkeep.py::add_columns", (UPKEEP,)),
    Failpoint("properties set", "io/upkeep.py::set_properties", (UPKEEP,)),
    Failpoint("expired rows deleted", "io/upkeep.py::delete_expired", (UPKEEP,)),
    Failpoint("files compacted", "io/upkeep.py::compact", (UPKEEP,)),
    Failpoint("old files deleted", "io/upkeep.py::vacuum", (UPKEEP,)),
    Failpoint("left-overs removed", "io/leftovers.py::remove_uncommitted", (LEFT,)),
    Failpoint("erasure begun", "jobs/erase.py::_remember", (ERASURE,)),
    Failpoint("person deleted", "io/purge.py::delete_rows", (ERASURE,)),
    Failpoint("versions forgotten", "io/purge.py::forget_versions", (ERASURE,), ("io/purge.py::_keep_statistics_clean",)),
    Failpoint("files scrubbed", "io/scrub.py::scrub", (ERASURE,), ("io/scrub.py::_scrub_database", "io/scrub.py::_replace")),
    Failpoint("erasure ended", "jobs/erase.py::_forget", (ERASURE,)),
    Failpoint("files exported", "io/delivery.py::write_files", (EXPORT,)),
    Failpoint("export begun", "io/postgres.py::exported", (DATABASE,)),
    Failpoint("rows staged", "io/postgres.py::_stage", (DATABASE,)),
    Failpoint("rows taken over", "io/postgres.py::take_over", (DATABASE,), ("io/postgres.py::_merge",)),
    Failpoint("offsets noted", "io/topics.py::_drain", (TOPIC,)),
    *_calls(
        MODELS, experiment_made="create_experiment", run_opened="create_run", run_opened_again="update_run", inputs_named="log_inputs",
        figure_stored="log_figure", text_stored="log_text", facts_stored="log_dict", file_stored="log_artifact", values_sent="log_batch",
        run_closed="set_terminated", model_made="create_logged_model", model_stored="log_model_artifacts", model_finished="finalize_logged_model",
        model_named="create_registered_model", version_registered="create_model_version", alias_set="set_registered_model_alias",
    ),
    *_calls(DECIDED, alias_deleted="delete_registered_model_alias", tag_set="set_model_version_tag", tag_deleted="delete_model_version_tag"),
)  # fmt: skip


class Trace:
    """The durable steps of a process in their order; it dies before the ``die_before``-th, or before the first that is not in ``died``."""

    def __init__(self, die_before: int = 0, died: list[str] | None = None) -> None:
        self.steps: list[str] = []
        self.die_before, self.died, self.is_dead = die_before, died, False

    @property
    def points(self) -> set[str]:
        """Names of the failpoints that were reached."""
        return {point_of(step) for step in self.steps}

    def reach(self, step: str) -> None:
        """Note a step, or die before it."""
        if self.is_dead:
            raise Killed
        self.steps.append(step)
        name = f"{NUMBERS.sub('N', step)} #{min(self.steps.count(step), 2)}"
        is_new = self.died is not None and name not in self.died
        if is_new or len(self.steps) == self.die_before:
            self.is_dead = True
            if self.died is not None:
                self.died.append(name)
            raise Killed(step)


def point_of(step: str) -> str:
    """Return the name of the failpoint of a step."""
    return step.split(":", maxsplit=1)[0]


def died_at_every_step(work: Callable[[], object], *names: str) -> list[str]:
    """Do the work again and again, ended each time before a step that no process before was ended at, until it goes through; return those steps."""
    died: list[str] = []
    while True:
        try:
            with laid(Trace(died=died), *names):
                work()
        except Killed:
            continue
        return died


@contextmanager
def laid(trace: Trace, *names: str) -> Iterator[Trace]:
    """Lay all failpoints, or those named."""
    with pytest.MonkeyPatch.context() as patch:
        for point in FAILPOINTS:
            if not names or point.name in names:
                _lay(point, trace.reach, patch, lambda: trace.is_dead)
        yield trace


def _lay(point: Failpoint, reach: Callable[[str], None], patch: pytest.MonkeyPatch, is_dead: Callable[[], bool]) -> None:
    owner, name = owner_of(point)
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: Any, **named: Any) -> Any:
        if original is Folder.write and args[1] == BEAT:  # a sign of life comes from a thread, whenever
            return None if is_dead() else original(*args, **named)
        reach(f"{point.name}: {_detail(args)}")
        return original(*args, **named)

    patch.setattr(owner, name, wrapped)
    if isinstance(original, FunctionType) and not isinstance(owner, type):
        for module in [m for n, m in sys.modules.items() if n.startswith("crosschannel") and m is not None]:
            for known_as in [k for k, v in vars(module).items() if v is original]:  # imported by name
                patch.setattr(module, known_as, wrapped)


def owner_of(point: Failpoint) -> tuple[Any, str]:
    """Return the module or class that holds the function of a failpoint, and its name there."""
    file, way = point.place.split("::")
    if file == MLFLOW:
        return importlib.import_module("mlflow").MlflowClient, way
    owner: Any = importlib.import_module(f"crosschannel.{file.removesuffix('.py').replace('/', '.')}")
    *inside, name = way.split(".")
    for step in inside:
        owner = getattr(owner, step)
    return owner, name


def _detail(args: tuple[Any, ...]) -> str:
    """Say what a step is about, from its first arguments: a table, a note and the folder it lies in, or a folder."""
    for arg in args[:2]:
        if isinstance(arg, Contract):
            return arg.name
    if args and isinstance(args[0], Folder):
        return "/".join([*args[0].path.split("/")[-2:], *(a for a in args[1:2] if isinstance(a, str))])
    return next((a.rstrip("/").split("/")[-1] for a in args[1:2] if isinstance(a, str) and "/" in a), "")
