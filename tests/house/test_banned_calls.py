"""Pure rooms stay pure: no actions, no clock, no randomness, no environment; and nobody runs text as code."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.exceptions import BANNED_CALLS, SQL_TEXT
from tests.support.code import PURE, Module, assert_settled, dotted, imported, located, modules

ACTIONS = {
    "collect", "toPandas", "toArrow", "show", "cache", "persist", "checkpoint", "localCheckpoint", "toLocalIterator", "isEmpty", "foreach",
    "foreachPartition", "head", "tail", "take",
}  # fmt: skip
AMBIGUOUS_ACTIONS = {"count", "first"}  # also a method of text, of grouped frames, of functions: banned only with no arguments, on a frame
IMPURE = (
    "time.time", "time.sleep", "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "dt.datetime.now", "dt.date.today",
    "datetime.datetime.now", "datetime.date.today", "random.", "np.random.", "numpy.random.", "os.environ", "os.getenv", "uuid.",
    "secrets.", "F.rand", "F.randn", "F.uuid", "F.shuffle", "F.monotonically_increasing_id", "F.current_timestamp", "F.current_date",
    "F.now", "F.any_value", "F.spark_partition_id",
)  # fmt: skip
SEEDED = ("np.random.Generator", "np.random.SeedSequence", "np.random.Philox", "np.random.PCG64", "np.random.default_rng")
CODE_FROM_TEXT = ("eval", "exec", "compile", "__import__", "pickle.", "cloudpickle.", "marshal.", "joblib.", "dill.", "shelve.")
SQL_FROM_TEXT = ("F.expr", "spark.sql")
LOOPS = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp, ast.Lambda)


def calls(module: Module) -> Iterator[tuple[str, ast.Call]]:
    return ((place, node) for place, node in located(module) if isinstance(node, ast.Call))


def is_action(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or dotted(call.func).startswith("F."):
        return False
    name, receiver = call.func.attr, call.func.value
    if name in AMBIGUOUS_ACTIONS:
        on_groups = isinstance(receiver, ast.Call) and isinstance(receiver.func, ast.Attribute) and receiver.func.attr in {"groupBy", "pivot"}
        return not call.args and not call.keywords and not on_groups
    return name in ACTIONS


def matches(name: str, banned: tuple[str, ...]) -> bool:
    return any(name == b or (b.endswith(".") and name.startswith(b)) or (not b[0].isupper() and name.startswith(f"{b}.")) for b in banned)


def test_pure_rooms_run_no_actions_and_read_no_clock_randomness_or_environment() -> None:
    found = {}
    for module in modules():
        if module.room not in PURE:
            continue
        for place, node in located(module):
            if isinstance(node, ast.Call) and is_action(node):
                assert isinstance(node.func, ast.Attribute)
                found[f"{place}::{node.func.attr}"] = f"line {node.lineno}: an action; return the frame, or list it with its reason"
            elif isinstance(node, ast.Attribute) and matches(dotted(node), IMPURE) and not dotted(node).startswith(SEEDED):
                found[f"{place}::{dotted(node)}"] = f"line {node.lineno}: pass it in as a parameter"
    assert_settled(found, BANNED_CALLS, "pure code that is not")


def test_a_generator_of_random_numbers_is_given_its_seed() -> None:
    made = ((place, call) for m in modules() for place, call in calls(m) if dotted(call.func).startswith(SEEDED))
    assert not [place for place, call in made if not call.args and not call.keywords]


def test_no_text_is_run_as_code() -> None:
    found = [f"{place} line {call.lineno}" for m in modules() for place, call in calls(m) if matches(dotted(call.func), CODE_FROM_TEXT)]
    assert not found, f"eval, exec and pickle run whatever they are given: {found}"


def test_nothing_that_unpickles_is_imported() -> None:
    packages = {name.rstrip(".") for name in CODE_FROM_TEXT if name.endswith(".")}
    assert "pickle" in packages
    found = {m.name: name for m in modules() for name in imported(m) if name.split(".")[0] in packages}
    assert not found, f"a pickle runs what it holds when it is read; use JSON, UBJSON or Parquet: {found}"


def test_no_sql_is_built_as_text() -> None:
    texts = ((p, c) for m in modules() for p, c in calls(m) if dotted(c.func).endswith(SQL_FROM_TEXT) or takes_sql_text(c))
    assert_settled({place: f"line {call.lineno}: use column expressions" for place, call in texts}, SQL_TEXT, "SQL as text")


def takes_sql_text(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    is_condition = call.func.attr in {"where", "filter"} and len(call.args) == 1
    return call.func.attr == "selectExpr" or (is_condition and is_text(call.args[0]))


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_with_column_never_stands_in_a_loop() -> None:
    found = [
        f"{place} line {node.lineno}"
        for module in modules()
        for place, loop in located(module)
        if isinstance(loop, LOOPS)
        for node in ast.walk(loop)
        if isinstance(node, ast.Attribute) and node.attr in {"withColumn", "withColumnRenamed"}
    ]
    assert not found, f"plans explode; build the columns and add them with one withColumns or select: {found}"


def test_joins_say_how() -> None:
    found = [
        f"{place} line {call.lineno}"
        for module in modules()
        for place, call in calls(module)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "join" and is_frame_join(call) and "how" not in {k.arg for k in call.keywords}
    ]
    assert not found, f"a join without how= hides which rows it drops: {found}"


def is_frame_join(call: ast.Call) -> bool:
    assert isinstance(call.func, ast.Attribute)
    named = {k.arg for k in call.keywords}
    positional = len(call.args) == 2 or (len(call.args) == 3 and is_text(call.args[2]))
    return not is_text(call.func.value) and named <= {"other", "on", "how"} and (positional or bool(named))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("df.collect()", True),
        ("df.count()", True),
        ("df.groupBy('a').count()", False),
        ("'text'.count('t')", False),
        ("F.first(c)", False),
        ("frame.first()", True),
        ("F.count(c)", False),
    ],
)
def test_the_rule_for_actions_hits_and_misses(code: str, expected: bool) -> None:
    call = ast.parse(code).body[0].value  # type: ignore[attr-defined]
    assert is_action(call) is expected
