"""Grade segments and scores against latent segments and true propensities.

The driver sees a contingency table of segments, and scores counted in bins of 1e-5; never customers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import comb
from typing import Any

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.serving import PublishedScores, PublishedSegments
from crosschannel.contracts.truth import TruePeople, TruePropensities

BIN_DIGITS = 5
ECE_BINS = 15
CUSTOMERS, HITS, CHANCES, BIN = "CUSTOMERS", "HITS", "CHANCES", "BIN"
Bins = Sequence[tuple[float, int, float]]  # score, customers, outcomes (or what they were expected to be)


def segment_grades(segments: DataFrame, persons: DataFrame, people: DataFrame) -> dict[str, float]:
    """Return the adjusted Rand index of published segments and latent ones, over customers with a known person."""
    truth = persons.join(people, on=str(TruePeople.person_id), how="inner")
    joined = segments.join(truth, on=str(PublishedSegments.customer_id), how="inner")
    cells = joined.groupBy(PublishedSegments.segment_id, TruePeople.segment).count().collect()  # segments x latent segments
    table = {(row[0], row[1]): int(row[2]) for row in cells}
    return {
        "ari": adjusted_rand(table),
        "k": float(len({segment for segment, _ in table})),
        "true_k": float(people.select(TruePeople.segment).distinct().count()),
        "customers": float(sum(table.values())),
    }


def score_grades(scores: DataFrame, persons: DataFrame, truth: DataFrame) -> dict[str, float]:
    """Return AUC and calibration error of one score beside those of the true propensity on the same customers."""
    joined = scores.join(persons, on=str(PublishedScores.customer_id), how="inner").join(truth, on=str(TruePropensities.person_id), how="inner")
    ours, best = _bins(joined, PublishedScores.probability, HITS), _bins(joined, TruePropensities.propensity, HITS)
    expected = _bins(joined, PublishedScores.probability, CHANCES)
    customers = sum(n for _, n, _ in ours)
    hits = sum(h for _, _, h in ours)
    return {
        "auc": auc(ours),
        "best_auc": auc(best),
        "ece": expected_calibration_error(ours),
        "best_ece": expected_calibration_error(best),  # of the truth itself: what chance alone does to so many customers
        "true_gap": expected_calibration_error(expected),  # from the true chances: free of what chance does to outcomes
        "customers": float(customers),
        "base_rate": hits / customers if customers else 0.0,
    }


def adjusted_rand(table: dict[tuple[Any, Any], int]) -> float:
    """Return the adjusted Rand index of a contingency table (Hubert and Arabie 1985)."""
    rows, columns = Counter[Any](), Counter[Any]()
    for (row, column), n in table.items():
        rows[row] += n
        columns[column] += n
    pairs = comb(sum(table.values()), 2)
    together, in_rows, in_columns = (sum(comb(n, 2) for n in counts) for counts in (table.values(), rows.values(), columns.values()))
    if not pairs:
        return 0.0
    chance = in_rows * in_columns / pairs
    ceiling = (in_rows + in_columns) / 2
    return (together - chance) / (ceiling - chance) if ceiling != chance else 1.0


def auc(bins: Bins) -> float:
    """Return the area under the ROC curve; a tie counts half. 0.5 if there is one outcome only."""
    misses_below = wins = 0.0
    hits = sum(h for _, _, h in bins)
    misses = sum(n - h for _, n, h in bins)
    for _, n, h in sorted(bins):
        wins += h * (misses_below + (n - h) / 2)
        misses_below += n - h
    return wins / (hits * misses) if hits and misses else 0.5


def expected_calibration_error(bins: Bins, groups: int = ECE_BINS) -> float:
    """Return the mean gap between score and outcome (or chance) over groups of (nearly) equal size."""
    total = sum(n for _, n, _ in bins)
    gap = 0.0
    for group in _equal_groups(sorted(bins), total, groups):
        gap += abs(sum(score * n for score, n, _ in group) - sum(h for _, _, h in group))
    return gap / total if total else 0.0


def _equal_groups(bins: Bins, total: int, groups: int) -> Iterable[Bins]:
    made: list[list[tuple[float, int, float]]] = [[] for _ in range(groups)]
    before = 0
    for one in bins:
        middle = before + one[1] / 2
        made[min(int(middle * groups / total), groups - 1)].append(one)
        before += one[1]
    return made


def _bins(joined: DataFrame, score: str, happened: str) -> Bins:
    """Count customers by rounded score, with their outcomes or with the chances they had."""
    rounded = F.round(F.col(score), BIN_DIGITS).alias(BIN)
    sums = {HITS: F.sum(TruePropensities.outcome), CHANCES: F.sum(TruePropensities.propensity)}
    counted = joined.groupBy(rounded).agg(F.count(F.lit(1)).alias(CUSTOMERS), sums[happened].cast("double").alias(happened))
    return [(float(row[0]), int(row[1]), float(row[2])) for row in counted.collect()]  # at most 1e5 bins
