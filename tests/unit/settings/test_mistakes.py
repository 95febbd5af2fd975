"""A contract mistake is reported with its file, its line, the valid choices and the nearest one."""

import re
from pathlib import Path

import pytest

from crosschannel.contracts.silver import VERBS
from crosschannel.errors import UsageError
from crosschannel.settings.load import load_settings
from crosschannel.settings.nearest import choose_from, nearest
from crosschannel.settings.sources import Source

CONTRACT = """\
# receipts
source: till
channel: store
format: json_lines
path: till/*
fields:
  id: {required: true}
  at:
    required: true
  total: {type: decimal, at_least: 0}
key: [id]
time: {field: at, format: iso8601, not_before: 2025-01-01, not_after: 2029-12-31}
verb:
  field: id
  map:
    sale: purchase
    refund: return
identifiers:
  - {field: id, namespace: loyalty_id}
columns: {order_id: id, order_amount: total}
"""


def refusal(tmp_path: Path, before: str, after: str) -> str:
    path = tmp_path / "till.yaml"
    assert before in CONTRACT
    path.write_text(CONTRACT.replace(before, after), encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load_settings(path, Source)
    return str(refused.value)


def test_the_contract_itself_is_right(tmp_path: Path) -> None:
    path = tmp_path / "till.yaml"
    path.write_text(CONTRACT, encoding="utf-8")
    assert load_settings(path, Source).source == "till"


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ("channel: store", "channel: stor", 3, "channel: 'stor' is no known channel"),
        ("type: decimal", "type: Decmal", 10, "fields.total.type: 'Decmal' is no known value; choose from bigint,"),
        ("type: decimal", "type: Decmal", 10, "did you mean decimal?"),
        ("channel: store", "channel: stor", 3, "choose from ads, app, call, crm, email, sms, store, web; did you mean store?"),
        ("    required: true", "    requierd: true", 9, "fields.at.requierd: unknown key; choose from"),
        ("    required: true", "    requierd: true", 9, "did you mean required?"),
        ("key: [id]", "keys: [id]", 11, "keys: unknown key;"),
        ("key: [id]", "keys: [id]", 11, "did you mean key?"),
        ("key: [id]", "key: [idd]", 11, "key.0: 'idd' is no field that fields declares; choose from at, id, total; did you mean id?"),
        ("time: {field: at", "time: {field: att", 12, "time.field: 'att' is no field"),
        ("    refund: return", "    refund: retrun", 17, "verb.map.refund: 'retrun' is no verb;"),
        ("    refund: return", "    refund: retrun", 17, "did you mean return?"),
        ("field: id, namespace", "feild: id, namespace", 19, "identifiers.0.feild: unknown key; choose from field,"),
        ("field: id, namespace", "field: ix, namespace", 19, "identifiers.0.field: 'ix' is no field"),
        ("order_amount: total", "order_amout: total", 20, "columns.order_amout: 'order_amout' is no column of an event;"),
        ("order_amount: total", "order_amount: totals", 20, "columns.order_amount: 'totals' is no field"),
        ("format: json_lines", "format: csv\ndelimiter: '\\t'", 5, "a tab as \"\\t\" in double quotes"),
        ("format: json_lines", 'format: csv\ndelimiter: "||"', 5, "'||' is no delimiter; give one character"),
        ("path: till/*", "path: till/day=[0-9", 2, "path has a bracket without its other half"),
        ("format: json_lines\n", "", 2, "format: Field required"),
        ("not_before: 2025-01-01, ", "", 12, "time.not_before: Field required"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_the_choices_and_the_nearest(tmp_path: Path, before: str, after: str, line: int, says: str) -> None:
    words = refusal(tmp_path, before, after)
    assert any(f"till.yaml:{line}: " in row and says in row for row in words.splitlines()), words


def test_mistakes_are_reported_together_from_top_to_bottom(tmp_path: Path) -> None:
    words = refusal(
        tmp_path, "format: json_lines\npath: till/*\nfields:\n  id: {required: true}", "formt: csv\npath: x\nfields:\n  id: {required: maybe}"
    )
    assert [int(n) for n in re.findall(r"till\.yaml:(\d+)", words)] == [2, 4, 7]


def test_broken_yaml_is_placed_too(tmp_path: Path) -> None:
    assert "till.yaml:12: not readable as YAML" in refusal(tmp_path, "key: [id]", "key: [id")


def test_the_nearest_ignores_letter_case_and_keeps_quiet_about_the_far() -> None:
    assert nearest("PURCHASE", VERBS) == "purchase"
    assert nearest("zzzz", VERBS) is None
    assert choose_from("zzzz", ("b", "a")) == "choose from a, b"
