"""Small units: a module fits a few screens, a function one, a job module half a one."""

import pytest

from tests.house.exceptions import LARGE_MODULES, LONG_FUNCTIONS
from tests.support.code import ROOT, SRC, Module, assert_settled, body_lines, functions, modules

MODULE_LINES = 250
JOB_LINES = 60
BODY_LINES = 70
OTHER_FOLDERS = ("benchmarks", "tests")


def is_job(module: Module) -> bool:
    return module.name.startswith("jobs/") and "JOB = Job(" in module.text


def test_a_module_has_at_most_250_lines() -> None:
    found = {m.name: f"{m.lines} lines" for m in modules() if m.lines > MODULE_LINES}
    for folder in OTHER_FOLDERS:
        found |= {f"{folder}/{m.name}": f"{m.lines} lines" for m in modules(ROOT / folder) if m.lines > MODULE_LINES}
    assert_settled(found, LARGE_MODULES, f"modules over {MODULE_LINES} lines: split them by idea")


def test_a_function_body_has_at_most_70_lines() -> None:
    bodies = {f"{m.name}::{name}": body_lines(f) for m in modules() for name, f in functions(m)}
    found = {place: f"{lines} lines" for place, lines in bodies.items() if lines > BODY_LINES}
    assert_settled(found, LONG_FUNCTIONS, f"functions over {BODY_LINES} lines: name their steps")


@pytest.mark.parametrize("job", [m for m in modules() if is_job(m)], ids=lambda m: m.name)
def test_a_job_module_has_at_most_60_lines(job: Module) -> None:
    assert job.lines <= JOB_LINES, f"{job.name}: {job.lines} lines; move logic to a verb of its room"


@pytest.mark.parametrize("launcher", modules(ROOT / "jobs"), ids=lambda m: m.name)
def test_a_launcher_has_at_most_60_lines(launcher: Module) -> None:
    assert launcher.lines <= JOB_LINES


def test_no_module_is_named_for_having_no_idea() -> None:
    vague = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py", "base.py"}
    assert not [m.name for m in modules(SRC) if m.name.split("/")[-1] in vague]
