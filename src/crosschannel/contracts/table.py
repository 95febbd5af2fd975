"""A table: a class whose body lists its columns, and the contract derived from it.

Everything that depends on a table's shape (schema, writes, validation, run order, catalogue,
test rows) reads :class:`Contract`; nothing repeats it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import ClassVar

from crosschannel.contracts.column import Column, ColumnSpec, Role
from crosschannel.errors import UsageError

LAYERS = ("bronze", "silver", "gold", "ml", "serving", "ops")


class Write(Enum):
    """How rows reach a table; each mode makes a rerun safe in its own way."""

    APPEND_NEW = "append_new"  # rows whose key is already there are left alone
    MERGE = "merge"  # the incoming row of a key wins
    REPLACE_PARTITION = "replace_partition"  # whole partition slices are swapped
    REPLACE = "replace"  # the whole table is swapped


class DataClass(Enum):
    """How long files and log live, and whether the table may hold personal values."""

    IDENTIFIER = "identifier"
    DERIVED = "derived"
    RELEASE = "release"
    RECORD = "record"


@dataclass(frozen=True)
class Check:
    """A rule every row of a table obeys: ``column`` lies in a range or in a list.

    A null passes: nullability is declared on the column.
    """

    column: str
    at_least: float | None = None
    at_most: float | None = None
    is_in: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say the rule as the catalogue and error messages print it."""
        if self.is_in:
            return f"{self.column} is one of {', '.join(self.is_in)}"
        return f"{self.column} lies in [{self.at_least}, {self.at_most}]"


@dataclass(frozen=True)
class Contract:
    """The declaration of one table.

    Attributes
    ----------
    name
        ``layer.table``; the folder under the lake is ``layer/table``.
    grain
        What one row is.
    columns
        In stored order.
    produced_by, read_by
        Job names; ``"runtime"`` for the runtime itself. A producer that reads its own last
        result is named in ``read_by`` too.
    retention_days
        How long rows are kept; ``None`` for good.
    """

    name: str
    grain: str
    meaning: str
    columns: tuple[Column, ...]
    write: Write
    produced_by: str
    read_by: tuple[str, ...]
    retention_days: int | None
    data_class: DataClass
    checks: tuple[Check, ...] = ()

    @property
    def layer(self) -> str:
        """First half of the name."""
        return self.name.split(".")[0]

    @property
    def table(self) -> str:
        """Second half of the name."""
        return self.name.split(".")[1]

    @property
    def key(self) -> tuple[Column, ...]:
        """Columns that together name one row."""
        return tuple(c for c in self.columns if c.spec.is_key)

    @property
    def partitions(self) -> tuple[Column, ...]:
        """Columns that name a row's folder."""
        return tuple(c for c in self.columns if c.spec.role is Role.PARTITION)

    @property
    def personal(self) -> tuple[Column, ...]:
        """Columns that may hold personal values."""
        return tuple(c for c in self.columns if c.spec.personal)

    def completed(self, columns: Iterable[Column]) -> Contract:
        """Return the contract with a project's own column family at its end."""
        return replace(self, columns=self.columns + tuple(columns))


class Table:
    """Root of all table classes; ``contract`` holds the declaration."""

    contract: ClassVar[Contract]

    def __init_subclass__(
        cls,
        *,
        name: str,
        grain: str,
        write: Write,
        produced_by: str,
        read_by: tuple[str, ...],
        data_class: DataClass,
        retention_days: int | None = None,
        checks: tuple[Check, ...] = (),
    ) -> None:
        """Turn the class body into a contract."""
        columns = _bound_columns(cls)
        cls.contract = Contract(
            name, grain, (cls.__doc__ or "").strip(), columns, write, produced_by, read_by,
            retention_days, data_class, checks,
        )  # fmt: skip
        _validate(cls.contract)


class Shape:
    """Columns of a frame that only passes between verbs: names and types, no storage."""

    columns: ClassVar[tuple[Column, ...]]

    def __init_subclass__(cls) -> None:
        """Bind the columns of the class body."""
        cls.columns = _bound_columns(cls)


def named(name: str, spec: ColumnSpec) -> Column:
    """Build a column of a project's own family (a feature, a score)."""
    return Column(name, spec)


def _bound_columns(cls: type) -> tuple[Column, ...]:
    declared = {n: c for n, c in vars(cls).items() if isinstance(c, Column)}
    for name, unbound in declared.items():
        setattr(cls, name, Column(name, unbound.spec))
    return tuple(getattr(cls, name) for name in declared)


def _validate(contract: Contract) -> None:
    problems = []
    if contract.layer not in LAYERS:
        problems.append(f"layer {contract.layer!r} is none of {', '.join(LAYERS)}")
    if not contract.key:
        problems.append("no column is declared as key")
    if contract.write is Write.REPLACE_PARTITION and not contract.partitions:
        problems.append("replace_partition needs a partition column")
    if contract.personal and contract.data_class is not DataClass.IDENTIFIER:
        problems.append("personal columns belong to identifier-class tables only")
    names = {str(c) for c in contract.columns}
    problems += [f"check on unknown column {c.column}" for c in contract.checks if c.column not in names]
    if problems:
        raise UsageError(f"table {contract.name}: " + "; ".join(problems))
