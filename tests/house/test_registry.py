"""The table registry is whole: one producer each, no circles, every job real and launchable."""

import ast
from collections import Counter

import pytest

from crosschannel.contracts.registry import CONTRACTS, TABLES
from crosschannel.contracts.table import LAYERS, Contract
from crosschannel.runtime.order import dependencies, run_order
from tests.support.code import ROOT, SRC, Module, imported, modules

RUNTIME = "runtime"
JOB_MODULES = {m.name.removeprefix("jobs/").removesuffix(".py"): m for m in modules() if m.name.startswith("jobs/") and "JOB = Job(" in m.text}
LAUNCHERS = {m.name.removesuffix(".py") for m in modules(ROOT / "jobs")}
# Functions that return a table's contract completed with the project's own columns.
CONTRACT_MAKERS = {"features_contract": "CustomerFeatures", "segments_contract": "PublishedSegments"}


def test_every_table_is_declared_once() -> None:
    names = Counter(t.contract.name for t in TABLES)
    assert not [name for name, count in names.items() if count > 1]
    assert {c.layer for c in CONTRACTS.values()} == set(LAYERS)


def test_every_producer_and_reader_is_a_job_or_the_runtime() -> None:
    named = {job for c in CONTRACTS.values() for job in (c.produced_by, *c.read_by)} - {RUNTIME}
    assert named <= set(JOB_MODULES), f"no such job: {sorted(named - set(JOB_MODULES))}"


def test_the_jobs_have_an_order_that_waits_for_every_producer() -> None:
    order = run_order(set(JOB_MODULES))
    assert set(order) == set(JOB_MODULES)
    for job, needed in dependencies().items():
        assert all(order.index(n) < order.index(job) for n in needed), f"{job} runs before one of {sorted(needed)}"


def test_every_job_has_a_launcher_and_every_launcher_a_job() -> None:
    assert set(JOB_MODULES) == LAUNCHERS


@pytest.mark.parametrize("name", sorted(JOB_MODULES))
def test_a_job_is_named_after_its_module_and_a_launcher_hands_it_over(name: str) -> None:
    assert f'JOB = Job("{name}"' in JOB_MODULES[name].text or f'JOB = Job(\n    "{name}"' in JOB_MODULES[name].text
    launcher = (ROOT / "jobs" / f"{name}.py").read_text(encoding="utf-8")
    assert f"from crosschannel.jobs.{name} import JOB" in launcher


@pytest.mark.parametrize("name", sorted(JOB_MODULES))
def test_a_job_touches_every_table_the_registry_says_it_does(name: str) -> None:
    classes = {t.contract.name: t.__name__ for t in TABLES}
    declared = {classes[c.name] for c in CONTRACTS.values() if name == c.produced_by or name in c.read_by}
    assert declared <= tables_in(JOB_MODULES[name]), f"the registry names {sorted(declared - tables_in(JOB_MODULES[name]))}, which the job never opens"


def tables_in(module: Module) -> set[str]:
    """Return the table classes a job names, also through modules of ``jobs/`` it is split into."""
    names = {n.id for n in ast.walk(module.tree) if isinstance(n, ast.Name)}
    parts = [m for m in modules(SRC) if m.name.startswith("jobs/") and any(i.startswith(f"crosschannel.{dotted_name(m)}.") for i in imported(module))]
    names |= {n.id for part in parts for n in ast.walk(part.tree) if isinstance(n, ast.Name)}
    return names | {CONTRACT_MAKERS[n] for n in names & set(CONTRACT_MAKERS)}


def dotted_name(module: Module) -> str:
    return module.name.removesuffix(".py").replace("/", ".")


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda c: c.name)
def test_a_table_says_what_every_column_means(contract: Contract) -> None:
    assert contract.grain.startswith("one row per ")
    assert contract.meaning
    assert not [c for c in contract.columns if not c.spec.meaning]
    assert not [c for c in contract.key if c.spec.nullable]


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda c: c.name)
def test_columns_are_named_by_the_glossary(contract: Contract) -> None:
    suffixes = {"_ts": ("timestamp",), "_date": ("date",), "_days": ("int",), "_amount": ("decimal(18,2)",)}
    wrong = [c for c in contract.columns for end, types in suffixes.items() if c.endswith(end) and c.spec.dtype not in types]
    assert not wrong
    assert not [c for c in contract.columns if c.startswith(("is_", "has_")) and c.spec.nullable]
