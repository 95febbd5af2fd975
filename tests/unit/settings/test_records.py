"""Attribute records are described by values alone, and mistakes are placed."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosschannel.errors import UsageError
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.load import load_settings
from crosschannel.settings.project import Project
from crosschannel.settings.records import Attribute, Level

IDENTITY = """
namespaces:
  person_row: {kind: person, priority: 10, limit: 64}
records:
  people:
    namespace: person_row
    columns: {first_name: fname, born: dob, home: [street, town]}
attributes:
  first_name: {kind: given_name}
  born: {kind: birth_date, formats: [dd/MM/yyyy]}
  home: {kind: address}
"""
SOURCE = """
source: people
channel: crm
format: csv
path: people/*.csv
fields: {id: {required: true}, fname: {}, dob: {}, street: {}, town: {}, day: {}}
key: [id]
time: {field: day, format: yyyy-MM-dd, not_before: 2000-01-01, not_after: 2099-12-31}
verb: {constant: profile}
identifiers: [{field: id, namespace: person_row}]
"""


def project(folder: Path, identity: str = IDENTITY, source: str = SOURCE) -> Project:
    (folder / "sources").mkdir()
    (folder / "identity.yaml").write_text(identity, encoding="utf-8")
    (folder / "sources" / "people.yaml").write_text(source, encoding="utf-8")
    return Project(folder)


def test_a_kind_brings_levels_keys_and_meaning(tmp_path: Path) -> None:
    identity = project(tmp_path).identity
    assert [f"{p.attribute} {p.by}" for parts in identity.keys for p in parts] == [
        "first_name exact",
        "first_name soundex",
        "born exact",
        "home exact",
    ]
    born = identity.attributes["born"].resolved
    assert [level.edits for level in born.levels] == [1, 2]
    assert born.identifying
    assert not identity.attributes["home"].resolved.identifying


def test_what_is_given_overrules_the_kind() -> None:
    attribute = Attribute(kind="surname", levels=(Level(edits=1),), term_frequency=False, identifying=True, keys=())
    resolved = attribute.resolved
    assert (resolved.levels, resolved.term_frequency, resolved.identifying, resolved.keys) == ((Level(edits=1),), False, True, ())
    assert resolved.cleaner == "text"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("first_name: fname", "first_nme: fname", 7, "'first_nme' is no attribute; did you mean first_name"),
        ("namespace: person_row", "namespace: person_rw", 6, "'person_rw' is no namespace of kind person; did you mean person_row"),
        ("kind: given_name", "kind: givn_name", 9, "'givn_name' is no known value; did you mean given_name"),
        ("kind: address}", "kind: address, levels: [{edits: 1, share: 0.5}]}", 11, "exactly one of jaro_winkler, edits"),
        ("kind: address}", "kind: phone}", 11, "a phone needs region"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    path = tmp_path / "identity.yaml"
    path.write_text(IDENTITY.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError) as found:
        load_settings(path, IdentitySettings)
    assert f"identity.yaml:{line}:" in str(found.value)
    assert all(part in str(found.value) for part in words.split("; "))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  people:\n", "  peple:\n", "identity.yaml:5: records.peple: 'peple' is no source of this project; did you mean people"),
        ("born: dob", "born: dab", "identity.yaml:7: records.people.columns.born: 'dab' is no field of source people; did you mean dob"),
    ],
)
def test_records_name_sources_and_fields_that_exist(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(UsageError) as found:
        _ = project(tmp_path, IDENTITY.replace(old, new)).sources
    assert all(part in str(found.value) for part in words.split("; "))


def test_the_id_of_a_record_is_an_identifier_of_its_source(tmp_path: Path) -> None:
    bare = SOURCE.replace("identifiers: [{field: id, namespace: person_row}]", "identifiers: []")
    with pytest.raises(UsageError, match="not among the identifiers of source people"):
        _ = project(tmp_path, source=bare).sources
