"""Column names come from contracts, so that a rename misses no place.

Two rules: a name of two words or more (``event_ts``) never stands in quotes, save as the key of a
dictionary that is no argument of a frame's method (a parameter in MLflow, a field of a JSON file);
a name that is also a plain word (``source``) does not stand in quotes where a column is meant.
"""

import ast

import pytest

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.silver import CustomerEvents
from tests.house.exceptions import FOREIGN_WORDS, QUOTED_COLUMNS
from tests.support.code import Module, assert_settled, docstrings, dotted, located, modules

DECLARED = {str(c) for contract in CONTRACTS.values() for c in contract.columns} | {str(c) for c in CustomerEvents.columns}
DISTINCT = {name for name in DECLARED if "_" in name}
TAKES_COLUMNS = {
    "select", "withColumn", "withColumnRenamed", "drop", "dropDuplicates", "groupBy", "orderBy", "sort", "partitionBy", "alias", "agg",
    "join", "cube", "rollup", "repartition", "sortWithinPartitions", "getField", "withField", "dropFields", "over",
}  # fmt: skip
ROWS = {"row", "r", "df"}  # what a row or a frame is called; plain words in other brackets are keys of JSON
TAKES_MAPPINGS = {"withColumns", "withColumnsRenamed", "agg", "fillna", "replace"}


def quoted(module: Module) -> dict[str, str]:
    prose = docstrings(module.tree) | names_of_other_things(module.tree)
    found = {}
    for place, node in located(module):
        for text in column_texts(node):
            if id(text) not in prose and text.value in DECLARED:
                found[f"{place}::{text.value}"] = f"line {text.lineno}: write the attribute of its table class"
        if isinstance(node, ast.Constant) and id(node) not in prose and isinstance(node.value, str) and node.value in DISTINCT:
            found[f"{place}::{node.value}"] = f"line {node.lineno}: write the attribute of its table class"
    return found


def names_of_other_things(tree: ast.AST) -> set[int]:
    """Return the ids of the keys of all dictionaries but those handed to a frame."""
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in TAKES_MAPPINGS)
    to_frames = {id(a) for call in calls for a in call.args}
    return {id(k) for n in ast.walk(tree) if isinstance(n, ast.Dict) and id(n) not in to_frames for k in n.keys}


def column_texts(node: ast.AST) -> list[ast.Constant]:
    """Return the string constants that stand where a column is meant."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and dotted(node.value) in ROWS:
        return texts([node.slice])
    if not isinstance(node, ast.Call):
        return []
    name = dotted(node.func)
    is_method = isinstance(node.func, ast.Attribute) and node.func.attr in TAKES_COLUMNS and not isinstance(node.func.value, ast.Constant)
    on = [k.value for k in node.keywords if k.arg in {"on", "subset"}]
    if name.startswith("F.") and name not in {"F.lit", "F.element_at", "F.get_json_object", "F.to_json"}:
        return texts(node.args)
    return texts([*node.args, *on]) if is_method else texts(on)


def texts(nodes: list[ast.expr]) -> list[ast.Constant]:
    flat = [e for n in nodes for e in (n.elts if isinstance(n, ast.List | ast.Tuple) else [n])]
    return [n for n in flat if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def test_no_column_of_a_contract_stands_in_quotes() -> None:
    outside = [m for m in modules() if m.room not in {"contracts", "settings"} and not m.name.startswith(tuple(FOREIGN_WORDS))]
    found = {place: what for module in outside for place, what in quoted(module).items()}
    assert_settled(found, QUOTED_COLUMNS, "quoted column names")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("F.col('event_ts')", {"event_ts"}),
        ("names = ['customer_id']", {"customer_id"}),
        ("df.select('source')", {"source"}),
        ("df.join(other, on=['source'], how='left')", {"source"}),
        ("row['source']", {"source"}),
        ("df.withColumns({'event_ts': x})", {"event_ts"}),
        ("tracker.log_params({'as_of_date': x})", set()),
        ("answer['source']", set()),
        ("kind = 'source'", set()),
        ("F.lit('source')", set()),
        ("'value'.join(parts)", set()),
    ],
)
def test_the_rule_for_quoted_columns_hits_and_misses(code: str, expected: set[str]) -> None:
    module = Module("x.py", code)
    assert {place.split("::")[-1] for place in quoted(module)} == expected
