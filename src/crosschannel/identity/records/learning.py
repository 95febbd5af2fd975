"""Count patterns of agreement on the executors and fit the model on the driver.

What travels is one row per pattern and the keys that found it: bounded by the attributes, not by
the records.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame, functions as F

from crosschannel.identity.records.blocking import COUNT, FOUND_BY
from crosschannel.identity.records.levels import CODE, tops
from crosschannel.identity.records.model import Model
from crosschannel.identity.records.patterns import Longs, Patterns, to_patterns
from crosschannel.identity.records.training import Evidence, fit
from crosschannel.settings.records import RecordsSettings

RANDOM = -1  # FOUND_BY of a random pair


@dataclass(frozen=True)
class PatternCounts:
    """Counted patterns: code, which keys found the pairs (``RANDOM`` for random ones), how many."""

    codes: Longs
    found_by: Longs
    counts: Longs

    @property
    def candidate_codes(self) -> Longs:
        """Distinct patterns of candidate pairs, sorted."""
        return np.unique(self.codes[self.found_by != RANDOM])


def counted(compared: DataFrame) -> PatternCounts:
    """Collect how many pairs show each pattern."""
    table = compared.groupBy(CODE, FOUND_BY).agg(F.count(F.lit(1)).alias(COUNT)).toArrow()
    columns = (np.asarray(table.column(name), dtype=np.int64) for name in (CODE, FOUND_BY, COUNT))
    return PatternCounts(*columns)


def learned(counts: PatternCounts, *, records: int, settings: RecordsSettings) -> Model:
    """Fit a model to counted patterns."""
    numbers = {name: number for number, name in enumerate(settings.attributes)}
    is_random = counts.found_by == RANDOM

    def patterns(chosen: np.ndarray) -> Patterns:
        return to_patterns(counts.codes[chosen], counts.counts[chosen], tops(settings))

    by_key = tuple(
        (frozenset(numbers[part.attribute] for part in parts), patterns(~is_random & (counts.found_by >> number & 1 == 1)))
        for number, parts in enumerate(settings.keys)
    )
    identifying = tuple(a.resolved.identifying for a in settings.attributes.values())
    evidence = Evidence(
        tuple(settings.attributes),
        tops(settings),
        identifying,
        by_key,
        patterns(~is_random),
        patterns(is_random),
        max(1, records * (records - 1) // 2),
    )
    return fit(evidence, with_relatives=settings.matching.relatives == "auto")
