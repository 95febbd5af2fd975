"""Files under a local lake that are no tables: reports, MLflow's artifacts and its database.

A file that holds a value is deleted, a text in the database is replaced; both are named. Values are handed
to SQLite as parameters, and what they stood in is overwritten.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from crosschannel.io.byte_scan import MIN_LENGTH, SQLITE, Needles, holds

ERASED = "[erased]"


def scrub(folder: Path, tables: Iterable[str], needles: Needles, values: Sequence[str], spared: Path | None = None) -> list[str]:
    """Remove values from every file under ``folder`` that lies in none of ``tables``; return the files that were touched.

    Parameters
    ----------
    tables
        Folders of the Delta tables, under ``folder``.
    values
        The texts behind ``needles``, longest first.
    spared
        A file that is left alone.
    """
    inside = [folder / table for table in tables]
    touched = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path == spared or any(table in path.parents for table in inside) or not holds(path, needles):
            continue
        with path.open("rb") as stream:
            is_database = stream.read(len(SQLITE)) == SQLITE
        _scrub_database(path, values) if is_database else path.unlink()
        touched.append(str(path.relative_to(folder)))
    return touched


def _scrub_database(path: Path, values: Sequence[str]) -> None:
    """Replace the values in every text of every table, and write the file anew."""
    database = sqlite3.connect(path)
    try:
        database.execute("PRAGMA secure_delete = ON")
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        for table in tables:
            columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")') if "CHAR" in row[2].upper() or "TEXT" in row[2].upper()]
            for column in columns:
                for value in (v for v in values if len(v) >= MIN_LENGTH):
                    _replace(database, table, column, value)
        database.commit()
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        database.close()


def _replace(database: sqlite3.Connection, table: str, column: str, value: str) -> None:
    # Names of tables and columns come from the database itself; values are parameters.
    rows = database.execute(f'SELECT rowid, "{column}" FROM "{table}" WHERE instr(lower("{column}"), ?) > 0', (value.lower(),))  # noqa: S608
    word = re.compile(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", re.IGNORECASE)
    for rowid, text in rows.fetchall():
        database.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (word.sub(ERASED, text), rowid))  # noqa: S608
