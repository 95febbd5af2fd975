"""Rows in are good, quarantined or duplicate, file by file, or nothing is booked."""

from __future__ import annotations

import datetime as dt

import pytest

from crosschannel.contracts.ops import Files
from crosschannel.contracts.raw import RawFile
from crosschannel.errors import QualityError
from crosschannel.ingest.account import accounts, ledger_rows, numbering, report

FILE = RawFile("web", "json_lines", "web/a", "/raw/web/a", "file:/raw/web/a", 10, 0, file_id="aa", file_no=0, rows_in=10)


def block(file_no=0, start=0, first=0, lines=10, records=10, refused=0):
    return {
        "source": "web", "file_no": file_no, "block_start": start, "first_position": first,
        "line_count": lines, "record_count": records, "refused_count": refused,
    }  # fmt: skip


def test_an_account_adds_up_over_blocks():
    (account,) = accounts([FILE], [block(records=6, refused=1), block(start=64, records=4, refused=1)], [("web", "aa", 3, 1)])
    assert (account.good, account.quarantined, account.duplicate, account.conflicting) == (5, 2, 3, 1)


@pytest.mark.parametrize("records", [9, 11, 0])
def test_a_file_whose_records_differ_from_the_independent_count_stops_the_run(records):
    with pytest.raises(QualityError, match="web/a: 10 in"):
        accounts([FILE], [block(records=records)], [])


def test_more_duplicates_than_good_records_stop_the_run():
    with pytest.raises(QualityError):
        accounts([FILE], [block()], [("web", "aa", 11, 0)])


def test_lines_are_counted_on_from_block_to_block_wherever_the_scan_placed_them():
    second_first = [block(start=64, first=0, lines=3), block(start=0, first=1 << 33, lines=7)]
    assert numbering([FILE], second_first) == [(0, 0, "aa", None, -(1 << 33)), (0, 64, "aa", None, 7)]


def test_a_booked_row_has_the_columns_of_the_ledger():
    (row,) = ledger_rows(accounts([FILE], [block(refused=1)], []), dt.datetime(2026, 1, 5))
    booked = dict(zip(Files.contract.columns, row, strict=True))
    assert booked["status"] == "committed"
    assert (booked["rows_in"], booked["rows_good"], booked["rows_quarantined"], booked["rows_duplicate"]) == (10, 9, 1, 0)
    assert booked["modified_ts"] == dt.datetime(1970, 1, 1)


def test_the_report_checks_each_source():
    checked = {}
    report(accounts([FILE], [block()], []), lambda *_, **__: None, lambda name, observed, expected: checked.update({name: (observed, expected)}))
    assert checked == {"rows of web: in = good + quarantined + duplicate": (10, 10)}
