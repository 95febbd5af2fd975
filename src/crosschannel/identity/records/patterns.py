"""Patterns of agreement: one level per attribute, packed into one whole number and counted.

Level -1 says that a value is missing, 0 that the values differ, the highest that they are equal.
There are far fewer patterns than pairs, so a model is fitted on counts of patterns, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Longs = NDArray[np.int64]
Doubles = NDArray[np.float64]
ABSENT = -1


@dataclass(frozen=True)
class Patterns:
    """Distinct patterns, a row each with one level per attribute, and how many pairs show them."""

    levels: Longs
    counts: Longs

    @property
    def total(self) -> int:
        """How many pairs there are."""
        return int(self.counts.sum())


def radices(tops: Sequence[int]) -> tuple[int, ...]:
    """Return how many values a digit of the code takes: the levels and the missing one."""
    return tuple(top + 2 for top in tops)


def unpacked(codes: Longs, tops: Sequence[int]) -> Longs:
    """Return the levels of packed patterns; the last attribute is the lowest digit."""
    levels = np.empty((len(codes), len(tops)), dtype=np.int64)
    rest = codes.copy()
    for position in reversed(range(len(tops))):
        radix = radices(tops)[position]
        levels[:, position] = rest % radix + ABSENT
        rest //= radix
    return levels


def to_patterns(codes: Longs, counts: Longs, tops: Sequence[int]) -> Patterns:
    """Return the patterns of codes, equal ones added up, in the order of their codes."""
    distinct, place = np.unique(codes, return_inverse=True)
    return Patterns(unpacked(distinct, tops), np.bincount(place, weights=counts, minlength=len(distinct)).astype(np.int64))


def summed(patterns: Patterns, table: Doubles, without: frozenset[int] = frozenset()) -> Doubles:
    """Add up, per pattern, an entry of ``table`` per attribute; missing values add nothing.

    Parameters
    ----------
    table
        One row per attribute, one column per level; see :func:`table_of`.
    without
        Attributes to leave aside.
    """
    kept = [k for k in range(patterns.levels.shape[1]) if k not in without]
    wide = np.hstack([np.zeros((len(table), 1)), table])  # level -1 finds a zero
    return np.asarray(wide[np.array(kept, dtype=np.int64), patterns.levels[:, kept] - ABSENT].sum(axis=1))


def table_of(shares: Sequence[Doubles]) -> Doubles:
    """Return the natural logarithms of the shares of levels, a row per attribute, filled up with zeros."""
    table = np.zeros((len(shares), max(len(s) for s in shares)))
    for row, share in zip(table, shares, strict=True):
        row[: len(share)] = np.log(share)
    return table


def level_weights(patterns: Patterns, weights: Doubles, tops: Sequence[int]) -> list[Doubles]:
    """Return, per attribute, how much weight lies on each of its levels."""
    columns = (patterns.levels[:, k] for k in range(len(tops)))
    return [
        np.bincount(levels[levels >= 0], weights=weights[levels >= 0], minlength=top + 1).astype(np.float64)  # a missing value says nothing
        for levels, top in zip(columns, tops, strict=True)
    ]
