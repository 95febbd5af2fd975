"""Conditions as bits: each distinct condition is looked at once per event, whatever the number of features.

An event's atoms are the conditions it meets, one bit each, in as many 64-bit words as needed. A
filter (several conditions) is then one bitwise comparison, and events that meet the same
conditions may be added up before any feature is computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_

from pyspark.sql import Column, functions as F

from crosschannel.contracts.silver import Events
from crosschannel.settings.conditions import Condition, Conditions

WORD_BITS = 62  # of 64: keeps every word a positive bigint


@dataclass(frozen=True)
class Atoms:
    """The distinct conditions of all filters, in a fixed order."""

    conditions: tuple[Condition, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Names of the columns that hold the bits; at least one."""
        return tuple(f"ATOMS_{n}" for n in range(max(1, -(-len(self.conditions) // WORD_BITS))))


def atoms_of(filters: Iterable[Conditions]) -> Atoms:
    """Collect the distinct conditions of all filters."""
    return Atoms(tuple(sorted({condition for each in filters for condition in each})))


def word_exprs(atoms: Atoms) -> list[Column]:
    """Return the words of an event, one column each."""
    return [_word_expr(atoms.conditions[n * WORD_BITS : (n + 1) * WORD_BITS]).alias(word) for n, word in enumerate(atoms.words)]


def holds_expr(where: Conditions, atoms: Atoms) -> Column:
    """Tell whether all conditions of a filter are among the atoms of a row."""
    needed = [0] * len(atoms.words)
    for condition in where:
        word, bit = divmod(atoms.conditions.index(condition), WORD_BITS)
        needed[word] |= 1 << bit
    tests = [F.col(word).bitwiseAND(_long(mask)) == _long(mask) for word, mask in zip(atoms.words, needed, strict=True) if mask]
    return reduce(and_, tests, F.lit(True)) if tests else F.lit(True)


def condition_expr(condition: Condition) -> Column:
    """Tell whether an event meets a condition; an absent value meets none."""
    value = F.col(Events.properties).getItem(condition.field) if condition.is_property else F.col(condition.field)
    return F.coalesce(value.isin(*condition.values), F.lit(False))


def where_expr(where: Conditions) -> Column:
    """Tell whether an event passes a filter."""
    return reduce(and_, [condition_expr(c) for c in where], F.lit(True))


def _word_expr(conditions: tuple[Condition, ...]) -> Column:
    bits = [F.when(condition_expr(c), _long(1 << n)).otherwise(_long(0)) for n, c in enumerate(conditions)]
    return reduce(Column.bitwiseOR, bits, _long(0))


def _long(value: int) -> Column:
    return F.lit(value).cast("bigint")
