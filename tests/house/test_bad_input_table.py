"""The table in docs/bad-input.md names, for every row of the bad-input matrix, what is required and the files that are sent in.

Each file is a test of ``tests/jobs/test_bad_input_matrix.py``, so the table cannot promise what nothing holds.
"""

from __future__ import annotations

import re

import pytest

from tests.support.bad_file import Case
from tests.support.bad_input import CASES
from tests.support.code import ROOT

MATRIX_ROWS = range(26)  # 0: what only this suite asks for
TABLE = ROOT / "docs/bad-input.md"


def test_every_row_of_the_matrix_has_a_case() -> None:
    assert set(MATRIX_ROWS) <= {case.row for case in CASES}
    assert len({case.path for case in CASES}) == len(CASES)


@pytest.mark.parametrize("row", MATRIX_ROWS)
def test_the_table_of_the_matrix_names_the_outcomes_and_cases_of_each_row(row: int) -> None:
    (line,) = (line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {row} |"))
    outcomes, names = line.split("|")[3:5]
    cases = [case for case in CASES if case.row == row]
    assert set(outcomes.strip().split(", ")) == {outcome for case in cases for outcome in required(case)}
    assert set(re.findall(r"`(\w+)`", names)) == {case.name for case in cases}


def required(case: Case) -> set[str]:
    """What the table says of a file: refused as a whole, or the fates of its records."""
    if case.refused:
        return {f"file `{case.refused}`"}
    is_booked_alone = not (case.good or case.duplicate or case.reasons)
    fates = {"accepted": case.good, "duplicate": case.duplicate, "booked": is_booked_alone, "drift": case.drift}
    return {fate for fate, is_met in fates.items() if is_met} | {f"`{code}`" for codes in case.reasons for code in codes.split(",")}
