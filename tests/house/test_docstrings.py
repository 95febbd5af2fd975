"""Everything public says what it is for; every job answers what an operator asks."""

import ast

import pytest

from crosschannel.contracts.registry import CONTRACTS, read_by, written_by
from tests.support.code import ROOT, Module, functions, modules

QUESTIONS = ("Reads", "Writes", "Rerun", "Submit")


def is_public(name: str) -> bool:
    return not any(part.startswith("_") for part in name.split("."))


def test_every_public_module_class_and_function_has_a_docstring() -> None:
    missing = []
    for module in modules():
        missing += [module.name] * (ast.get_docstring(module.tree) is None)
        classes = [n for n in ast.walk(module.tree) if isinstance(n, ast.ClassDef) and is_public(n.name)]
        missing += [f"{module.name}::{c.name}" for c in classes if ast.get_docstring(c) is None]
        inner = nested(module)
        public = [(n, f) for n, f in functions(module) if is_public(n) and f not in inner]
        missing += [f"{module.name}::{n}" for n, f in public if ast.get_docstring(f) is None]
    assert not missing, f"without a docstring: {missing}"


def nested(module: Module) -> set[ast.AST]:
    """Functions inside functions."""
    return {inner for _, outer in functions(module) for inner in ast.walk(outer) if inner is not outer}


JOB_MODULES = [m for m in modules() if m.name.startswith("jobs/") and "JOB = Job(" in m.text]


@pytest.mark.parametrize("job", JOB_MODULES, ids=lambda m: m.name)
def test_a_job_says_what_it_reads_writes_and_what_a_rerun_does(job: Module) -> None:
    text = ast.get_docstring(job.tree) or ""
    assert not [q for q in QUESTIONS if f"\n{q}" not in text]


@pytest.mark.parametrize("job", JOB_MODULES, ids=lambda m: m.name)
def test_a_job_names_the_tables_the_registry_names(job: Module) -> None:
    name = job.name.removeprefix("jobs/").removesuffix(".py")
    text = ast.get_docstring(job.tree) or ""
    named = {table for table in CONTRACTS if table in text}
    declared = {c.name for c in (*read_by(name), *written_by(name))}
    assert named == declared or not declared, f"docstring {sorted(named - declared)} against registry {sorted(declared - named)}"


@pytest.mark.parametrize("launcher", modules(ROOT / "jobs"), ids=lambda m: m.name)
def test_a_launcher_says_how_it_is_submitted(launcher: Module) -> None:
    assert f"jobs/{launcher.name} " in (ast.get_docstring(launcher.tree) or "")
