"""Every byte is searched, raw and decoded; what is found is named by its file alone."""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crosschannel.io.byte_scan import BLOCK, Needles, scan
from crosschannel.io.scrub import ERASED, scrub

VALUE, NODE = "canary.bird@aviary.example", 881_881_881_881_881
NEEDLES = Needles.of([VALUE, "abc"], [NODE])


def parquet(path: Path, **columns: pa.Array) -> None:
    pq.write_table(pa.table(columns), path, compression="zstd")


def planted(folder: Path) -> dict[str, object]:
    """Write the value into every kind of file there is."""
    text = pa.array(["x", f"<{VALUE.upper()}>"])
    files = {
        "text": lambda p: p.write_text(VALUE.upper()),
        "utf16": lambda p: p.write_bytes(VALUE.encode("utf-16")),
        "quoted": lambda p: p.write_text("?mail=canary.bird%40aviary.example"),
        "gzip": lambda p: p.write_bytes(gzip.compress(VALUE.encode())),
        "cut": lambda p: p.write_bytes(b"-" * (BLOCK - 7) + VALUE.encode()),
        "number": lambda p: p.write_text(f'{{"node_key":{NODE}}}'),
        "string": lambda p: parquet(p, a=text),
        "map": lambda p: parquet(p, a=pa.array([[("k", VALUE)], []], pa.map_(pa.string(), pa.string()))),
        "list": lambda p: parquet(p, a=pa.array([[], [{"s": VALUE}]])),
        "long": lambda p: parquet(p, a=pa.array([1, NODE])),
        "binary": lambda p: parquet(p, a=pa.array([None, VALUE.encode()])),
    }
    for name, write in files.items():
        write(folder / name)
    return files


@pytest.mark.parametrize("kind", ["text", "utf16", "quoted", "gzip", "cut", "number", "string", "map", "list", "long", "binary"])
def test_a_value_is_found_in(kind: str, tmp_path: Path) -> None:
    planted(tmp_path)
    assert kind in scan(tmp_path, NEEDLES).found


def test_nothing_is_found_where_nothing_is_and_short_values_are_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "log.json").write_text('{"path":"abc"}' + f'{{"node_key":{NODE}7}}')
    parquet(tmp_path / "rows.parquet", a=pa.array(["other@shop.example", None, f"not{VALUE}"]), b=pa.array([1, 2, 3]))
    found = scan(tmp_path, NEEDLES)
    assert (found.files, found.found) == (2, ())
    assert found.size_bytes > 0


def test_files_that_are_no_tables_are_cleaned_and_databases_keep_the_rest(tmp_path: Path) -> None:
    (tmp_path / "table").mkdir()
    (tmp_path / "table" / "part").write_text(VALUE)
    (tmp_path / "report.html").write_text(f"<b>{VALUE}</b>")
    (tmp_path / "other.html").write_text("nothing")
    with sqlite3.connect(tmp_path / "runs.db") as database:
        database.execute("CREATE TABLE tags (name VARCHAR(250), value TEXT)")
        database.executemany("INSERT INTO tags VALUES (?, ?)", [("a", f"kept {VALUE.upper()} kept"), ("b", "other")])
    database.close()
    assert scrub(tmp_path, ["table"], NEEDLES, [VALUE]) == ["report.html", "runs.db"]
    with sqlite3.connect(tmp_path / "runs.db") as database:
        assert sorted(database.execute("SELECT * FROM tags").fetchall()) == [("a", f"kept {ERASED} kept"), ("b", "other")]
    assert scan(tmp_path, NEEDLES).found == ("table/part",)  # tables are erased by key, not by file
