"""Whatever outlives the process has a named failpoint and a test that ends the process there; every row of the fault matrix has tests."""

import ast
import json
from collections.abc import Iterator

import pytest

from tests.faults.matrix import BY_NUMBER, FAULTS
from tests.faults.points import FAILPOINTS, MLFLOW, owner_of
from tests.faults.register import FAILED, PAGE, REGISTER, marked_tests, register, rows_named, to_page
from tests.house.exceptions import WITHOUT_FAILPOINT
from tests.support.code import ROOT, Module, assert_settled, dotted, located, modules

# What makes something last: methods of Delta, Hadoop, Python, JDBC and SQLite.
ALWAYS = {
    "save", "saveAsTable", "executeCompaction", "sql", "insertInto", "rmtree", "rename", "unlink", "touch", "write_text", "write_bytes", "execute",
    "executeUpdate", "executeBatch", "executescript", "commit", "copyfile", "move", "save_model",
}  # fmt: skip
ON_A_FILE_SYSTEM = {"create", "delete", "append", "truncate"}  # of a Hadoop file system; also delete of a Delta table
FILE_SYSTEMS = ("fs", "forPath")
ON_A_WRITER = {"parquet", "csv", "json", "text", "orc", "jdbc", "start"}  # of df.write or df.writeStream; elsewhere they read or plot
WRITERS = ("write", "writeStream", "writer")
OF_MLFLOW = ("create_", "update_", "set_", "delete_", "log_", "finalize_", "rename_", "transition_")


def lasting(module: Module) -> Iterator[tuple[str, str, int]]:
    """Yield place, name of the call and line of everything that changes something durable."""
    for place, node in located(module):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name, on = node.func.attr, names_in(node.func.value)
        is_written = (name in ON_A_WRITER and on & set(WRITERS)) or (name in ON_A_FILE_SYSTEM and on & set(FILE_SYSTEMS))
        if name in ALWAYS or is_written or (name == "open" and opens_to_write(node)):
            yield place, name, node.lineno


def names_in(node: ast.expr) -> set[str]:
    """Return the names of a chain of calls."""
    return {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)} | {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def opens_to_write(call: ast.Call) -> bool:
    modes = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return any(set(mode) & set("wax+") and len(mode) <= 3 for mode in modes)


def calls_of_mlflow() -> set[str]:
    """Return the methods of MLflow's client that change something, wherever they are called."""
    calls = (n for m in modules() for _, n in located(m) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
    return {c.func.attr for c in calls if dotted(c.func.value).endswith("client") and c.func.attr.startswith(OF_MLFLOW)}  # type: ignore[attr-defined]


def test_every_place_that_changes_something_durable_has_a_failpoint() -> None:
    known = {place for point in FAILPOINTS for place in (point.place, *point.parts)}
    found = {}
    for place, name, line in (found for m in modules() for found in lasting(m)):
        excepted = next((e for e in WITHOUT_FAILPOINT if place.startswith(e)), f"{place}::{name}")
        found |= {} if place in known else {excepted: f"line {line}: name it in tests/faults/points.py"}
    assert_settled(found, WITHOUT_FAILPOINT, "a durable step that no test ends the process at")


def test_every_call_that_changes_mlflow_has_a_failpoint() -> None:
    known = {point.place.split("::")[1] for point in FAILPOINTS if point.place.startswith(MLFLOW)}
    assert calls_of_mlflow() == known


@pytest.mark.parametrize("point", FAILPOINTS, ids=lambda p: p.name.replace(" ", "_"))
def test_a_failpoint_is_in_the_code_and_has_a_test_that_is_part_of_the_matrix(point) -> None:
    owner, name = owner_of(point)
    assert callable(getattr(owner, name))
    marked = {test for tests in marked_tests().values() for test in tests}
    assert point.tests
    assert set(point.tests) <= marked, f"not there, or not marked with the rows they prove: {sorted(set(point.tests) - marked)}"


def test_the_names_of_failpoints_are_told_apart() -> None:
    assert len({p.name for p in FAILPOINTS}) == len({p.place for p in FAILPOINTS}) == len(FAILPOINTS)


def test_every_row_of_the_matrix_has_tests_and_every_mark_a_row() -> None:
    assert list(BY_NUMBER) == list(range(1, 31)) == [f.number for f in FAULTS]
    assert set(marked_tests()) == set(BY_NUMBER)


def test_the_register_is_in_step_and_no_row_failed() -> None:
    kept = json.loads(REGISTER.read_text(encoding="utf-8"))
    assert kept == register(kept, {}), "run python -m tests.faults.register (part of make docs), then make faults for the rows that changed"
    assert PAGE.read_text(encoding="utf-8") == to_page(kept)
    assert not [row["id"] for row in kept["rows"] if row["result"] == FAILED]


def test_every_test_of_a_fault_stands_where_make_faults_looks() -> None:
    assert {name.split("/")[0] for tests in marked_tests(ROOT / "tests").values() for name in tests} == {"tests"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("frame.write.mode('overwrite').parquet(path)", True),
        ("spark.read.parquet(path)", False),
        ("axis.text(1, 2, 'x')", False),
        ("table.merge(df, on).execute()", True),
        ("fs.delete(file, False)", True),
        ("builder.create(name)", False),
        ("path.open('w', encoding='utf-8')", True),
        ("path.open('rb')", False),
        ("registry.find(name)", False),
    ],
)
def test_the_rule_hits_and_misses(code: str, expected: bool) -> None:
    assert bool(list(lasting(Module("x.py", f"def f():\n    {code}\n")))) is expected


def test_rows_are_read_from_marks() -> None:
    assert rows_named(ast.parse("[pytest.mark.long, pytest.mark.fault(3, 4)]")) == [3, 4]
