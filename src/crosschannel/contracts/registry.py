"""All tables, by name and by job: who reads what another writes."""

from __future__ import annotations

from crosschannel.contracts import acting, activation, bronze, customers, gold, ledger, ml, ops, people, privacy, serving, silver, values
from crosschannel.contracts.table import Contract, Table

TABLES: tuple[type[Table], ...] = tuple(
    table
    for module in (bronze, silver, customers, people, privacy, gold, ml, values, acting, serving, activation, ops, ledger)
    for table in vars(module).values()
    if isinstance(table, type) and issubclass(table, Table) and table is not Table
)
CONTRACTS: dict[str, Contract] = {table.contract.name: table.contract for table in TABLES}


def written_by(job: str) -> tuple[Contract, ...]:
    """Return the tables a job produces."""
    return tuple(c for c in CONTRACTS.values() if c.produced_by == job)


def read_by(job: str) -> tuple[Contract, ...]:
    """Return the tables a job reads, its own last results included."""
    return tuple(c for c in CONTRACTS.values() if job in c.read_by)
