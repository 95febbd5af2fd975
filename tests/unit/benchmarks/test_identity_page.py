"""The page says what was measured, and whether it is what was aimed at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.identity_page import write_part

GIB = 1024**3


def measured(edges: int, seconds: float, **more: Any) -> dict[str, Any]:
    ways = {"suite": {"seconds": seconds, "peak_bytes": GIB * (1 + edges // 10**6), "python_bytes": GIB}, "scipy": {"seconds": 0.1}}
    return {"edges": edges, "nodes": edges, "components": 9} | ways | more


EDGES = {
    "command": "run it", "taken": "2026-01-05", "machine": {"cores": "2"},
    "sizes": [
        measured(1_000_000, 6.0, splink={"seconds": 12.0, "peak_bytes": GIB}, job={"edges": 10, "full": 50.0, "delta": 4.0, "customers": 3, "touched": "touched 1"}),
        measured(20_000_000, 42.0),
    ],
    "shrunk": {"edges": 20_000_000, "room": 5, "seconds": 84.0, "said": ["shrunk in 2 rounds"]},
}  # fmt: skip
GRADES = {
    "command": "grade it", "taken": "2026-01-05", "machine": {}, "days": 70, "steps": 10,
    "levels": [{
        "difficulty": "hard", "people": 10, "seed": 7, "precision": 1.0, "recall": 0.9, "f1": 0.95, "over_merged_percent": 0.27, "largest": 9,
        "ids_kept_percent": 99.6, "moved_percent": 0.2, "ids_ended": 4, "ids_ended_rightly": 3, "as_of_equal": 5, "as_of_compared": 5, "seconds": 8.0,
    }],
}  # fmt: skip


def test_both_parts_stand_on_one_page_whichever_was_measured_last(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    alone = write_part(tmp_path, "edges", EDGES, page)
    assert "planted people" not in alone
    both = write_part(tmp_path, "grades", GRADES, page)
    assert page.read_text() == both
    assert json.loads((tmp_path / "edges.json").read_text()) == EDGES
    assert "run it" in both
    assert "grade it" in both


def test_what_was_missed_is_called_missed(tmp_path: Path) -> None:
    text = write_part(tmp_path, "edges", EDGES, None) + write_part(tmp_path, "grades", GRADES, None)
    assert "| 6.0 | 5, missed |" in text
    assert "| 42.0 | 60, met |" in text
    assert "8 % of the full run (aim: 10 %, met)" in text
    assert "| 0.270 | missed | 99.600 | met |" in text


def test_growth_and_ratios_are_those_of_the_figures(tmp_path: Path) -> None:
    text = write_part(tmp_path, "edges", EDGES, None)
    assert "| 0.1 | 12.0 | 2.0 |" in text  # SciPy, Splink, Splink against the suite
    assert "| 20,000,000 | 21.0 | 1.000 |" in text  # a GiB more per million edges
    assert "84.0 s against 42.0 s (2.0 times)" in text
