"""Whatever a sample holds, a draft of it loads, or the sample is refused in words; and drafting it twice gives the same."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from crosschannel.contracts.sample import Sample
from crosschannel.drafting.draft import draft
from crosschannel.drafting.masking import shown
from crosschannel.drafting.odcs_export import source_to_odcs
from crosschannel.drafting.odcs_import import odcs_to_source
from crosschannel.drafting.yaml_text import to_yaml
from crosschannel.errors import InputError
from crosschannel.settings.load import load_settings, validated
from crosschannel.settings.sources import Source

ODD = st.sampled_from(["no", "on", "a: b", "# x", "", " ", "-", "é", "😀", "a.b", "`", '"', "'", "{", "[x", "x\x85y", "NULL", "1e400", "NaN", "07", "2026-01-05", "1767605400"])
TEXT = st.one_of(st.text(max_size=12), ODD)
VALUE = st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT), lambda v: st.one_of(st.lists(v, max_size=3), st.dictionaries(TEXT, v, max_size=3)), max_leaves=5)
RECORD = st.dictionaries(TEXT, VALUE, max_size=6)
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def lands(lines: list[str], folder: Path) -> None:
    path = folder / "x.yaml"
    try:
        made = draft([Sample("x_1.log", tuple(line for line in lines if line) or ("x",))], "no")
    except InputError:
        return
    text = to_yaml(made)
    path.write_text(text, encoding="utf-8")
    source = load_settings(path, Source)
    assert set(source.fields) == {c.name for c in made.columns}
    assert text == to_yaml(draft([Sample("x_1.log", tuple(line for line in lines if line))], "no"))
    assert validated(odcs_to_source(json.loads(json.dumps(source_to_odcs(source))), "y")[0], Source, path) == source
    assert all(shown(line, f"type:{name}", source, tuple(source.fields)) is not None for line in lines[:2] for name in source.fields)


@pytest.mark.simulation
@MANY
@given(st.lists(RECORD, min_size=1, max_size=6))
def test_any_json_lines(tmp_path, records):
    lands([json.dumps({**r, "at": "2026-01-05T00:00:00Z"}) for r in records], tmp_path)


@MANY
@given(st.lists(TEXT, min_size=1, max_size=5), st.lists(st.lists(TEXT, min_size=6, max_size=6), max_size=5), st.sampled_from(",;\t|"))
def test_any_csv(tmp_path, header, rows, delimiter):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow([*header, "at"])
    writer.writerows([*row[: len(header)], "2026-01-05"] for row in rows)
    lands(out.getvalue().splitlines(), tmp_path)


@MANY
@given(st.lists(TEXT, min_size=1, max_size=6))
def test_any_lines(tmp_path, lines):
    lands(lines, tmp_path)
