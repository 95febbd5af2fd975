"""Real files of every kind: listed, known by content, counted, read whatever Spark makes of their size."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from crosschannel.contracts.bronze import Numbering, RawLines, RawRows
from crosschannel.ingest.account import numbering
from crosschannel.ingest.discover import only_new
from crosschannel.ingest.records import to_blocks, to_records, with_record_id
from crosschannel.io import raw_files, raw_listing
from crosschannel.io.raw_files import only_changed, read_lines, read_rows, with_content, with_counts
from crosschannel.io.raw_listing import list_files
from crosschannel.io.staging import small_frame
from tests.spark.ingest.judged import line, source


def listed(spark, folder: Path, glob: str = "log/*", format: str = "json_lines"):
    return list_files(spark, str(folder), "log", format, glob)


def taken(spark, folder: Path, glob: str = "log/*", format: str = "json_lines"):
    return with_counts(spark, only_new(with_content(spark, listed(spark, folder, glob, format)), []))


@pytest.fixture
def put(tmp_path: Path):
    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / "log" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def test_folders_are_walked_and_hidden_files_skipped(spark, tmp_path, put):
    for name in ("day=2/b", "day=1/a", "_SUCCESS", ".a.crc", "day=1/_temporary/c"):
        put(name, "x")
    assert [f.path for f in listed(spark, tmp_path)] == ["log/day=1/a", "log/day=2/b"]
    assert [f.path for f in listed(spark, tmp_path, "log/day=1/*")] == ["log/day=1/a"]
    assert [f.path for f in listed(spark, tmp_path, "./{log/day=1,log/day=[12]}/[!b]")] == ["log/day=1/a"]
    assert listed(spark, tmp_path, "nothing/*") == listed(spark, tmp_path / "nothing") == listed(spark, tmp_path, "log/day=1/a/x") == []


def test_a_name_that_hadoop_cannot_open_is_refused_and_the_others_are_read(spark, tmp_path, put):
    for name in ("2026-01-05T09:30:00.json", "hour=09:30/[a].json", "b"):
        put(name, name)
    (tmp_path / "log" / os.fsdecode(b"\xff.json")).write_text("x", encoding="utf-8")  # no name for Java: it is passed over
    files = taken(spark, tmp_path)
    refused = dict.fromkeys(("2026-01-05T09:30:00.json", "hour=09:30/[a].json"), "unreadable_name")
    assert reasons(files) == {**refused, "b": None}
    assert only_changed(spark, files) == []
    assert read_lines(spark, [f for f in files if not f.reason]).count() == 1


def test_links_are_followed_but_never_round_and_round(spark, tmp_path, put):
    put("day=1/a", "x")
    put("z", "y")
    for link, to in {"day=1/outer": "..", "log_again": ".", "other": "day=1", "nowhere": "nothing", "self": "self", "elsewhere": "../store"}.items():
        (tmp_path / "log" / link).symlink_to(to)
    put("../store/b", "x")
    (tmp_path / "store/back").symlink_to("../log")
    assert [f.path for f in listed(spark, tmp_path)] == ["log/day=1/a", "log/elsewhere/b", "log/z"]


def test_a_file_is_known_by_the_hash_of_its_content_whether_a_task_or_the_driver_reads_it(spark, tmp_path, put, monkeypatch):
    put("a", "one\ntwo\n")
    put("b", b"\x00" * 10_000)
    expected = {f"log/{n}": hashlib.sha256((tmp_path / "log" / n).read_bytes()).hexdigest() for n in "ab"}
    assert {f.path: f.file_id for f in with_content(spark, listed(spark, tmp_path))} == expected
    monkeypatch.setattr(raw_files, "MAX_HASHED_BY_TASKS", 0)
    assert {f.path: f.file_id for f in with_content(spark, listed(spark, tmp_path))} == expected


def test_names_with_blanks_signs_and_brackets_are_read(spark, tmp_path, put):
    names = ["hour=09:30/a.json", " a b ", "50%+ü#😀", "x[1]{y}", "q?*", "back\\slash", "new\nline"]
    for n, name in enumerate(names):
        put(name, "line\n" * (n + 1))
    files = taken(spark, tmp_path)
    assert {f.path.removeprefix("log/"): f.rows_in for f in files} == {name: n + 1 for n, name in enumerate(names)}
    assert read_lines(spark, files).count() == sum(range(1, len(names) + 1))


def test_what_the_first_bytes_forbid_is_refused(spark, tmp_path, put):
    put("empty", b"")
    put("text.gz", "not compressed\n")
    put("packed", gzip.compress(b"compressed\n"))
    put("utf16", "x\n".encode("utf-16"))
    put("a.bz2", "x")
    assert {f.path.removeprefix("log/"): f.reason for f in taken(spark, tmp_path)} == {
        "empty": None, "text.gz": "not_gzip", "packed": "gzip_without_gz_name", "utf16": "not_utf8", "a.bz2": "compression_unsupported",
    }  # fmt: skip


def test_a_truncated_or_damaged_gzip_file_is_refused_and_the_others_are_counted(spark, tmp_path, put):
    whole = gzip.compress("".join(f"{hashlib.sha256(str(n).encode()).hexdigest()}\n" for n in range(5000)).encode())
    put("a.gz", whole)
    put("b.gz", whole[: len(whole) // 2])
    put("c.gz", whole[:5000] + bytes(100) + whole[5100:])
    put("d", "one\n\n  \ntwo\n")
    found = {f.path.removeprefix("log/"): (f.rows_in, f.reason) for f in taken(spark, tmp_path)}
    assert found == {"a.gz": (5000, None), "b.gz": (0, "damaged_file"), "c.gz": (0, "damaged_file"), "d": (2, None)}


def reasons(files):
    return {f.path.removeprefix("log/"): f.reason for f in files}


def test_what_went_away_or_cannot_be_opened_after_it_was_listed_is_named_and_the_others_are_read(spark, tmp_path, put, monkeypatch):
    paths = [put(name, gzip.compress(name.encode()) if name.endswith(".gz") else name) for name in ("a", "b", "c", "d.gz")]
    files = listed(spark, tmp_path)
    paths[0].unlink()
    paths[1].unlink()
    paths[1].mkdir()  # stands for whatever cannot be opened; permissions do not stop everybody
    seen = with_content(spark, files)
    assert reasons(seen) == {"a": "vanished", "b": "unreadable_file", "c": None, "d.gz": None}
    assert [f.file_id.startswith("unread:") for f in seen] == [True, True, False, False]
    monkeypatch.setattr(raw_files, "MAX_HASHED_BY_TASKS", 0)
    assert reasons(with_content(spark, files)) == reasons(seen)
    new = only_new(seen, [])
    paths[3].unlink()
    counted = with_counts(spark, new)
    assert reasons(counted) == {**reasons(seen), "d.gz": "vanished"}
    assert {f.path: f.rows_in for f in counted} == {"log/a": 0, "log/b": 0, "log/c": 1, "log/d.gz": 0}
    assert reasons(raw_files.with_damage(spark, [f for f in new if f.reason is None])) == {"c": None, "d.gz": "vanished"}
    assert reasons(only_changed(spark, new)) == {"d.gz": "vanished"}


def test_a_folder_that_goes_away_while_it_is_walked_is_named(spark, tmp_path, put, monkeypatch):
    put("a", "x")
    gone = put("day=1/b", "x").parent
    entries = raw_listing._entries

    def entries_too_late(spark, fs, at, steps):
        if at.getPath().getName() == gone.name:
            shutil.rmtree(gone)
        return entries(spark, fs, at, steps)

    monkeypatch.setattr(raw_listing, "_entries", entries_too_late)
    files = listed(spark, tmp_path)
    assert reasons(files) == {"a": None, "day=1": "vanished"}
    assert reasons(with_content(spark, files)) == reasons(files)


def test_a_csv_header_is_no_record_and_must_be_there(spark, tmp_path, put):
    put("a.csv", "id,at\r\n1,2\r\n\r\n3,4")
    put("b.csv.gz", gzip.compress(b"\xef\xbb\xbfid,at\n1,2\n"))
    put("c.csv", "\n1,2\n")
    wide = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(800))  # compressed, it is longer than the first look
    put("d.csv", "x" * 70_000 + "\n1\n")
    put("e.csv", "y" * 10_000 + "\n1\n")
    put("f.csv.gz", gzip.compress(wide.encode() + b"\n1\n"))
    found = {f.path.removeprefix("log/"): (f.header, f.rows_in, f.reason) for f in taken(spark, tmp_path, format="csv")}
    assert found == {
        "a.csv": ("id,at", 2, None), "b.csv.gz": ("id,at", 1, None), "c.csv": ("", 0, "no_header"), "d.csv": ("", 0, "header_too_long"),
        "e.csv": ("y" * 10_000, 1, None), "f.csv.gz": (wide, 1, None),
    }  # fmt: skip


def test_a_record_has_the_same_place_however_the_file_is_cut(spark, tmp_path, put):
    lines = [line(id=str(n)) if n % 7 else "" for n in range(400)]
    put("a", "\n".join(lines))
    put("b", "\n".join(lines[:50]))

    def places(cut: str) -> list[tuple[str, int, str]]:
        spark.conf.set("spark.sql.files.maxPartitionBytes", cut)
        try:
            files = taken(spark, tmp_path)
            raw = read_lines(spark, files)
            assert raw.select(RawLines.block_start).distinct().count() > (1 if cut == "4096" else 0)
            records = raw.transform(to_records, source())
            placed = with_record_id(records, small_frame(spark, numbering(files, to_blocks(records).collect()), Numbering.columns))
            return sorted((r.file_id, r.line_ordinal, r.event_key, r.record_id) for r in placed.collect())
        finally:
            spark.conf.unset("spark.sql.files.maxPartitionBytes")

    whole, cut = places("134217728"), places("4096")
    assert whole == cut
    of_a = [ordinal for file_id, ordinal, *_ in whole if file_id == hashlib.sha256("\n".join(lines).encode()).hexdigest()]
    assert of_a == [n for n in range(400) if n % 7]


def test_parquet_rows_are_numbered_and_files_that_are_none_refused(spark, tmp_path, put):
    (tmp_path / "log").mkdir()
    table = pd.DataFrame({"id": [1, 2, 3], "t": pd.to_datetime(["2026-01-05"] * 3)})
    table.to_parquet(tmp_path / "log" / "a.parquet", coerce_timestamps="us")
    whole = (tmp_path / "log" / "a.parquet").read_bytes()
    put("b.parquet", "text")
    put("c.parquet", whole[:-20])
    files = taken(spark, tmp_path, format="parquet")
    assert {f.path.removeprefix("log/"): (f.rows_in, f.reason) for f in files} == {
        "a.parquet": (3, None), "b.parquet": (0, "not_parquet"), "c.parquet": (0, "damaged_file"),
    }  # fmt: skip
    rows = read_rows(spark, [f for f in files if f.reason is None])
    assert sorted((r[0], r[1].id) for r in rows.select(RawRows.scan_position, RawRows.row).collect()) == [(0, 1), (1, 2), (2, 3)]
