"""A line that is too long keeps its place and its head, and all others come in, wherever blocks begin and end."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from crosschannel.contracts.bronze import Numbering
from crosschannel.ingest.account import numbering
from crosschannel.ingest.discover import only_new
from crosschannel.ingest.records import to_blocks, to_records, with_record_id
from crosschannel.io import raw_files, raw_lines
from crosschannel.io.raw_files import read_lines, with_content, with_counts
from crosschannel.io.raw_listing import list_files
from crosschannel.io.staging import small_frame
from tests.spark.ingest.judged import source

KIB = 1024
CAP, BLOCK = 256 * KIB, 200 * KIB


@pytest.fixture
def small_caps(monkeypatch):
    """The same rules at a fortieth of the size."""
    monkeypatch.setattr(raw_lines, "MAX_LINE_BYTES", CAP)
    monkeypatch.setattr(raw_files, "MAX_LINE_BYTES", CAP)
    monkeypatch.setattr(raw_lines, "SMALL_BLOCK_BYTES", BLOCK)


def taken(spark, folder: Path, encoding: str = "utf-8"):
    listed = list_files(spark, str(folder), "log", "json_lines", "log/*", encoding)
    return with_counts(spark, only_new(with_content(spark, listed), []))


def deliveries() -> dict[str, list[int]]:
    """Lengths of lines with their ends, by file: long ones first, last, in a row, alone, and where blocks begin."""
    random = Random(7)
    mixed = {f"mixed{n}": [random.choice([9, 50_000, CAP - 1, CAP, CAP + 1, 3 * CAP]) for _ in range(12)] for n in range(12)}
    at_blocks = {f"at{n}": [BLOCK + n, 2 * BLOCK - n, 9, 2 * BLOCK - 9, 9, 3 * BLOCK, 9] for n in (-1, 0, 1)}
    return {"first": [CAP, 9, 9], "last": [9, 9, CAP], "alone": [2 * CAP], "in a row": [9, CAP, 2 * CAP, CAP + 7, 9], **mixed, **at_blocks}


@pytest.mark.parametrize("encoding", ["utf-8", pytest.param("utf-16be", marks=pytest.mark.long)])
@pytest.mark.parametrize("ended", [True, False], ids=["last line ended", "last line open"])
def test_every_line_has_its_place_and_a_long_one_is_cut(spark, tmp_path, small_caps, ended, encoding):
    (tmp_path / "log").mkdir()
    wide, wanted = len("x".encode(encoding)), {}
    for number, (name, sizes) in enumerate(deliveries().items()):
        lines = [f"{number:02}{place:02}" + "x" * (size // wide - 5) for place, size in enumerate(sizes)]
        mark = "\ufeff" if number % 3 == 0 else ""
        content = (mark + "\n".join(lines) + "\n" * ended).encode(encoding)
        (tmp_path / "log" / name).write_bytes(content)
        held = [len(line.encode(encoding)) for line in lines]
        held[0] += len(mark.encode(encoding)) if encoding != "utf-8" else 0  # the reader drops the mark of UTF-8 alone
        wanted[name] = {(place, line[:4], size >= CAP) for place, (line, size) in enumerate(zip(lines, held, strict=True))}
    files = taken(spark, tmp_path, encoding)
    assert {f.path.removeprefix("log/"): (f.reason, f.rows_in) for f in files} == {name: (None, len(places)) for name, places in wanted.items()}

    raw = read_lines(spark, files)
    head = "substring(trim(LEADING '\ufeff' FROM line), 1, 4) AS head"
    heads = raw.selectExpr("file_no", "block_start", "scan_position", head, "is_cut")
    blocks = raw.transform(to_records, source(encoding=encoding)).transform(to_blocks).collect()
    numbers = small_frame(spark, numbering(files, blocks), Numbering.columns)
    placed = heads.join(numbers, on=["file_no", "block_start"]).selectExpr("file_id", "scan_position + shift AS ordinal", "head", "is_cut").collect()
    name_of = {f.file_id: f.path.removeprefix("log/") for f in files}
    found: dict[str, set[object]] = {name: set() for name in wanted}
    for row in placed:
        found[name_of[row.file_id]].add((row.ordinal, row.head, row.is_cut))
    assert found == wanted


def test_a_long_record_is_refused_for_this_one_reason_and_keeps_its_head(spark, tmp_path, small_caps):
    (tmp_path / "log").mkdir()
    (tmp_path / "log/a").write_text("{" + "é" * CAP + "\n", encoding="utf-8")
    (file,) = taken(spark, tmp_path)
    assert (file.rows_in, file.cut) == (1, 1)
    blocks = [{"file_no": 0, "block_start": 0, "first_position": 0, "line_count": 1}]
    numbers = small_frame(spark, numbering([file], blocks), Numbering.columns)
    (record,) = read_lines(spark, [file]).transform(to_records, source()).transform(with_record_id, numbers).collect()
    head = "{" + "é" * 2047 + "\ufffd"  # of the last letter only half is kept
    assert (record.reason_codes, record.line_ordinal, record.raw) == ("too_long", 0, head)
