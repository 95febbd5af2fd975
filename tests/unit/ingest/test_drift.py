"""A column that every record needs stops its file; any other one that is missing is reported."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from crosschannel.contracts.raw import RawFile
from crosschannel.ingest.drift import PLAIN_NAME, file_drift, refused_for_columns
from crosschannel.settings.sources import SourcesSettings
from tests.spark.ingest.judged import source

FILE = RawFile("log", "csv", "log/a", "/raw/log/a", "file:/raw/log/a", 10, 0, file_id="aa", file_no=0, rows_in=5, columns=("id", "at", "event", "note"))
SETTINGS = SourcesSettings(sources=(source(format="csv", fields={"id": {"required": True, "aliases": ["ID"]}, "note": "string"}),))


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (("id", "at", "event", "note"), None),
        (("ID", "at", "event"), None),
        (("at", "event"), "missing_column:id"),
        (("id", "event"), "missing_column:at"),
        (("id", "at"), "missing_column:event"),
    ],
    ids=["all", "by another name", "required", "time", "verb"],
)
def test_a_file_is_refused_for_a_column_no_record_can_do_without(columns, reason):
    assert [f.reason for f in refused_for_columns([replace(FILE, columns=columns)], SETTINGS)] == [reason]


def test_a_file_without_named_columns_or_refused_before_is_left_as_it_is():
    files = [replace(FILE, columns=()), replace(FILE, columns=("x",), reason="no_header")]
    assert refused_for_columns(files, SETTINGS) == files


def test_cut_lines_are_rows_of_drift():
    now = dt.datetime(2026, 1, 5)
    assert file_drift([replace(FILE, cut=3)], [], SETTINGS, now) == [("log", "aa", "(whole record)", "cut", 3, now)]
    assert file_drift([replace(FILE, cut=3, reason="vanished")], [], SETTINGS, now) == []


def test_missing_columns_and_ambiguous_times_are_rows_of_drift():
    now = dt.datetime(2026, 1, 5)
    blocks = [{"file_no": 0, "ambiguous_count": n} for n in (2, 1)]
    assert file_drift([replace(FILE, columns=("id", "at", "event"))], blocks, SETTINGS, now) == [
        ("log", "aa", "note", "missing", 5, now),
        ("log", "aa", "at", "ambiguous_time", 3, now),
    ]


@pytest.mark.parametrize("name", ["brand", "utm_source", "Page Type", "page.kind", "address_2", "$city", "line-item"])
def test_what_looks_like_a_name_is_spelled_out(name):
    assert re.search(PLAIN_NAME, name)


@pytest.mark.parametrize("name", ["ann@example.com", "+447700900123", "07700 900123", "4111111111111111", "user_447700900123", "", "`"])
def test_what_may_be_a_personal_value_is_not(name):
    assert not re.search(PLAIN_NAME, name)
