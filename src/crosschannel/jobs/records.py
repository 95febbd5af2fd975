"""Hand out what stitching made of records of people: a CSV of record and customer, and the waterfall of a pair."""

from __future__ import annotations

import csv
from pathlib import Path

from pyspark.sql import DataFrame, Row, functions as F

from crosschannel.contracts.people import RecordCustomers, RecordLinks
from crosschannel.errors import UsageError
from crosschannel.io.lake import Lake

COLUMNS = (
    RecordCustomers.source, RecordCustomers.record_id, RecordCustomers.customer_id, RecordCustomers.evidence_rule, RecordCustomers.weight,
)  # fmt: skip


def write_records(lake: Lake, out: Path) -> int:
    """Write which customer each record belongs to, sorted by source and record; return the number of records.

    Rows pass one partition at a time, so the file may be larger than memory.
    """
    rows = _customers(lake).select(*COLUMNS).orderBy(RecordCustomers.source, RecordCustomers.record_id)
    out.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([str(c) for c in COLUMNS])
        for row in rows.toLocalIterator():
            writer.writerow(row)
            count += 1
    return count


def pair_of(lake: Lake, first: str, second: str) -> tuple[Row | None, bool]:
    """Return the link of two records, if they look alike at all, and whether they are one customer.

    Raises
    ------
    UsageError
        A record is not known, or its id is used by several sources.
    """
    left, right = (_record(lake, text) for text in (first, second))
    keys = sorted((left[RecordCustomers.node_key], right[RecordCustomers.node_key]))
    links = lake.read(RecordLinks.contract)
    link = links.where((F.col(RecordLinks.left_key) == keys[0]) & (F.col(RecordLinks.right_key) == keys[1])).first()
    return link, left[RecordCustomers.customer_id] == right[RecordCustomers.customer_id]


def _customers(lake: Lake) -> DataFrame:
    customers = lake.read(RecordCustomers.contract)
    if customers.isEmpty():
        raise UsageError(f"{lake.root} holds no records of people: name them under `records` in identity.yaml and run up to stitch_identities")
    return customers


def _record(lake: Lake, text: str) -> Row:
    source, _, record = text.rpartition(":")
    named = F.col(RecordCustomers.record_id) == record
    found = _customers(lake).where(named & (F.col(RecordCustomers.source) == source) if source else named).limit(2).collect()
    if len(found) != 1:
        why = "no record has this id" if not found else "several sources have a record with this id"
        raise UsageError(f"{why}: give it as SOURCE:RECORD_ID, as written by `crosschannel records --out`")
    return found[0]
