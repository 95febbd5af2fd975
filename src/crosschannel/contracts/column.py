"""A column: its name as a string, and all that is declared about it.

A :class:`Column` *is* its name, so it fits ``select``, ``join`` and ``F.col`` as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Role(Enum):
    """What a column is for, beyond its value."""

    KEY = "key"
    PARTITION = "partition"
    TIME = "time"
    STAMP = "stamp"
    ATTRIBUTE = "attribute"
    FEATURE = "feature"
    LABEL = "label"
    SCORE = "score"


@dataclass(frozen=True)
class ColumnSpec:
    """Type, nullability, meaning, unit, personal-data flag and role of one column."""

    dtype: str
    meaning: str
    nullable: bool = False
    unit: str = ""
    personal: bool = False
    role: Role = Role.ATTRIBUTE
    is_key: bool = False


class Column(str):
    """A column name that knows its declaration; pickles to a plain ``str``."""

    spec: ColumnSpec

    def __new__(cls, name: str, spec: ColumnSpec) -> Column:
        """Bind a name to its declaration."""
        column = super().__new__(cls, name)
        column.spec = spec
        return column

    def __reduce__(self) -> tuple[Any, ...]:
        """Workers and Delta's builder need the name alone."""
        return (str, (str(self),))


def column(dtype: str, meaning: str, **declared: Any) -> Column:
    """Declare an ordinary column; see :class:`ColumnSpec` for what may be declared."""
    return Column("", ColumnSpec(dtype, meaning, **declared))


def key(dtype: str, meaning: str, **declared: Any) -> Column:
    """Declare a column of the table's key; never null."""
    return column(dtype, meaning, role=Role.KEY, is_key=True, **declared)


def partition(dtype: str, meaning: str, **declared: Any) -> Column:
    """Declare a column that names the folder a row lies in."""
    return column(dtype, meaning, role=Role.PARTITION, **declared)


def time(dtype: str, meaning: str, **declared: Any) -> Column:
    """Declare a moment, in UTC."""
    return column(dtype, meaning, role=Role.TIME, **declared)


def stamp(dtype: str, meaning: str, **declared: Any) -> Column:
    """Declare the moment a row was written, in UTC; the same row written once more differs in nothing else."""
    return column(dtype, meaning, role=Role.STAMP, **declared)
