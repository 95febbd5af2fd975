"""Compare what two lakes published, to the last bit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pyspark.sql import Row

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.serving import Releases
from crosschannel.contracts.table import Contract
from crosschannel.io.lake import Lake
from crosschannel.io.releases import current_release, read_release

# The clock and the count of commits are the only things two equal runs may differ in.
MAY_DIFFER = {str(Releases.published_ts), str(Releases.readable_until), str(Releases.table_versions)}


@dataclass(frozen=True)
class Compared:
    """One serving table in two lakes."""

    table: str
    rows: int
    only_left: int
    only_right: int
    differing: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether both hold the same rows."""
        return not self.only_left and not self.only_right


def compared(left: Lake, right: Lake) -> list[Compared]:
    """Compare every serving table of the current release of two lakes."""
    return [_compared(contract, left, right) for contract in CONTRACTS.values() if contract.layer == "serving"]


def published(lake: Lake, contract: Contract) -> Counter[str]:
    """Return the rows of a table as exact text; a float's ``repr`` holds every bit of it."""
    return Counter(_exact(row) for row in _rows(lake, contract))


def _compared(contract: Contract, left: Lake, right: Lake) -> Compared:
    ours, theirs = published(left, contract), published(right, contract)
    return Compared(contract.name, ours.total(), (ours - theirs).total(), (theirs - ours).total(), _differing(_rows(left, contract), _rows(right, contract)))


def _rows(lake: Lake, contract: Contract) -> list[Row]:
    release = current_release(lake)
    if contract.name == Releases.contract.name or release is None or contract.name not in release.table_versions:
        return lake.read(contract).collect()  # a small table, or nothing published yet
    return read_release(lake, contract, release).collect()  # the demo's customers fit a driver


def _exact(row: Row) -> str:
    return repr(sorted((name, _sorted(value)) for name, value in row.asDict(recursive=True).items() if name not in MAY_DIFFER))


def _sorted(value: object) -> object:
    return sorted(value.items()) if isinstance(value, dict) else value


def _differing(left: list[Row], right: list[Row]) -> tuple[str, ...]:
    """Name the columns whose values differ, whichever row they stand in."""
    if not left or not right:
        return ()
    names = [n for n in left[0].asDict() if n not in MAY_DIFFER]
    values = ((n, Counter(repr(_sorted(r[n])) for r in left), Counter(repr(_sorted(r[n])) for r in right)) for n in names)
    return tuple(n for n, ours, theirs in values if ours != theirs)
