"""Which columns say whom a row is about: what erasure and access find rows by, in every table of the registry.

A column is known by its name, so a new table is covered as soon as it is declared;
``tests/unit/contracts/test_subjects.py`` refuses an id column that stands in none of the lists.
"""

from __future__ import annotations

from enum import Enum

from crosschannel.contracts.column import Column
from crosschannel.contracts.table import Contract


class Subject(Enum):
    """What a column names."""

    CUSTOMER = "customer"
    NODE = "node"
    EVENT = "event"


# A row with one of these belongs to whom they name: to a customer, an identifier, an event of theirs.
OWNERS: dict[str, Subject] = {
    "customer_id": Subject.CUSTOMER,
    "retired_customer_id": Subject.CUSTOMER,
    "other_customer_ids": Subject.CUSTOMER,
    "draw_id": Subject.CUSTOMER,
    "other_id": Subject.CUSTOMER,
    "node_key": Subject.NODE,
    "left_key": Subject.NODE,
    "right_key": Subject.NODE,
    "event_id": Subject.EVENT,
}
# These name somebody beside the owner of the row; stitching writes them anew when somebody is gone.
MENTIONS = frozenset({"evidence_key", "anchor_key", "exact_key", "component_key", "exact_id", "loose_id", "household_id"})
# Pseudonyms and hashes of what one person did or is: rows are not found by them.
TRACES = frozenset({"identifier_hash", "record_id", "event_key", "statement_id", "order_id", "order_key", "content_hash", "row_hash", "suppressed_hash", "action_id"})
# Ids of files, runs, models and things for sale.
IMPERSONAL = frozenset({
    "file_id", "run_id", "pipeline_id", "model_id", "release_id", "segment_id", "erasure_id", "key_id",
    "campaign_id", "product_id", "content_id", "settings_hash", "code_hash", "salt_hash",
})  # fmt: skip


def owners_of(contract: Contract) -> dict[Column, Subject]:
    """Return the columns that say whom a row of a table belongs to."""
    return {c: OWNERS[c] for c in contract.columns if c in OWNERS}


def is_about_people(contract: Contract) -> bool:
    """Tell whether any row of a table may be about one person."""
    return any(c.spec.personal or is_telling(c) for c in contract.columns)


def is_telling(column: Column) -> bool:
    """Tell whether the values of a column may lead to one person; such values stay out of file statistics, which outlive a DELETE."""
    return column in OWNERS or column in MENTIONS or column in TRACES
