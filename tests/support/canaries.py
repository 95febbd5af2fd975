"""Canaries: raw personal values of a small run, and every file of its lake that holds one of them."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TOKEN = re.compile(rb"[A-Za-z0-9@._+-]{9,}")
NAMED = ("email", "phone", "crm_id", "loyalty_id")


def planted(raw: Path) -> frozenset[str]:
    """Return e-mail addresses, phone numbers and ids as the CRM's raw files hold them."""
    found = set()
    for path in sorted((raw / "crm").rglob("part-*")):
        with path.open(encoding="utf-8", newline="") as file:
            found |= {record[name].lower() for record in csv.DictReader(file) for name in NAMED if record.get(name)}
    return frozenset(v for v in found if TOKEN.fullmatch(v.encode()))


def singing(folder: Path, canaries: frozenset[str], allowed: tuple[str, ...]) -> dict[str, str]:
    """Return every file under a folder, but for tables in ``allowed``, that holds a canary; with the first digits of one."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = str(path.relative_to(folder))
        if not name.startswith(allowed) and (heard := canaries & tokens(path)):
            found[name] = f"{len(heard)}, such as {min(heard)[:4]}..."
    return found


def tokens(path: Path) -> set[str]:
    """Return the words of a file, in lower case: of its bytes, and of its values if it is Parquet."""
    words = {w.decode().lower() for w in TOKEN.findall(path.read_bytes())}
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        words |= {w.decode().lower() for text in _texts(table) for w in TOKEN.findall(text)}
    return words


def _texts(table: pa.Table) -> Iterator[bytes]:
    for column in table.columns:
        if pa.types.is_nested(column.type):
            yield from (json.dumps(value, default=str).encode() for value in column.to_pylist())
        elif pa.types.is_string(column.type) or pa.types.is_binary(column.type):
            yield from (_bytes(value) for value in column.unique().to_pylist() if value is not None)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
