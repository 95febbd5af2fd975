"""The order of jobs, derived from the table registry: a job runs after those whose tables it reads."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.errors import UsageError


def dependencies() -> dict[str, set[str]]:
    """Return, per job, the jobs whose tables it reads; a job's own last results do not count."""
    needs: dict[str, set[str]] = {}
    for contract in CONTRACTS.values():
        if contract.produced_by == "runtime":
            continue
        needs.setdefault(contract.produced_by, set())
        for reader in set(contract.read_by) - {contract.produced_by, "runtime"}:
            needs.setdefault(reader, set()).add(contract.produced_by)
    return needs


def run_order(jobs: set[str]) -> tuple[str, ...]:
    """Return ``jobs`` in running order; a job that no table names (such as maintenance) comes last.

    Raises
    ------
    UsageError
        The registry names a job that does not exist, or jobs wait for each other.
    """
    needs = dependencies()
    if unknown := sorted(set(needs) - jobs):
        raise UsageError(f"the table registry names unknown jobs: {', '.join(unknown)}")
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError as error:
        raise UsageError(f"jobs wait for each other: {' -> '.join(error.args[1])}") from None
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())  # by name, so that the order is the same everywhere
        order += ready
        sorter.done(*ready)
    return (*order, *sorted(jobs - set(needs)))


def between(order: tuple[str, ...], first: str | None, last: str | None) -> tuple[str, ...]:
    """Return the part of the order from ``first`` to ``last``, both included."""
    for name in filter(None, (first, last)):
        if name not in order:
            raise UsageError(f"there is no step {name!r}; the steps are {', '.join(order)}")
    start = order.index(first) if first else 0
    end = order.index(last) if last else len(order) - 1
    if start > end:
        raise UsageError(f"step {first} comes after {last}; the order is {', '.join(order)}")
    return order[start : end + 1]
