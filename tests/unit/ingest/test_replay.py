"""The ledger follows quarantine: how often a replay is booked makes no difference."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import Row

from crosschannel.contracts.ops import Files
from crosschannel.ingest.replay import numbering_of, replayed_rows

NAMES = [str(c) for c in Files.contract.columns]
PLAIN = {
    "source": "web", "file_id": "aa", "path": "web/a", "size_bytes": 1, "modified_ts": dt.datetime(2026, 1, 5), "status": "committed", "reason": None,
    "rows_in": 10, "rows_good": 5, "rows_quarantined": 4, "rows_duplicate": 1, "ingested_ts": dt.datetime(2026, 1, 5),
    "rows_conflicting": 0, "rows_replayed": None, "notice": None, "rows_suppressed": None,
}  # fmt: skip


def booked(**changes: object) -> Row:
    return Row(**{n: {**PLAIN, **changes}[n] for n in NAMES})


def numbers(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    columns = ("rows_in", "rows_good", "rows_quarantined", "rows_duplicate", "rows_replayed")
    return [tuple(row[NAMES.index(c)] for c in columns) for row in rows]


def test_what_came_back_moves_from_quarantined_to_good_or_duplicate():
    counts = [("aa", "open", 1), ("aa", "replayed", 2), ("aa", "duplicate", 1)]
    once = replayed_rows([booked()], counts, "web")
    assert numbers(once) == [(10, 7, 1, 2, 2)]
    assert replayed_rows([Row(**dict(zip(NAMES, once[0], strict=True)))], counts, "web") == once


def test_a_second_replay_adds_to_the_first():
    first = replayed_rows([booked()], [("aa", "open", 3), ("aa", "replayed", 1)], "web")
    again = replayed_rows([Row(**dict(zip(NAMES, first[0], strict=True)))], [("aa", "replayed", 4)], "web")
    assert numbers(again) == [(10, 9, 0, 1, 4)]


def test_other_sources_and_files_without_refusals_are_left_alone():
    assert replayed_rows([booked(source="app"), booked(file_id="bb")], [("aa", "open", 1)], "web") == []


def test_every_file_of_the_source_is_numbered_in_the_order_of_its_content():
    assert numbering_of([booked(file_id="bb"), booked(), booked(source="app")], "web") == [(0, 0, "aa", None, 0), (1, 0, "bb", None, 0)]
