"""The page of features says what is compared, and holds every figure to its target."""

from benchmarks.feature_peers import COUNTS
from benchmarks.model_page import features_section

SUITE = {"tiles": 10.0, "features as of 1": 2.0, "features as of 3": 4.0, "features as of 10": 20.0, "tiles of one day": 1.0, "features as of that day": 1.5}
DUCKDB = {"features as of 1": 5.0, "features as of 3": 14.0, "features as of 10": 30.0, "features as of that day": 6.0}


def size(events: int) -> dict:
    return {
        "suite": {"seconds": SUITE, "events": events, "tiles": 90, "peak_bytes": 2**30},
        "duckdb": {"seconds": DUCKDB, "peak_bytes": 2**29},
        "compare": {"rows": 70, "only suite": 0, "only duckdb": 0},
    }


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_first_run_is_held_to_twice_the_peer_and_one_more_day_to_a_tenth_of_it() -> None:
    lines = "\n".join(features_section([size(1_000_000)])).splitlines()
    rows = [cells(line) for line in lines if line.startswith("| 1,000,000")]
    full, growth, daily = rows[: len(COUNTS)], rows[len(COUNTS)], rows[len(COUNTS) + 1]
    assert [row[1:] for row in full] == [
        ["1", "10.0", "2.0", "5.0", "2.40", "**missed**"],
        ["3", "10.0", "4.0", "14.0", "1.00", "reached"],
        ["10", "10.0", "20.0", "30.0", "1.00", "reached"],
    ]
    assert growth[1:] == ["12.0", "14.0", "30.0", "5.0", "14.0", "30.0"]
    assert daily[1:] == ["1.0", "1.5", "0.08", "reached", "0.21", "0.10", "6.0"]
