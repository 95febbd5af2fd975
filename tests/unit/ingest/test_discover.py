"""A file is its content."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from crosschannel.contracts.ops import Files
from crosschannel.contracts.raw import LOOK_AGAIN, RawFile
from crosschannel.ingest.discover import (
    by_source_and_header,
    fingerprint,
    header_names,
    only_new,
    only_unseen,
    read_later_rows,
    readable,
    refused_as_changed,
    to_look_at_again,
    with_csv_columns,
    with_notices,
)
from crosschannel.settings.sources import SourcesSettings
from tests.spark.ingest.judged import source

A = RawFile("web", "json_lines", "web/a", "/raw/web/a", "file:/raw/web/a", 10, 1_767_600_000_123, file_id="aa")
BOOKED = {"source": "web", "path": "web/a", "size_bytes": 10, "modified_ts": dt.datetime(2026, 1, 5, 8, 0, 0, 123_000), "file_id": "aa", "reason": None}


def test_a_file_booked_under_its_path_size_and_date_is_not_looked_at_again():
    assert only_unseen([A], [BOOKED]) == []
    for changed in (replace(A, path="web/b"), replace(A, size_bytes=11), replace(A, modified_ms=0), replace(A, source="app")):
        assert only_unseen([changed], [BOOKED]) == [changed]


def test_known_content_under_another_name_is_not_new():
    assert only_new([replace(A, path="web/b")], [BOOKED]) == []
    assert only_new([replace(A, source="app")], [BOOKED]) == [replace(A, source="app", file_no=0)]


def test_of_two_new_files_with_one_content_the_first_by_path_is_taken():
    assert [f.path for f in only_new([replace(A, path="web/c"), replace(A, path="web/b")], [])] == ["web/b"]


def test_files_are_numbered_in_the_order_of_their_content_whatever_the_order_of_their_names():
    new = only_new([replace(A, path="web/1", file_id="bb"), replace(A, path="web/2", file_id="aa")], [])
    assert [(f.file_no, f.file_id) for f in new] == [(0, "aa"), (1, "bb")]


def test_other_content_under_a_booked_path_is_named_and_nothing_else_is():
    noticed = with_notices([replace(A, file_id="bb"), replace(A, path="web/b"), A], [BOOKED])
    assert [f.notice for f in noticed] == ["changed_in_place", None, None]


def test_a_file_that_changed_while_it_was_read_is_refused_now_and_new_to_the_next_run():
    (file, other) = refused_as_changed([replace(A, rows_in=5), replace(A, uri="file:/raw/b")], [A])
    assert (file.reason, file.rows_in, other.reason) == ("changed_while_read", 0, None)
    assert refused_as_changed([A], [replace(A, reason="vanished")])[0].reason == "vanished"
    booked = {**BOOKED, "reason": "changed_while_read"}
    assert only_unseen([A], [booked]) == only_unseen([A], [booked], frozenset({"web"})) == [A]
    assert only_new([A], [booked]) == [replace(A, file_no=0)]


@pytest.mark.parametrize("reason", LOOK_AGAIN)
def test_what_could_not_be_read_is_looked_at_again_until_it_was_and_then_its_row_is_closed(reason):
    row = {**dict.fromkeys(map(str, Files.contract.columns)), **BOOKED, "file_id": "unread:x", "status": "refused", "reason": reason}
    assert only_unseen([A], [row]) == [A]
    assert to_look_at_again([A], [row]) == [row]
    assert to_look_at_again([replace(A, path="web/b")], [row]) == to_look_at_again([A], [BOOKED]) == []
    (closed,) = read_later_rows([A], [row])
    named = dict(zip(map(str, Files.contract.columns), closed, strict=True))
    assert (named["file_id"], named["status"], named["reason"], named["notice"]) == ("unread:x", "committed", None, "read_later")
    assert read_later_rows([replace(A, reason=reason)], [row]) == []
    assert read_later_rows([replace(A, file_id="unread:x")], [row]) == []  # the very row is booked anew
    assert with_notices([replace(A, file_id="unread:x", reason=reason)], [BOOKED])[0].notice is None


def test_a_refused_file_is_looked_at_again_only_for_the_sources_that_are_named():
    booked = {**BOOKED, "reason": "missing_column:id"}
    assert only_unseen([A], [booked]) == only_unseen([A], [booked], frozenset({"app"})) == []
    assert only_new([A], [booked], frozenset({"web"})) == [replace(A, file_no=0)]


def test_a_csv_file_with_two_columns_of_one_name_is_refused_and_blank_names_do_no_harm():
    settings = SourcesSettings(sources=(source(source="web", format="csv"),))
    files = [replace(A, format="csv", header=h) for h in ("id,at", "id,at,id", "id,at,,")]
    assert [(f.columns, f.reason) for f in with_csv_columns(files, settings)] == [
        (("id", "at"), None), (("id", "at", "id"), "duplicate_column"), (("id", "at", "", ""), None),
    ]  # fmt: skip


@pytest.mark.parametrize("header", ['id,at,"event', "id,at\r1,2026-01-05\r"])
def test_a_header_that_cannot_be_cut_into_names_refuses_its_file(header):
    settings = SourcesSettings(sources=(source(source="web", format="csv"),))
    (file,) = with_csv_columns([replace(A, format="csv", header=header)], settings)
    assert (file.columns, file.reason) == ((), "header_unreadable")


def test_refused_and_empty_files_are_not_read():
    files = [A, replace(A, reason="not_gzip"), replace(A, size_bytes=0)]
    assert readable(files) == [A]


def test_csv_files_are_parsed_together_if_they_share_a_header():
    files = [replace(A, header=h, file_no=n) for n, h in enumerate(["a,b", "b,a", "a,b"])]
    assert [(s, h, [f.file_no for f in g]) for s, h, g in by_source_and_header(files)] == [("web", "a,b", [0, 2]), ("web", "b,a", [1])]


def test_a_header_is_split_as_its_rows_are():
    assert header_names('\ufeffid;"a;b"; c ', ";") == ("id", "a;b", "c")
    assert header_names("", ",") == ()


def test_the_fingerprint_changes_with_any_file_and_not_with_their_order():
    b = replace(A, path="web/b")
    assert fingerprint([A, b]) == fingerprint([b, A]) != fingerprint([A])
    assert fingerprint([A]) != fingerprint([replace(A, modified_ms=1)])
