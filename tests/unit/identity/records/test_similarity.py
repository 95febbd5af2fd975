"""Similarities have the values the literature gives for them."""

import numpy as np
import pandas as pd
import pytest

from crosschannel.identity.records.similarity import scores


def one(left: str, right: str, measure: str) -> float:
    return float(scores(pd.Series([left]), pd.Series([right]), measure)[0])


# Winkler, The State of Record Linkage and Current Research Problems (1999), table of examples
@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("MARTHA", "MARHTA", 0.961),
        ("DWAYNE", "DUANE", 0.840),
        ("DIXON", "DICKSONX", 0.813),
        ("SHACKLEFORD", "SHACKELFORD", 0.982),
        ("ABC", "XYZ", 0.0),
    ],
)
def test_jaro_winkler_has_the_published_values(left: str, right: str, expected: float) -> None:
    assert one(left, right, "jaro_winkler") == pytest.approx(expected, abs=5e-4)
    assert one(left, right, "jaro_winkler") == one(right, left, "jaro_winkler")


@pytest.mark.parametrize(
    ("left", "right", "slips"), [("19701231", "19702131", 1), ("19701231", "19701232", 1), ("ab", "", 2), ("kitten", "sitting", 3)]
)
def test_a_swap_of_neighbours_is_one_slip(left: str, right: str, slips: int) -> None:
    assert one(left, right, "edits") == slips


def test_repeated_and_missing_values_keep_their_place() -> None:
    left = pd.Series(["anna", None, "anna", "bob", "anna"], dtype=object)
    right = pd.Series(["anne", "anna", "bob", None, "anne"], dtype=object)
    found = scores(left, right, "edits")
    np.testing.assert_array_equal(found, [1, np.nan, 4, np.nan, 1])
