"""The printed grades hold each measure to its bar."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from crosschannel.quality.grade import grade_rows

GOOD: dict[str, Any] = {
    "identity": {
        "pairwise_precision": 0.99, "pairwise_recall": 0.97, "pairwise_f1": 0.98,
        "bcubed_f1": 0.98, "over_merge_rate": 0.001, "largest_cluster": 14.0,
    },
    "segments": {"ari": 0.9, "k": 6.0, "true_k": 6.0},
    "scores": {"purchase": {"auc": 0.78, "best_auc": 0.8, "ece": 0.01, "best_ece": 0.01, "true_gap": 0.01, "customers": 90.0}, "churn": {"auc": 0.7, "best_auc": 0.8, "ece": 0.02, "best_ece": 0.01, "true_gap": 0.01, "customers": 90.0}},
    "rows": {"in": 10, "good": 7, "quarantined": 2, "duplicate": 1},
}  # fmt: skip


def verdicts(grades: dict[str, Any]) -> list[bool | None]:
    return [passed for *_, passed in grade_rows(grades) if passed is not None]


def test_good_grades_hold_every_bar() -> None:
    assert verdicts(GOOD) == [True] * 5


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("identity", "pairwise_f1"), 0.949),
        (("identity", "over_merge_rate"), 0.0051),
        (("segments", "ari"), 0.79),
        (("scores", "purchase", "auc"), 0.76),
        (("rows", "good"), 6),
    ],
)
def test_each_bar_can_fail_alone(path: tuple[str, ...], value: float) -> None:
    grades = copy.deepcopy(GOOD)
    place = grades
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert verdicts(grades).count(False) == 1


def test_a_score_nobody_got_fails_and_is_named() -> None:
    grades = copy.deepcopy(GOOD)
    grades["scores"]["churn"] = {"auc": 0.5, "best_auc": 0.5, "ece": 0.0, "customers": 0.0}
    rows = [row for row in grade_rows(grades) if row[0] == "churn"]
    assert [(said, passed) for _, _, said, _, passed in rows] == [("nobody was scored", False)]
