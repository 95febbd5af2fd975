"""Bring frames into PostgreSQL: staged by Spark's writer, then taken over in one transaction.

Every table is first written beside its target by the executors, in parallel, and gets its primary key,
which proves that no row came twice. Then one transaction deletes, updates and inserts only what differs,
so readers see the old rows or the new ones, views and grants stay, and a repeated export changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession

from crosschannel.errors import LockedError, StorageError, UsageError
from crosschannel.io.delivery import to_flat

DRIVER = "org.postgresql.Driver"
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
STAGED = "__staged"
BOOKS = "exported_releases"


@dataclass(frozen=True)
class Database:
    """Where rows go; the password is shown nowhere."""

    url: str
    user: str
    password: str
    schema: str

    def __repr__(self) -> str:
        """Show everything but the password."""
        return f"Database({self.url}, {self.user}, {self.schema})"


@dataclass(frozen=True)
class Target:
    """One table: its rows, its key, and whether rows that are not among them stay."""

    name: str
    rows: DataFrame
    key: Sequence[str]
    expected: int
    keeps_others: bool = False


def require_safe(database: Database) -> None:
    """Refuse what is no address of PostgreSQL, or a schema whose name would have to be quoted.

    Raises
    ------
    UsageError
        As said.
    """
    if not database.url.startswith("jdbc:postgresql://"):
        raise UsageError("--url is no address of PostgreSQL; give one such as jdbc:postgresql://db.example.com:5432/marketing")
    if "password=" in database.url:
        raise UsageError("--url holds a password; name the environment variable that holds it with --password-env instead")
    if not NAME.fullmatch(database.schema):
        raise UsageError(f"--schema {database.schema!r} is no plain name; use lower-case letters, digits and _")


def exported(spark: SparkSession, database: Database) -> str | None:
    """Return the release that the database holds; ``None`` before the first."""
    with _connected(spark, database) as connection, _statement(connection) as statement:
        statement.execute(f'CREATE SCHEMA IF NOT EXISTS "{database.schema}"')
        statement.execute(
            f'CREATE TABLE IF NOT EXISTS {_full(database, BOOKS)} '
            "(one boolean PRIMARY KEY DEFAULT true CHECK (one), release_id text NOT NULL, release_number bigint NOT NULL, exported_ts timestamptz NOT NULL)"
        )
        found = statement.executeQuery(f"SELECT release_id FROM {_full(database, BOOKS)}")
        return str(found.getString(1)) if found.next() else None


def take_over(spark: SparkSession, database: Database, targets: Sequence[Target], release_id: str, number: int) -> dict[str, int]:
    """Make the database hold the rows of a release; return how many rows changed, by table.

    Raises
    ------
    StorageError
        A staged table does not hold the rows of the release; nothing was taken over.
    LockedError
        Another export is at work there.
    """
    with _connected(spark, database) as connection:
        _require_alone(connection, database)
        for target in targets:
            _stage(database, target)
        connection.setAutoCommit(False)
        try:
            with _statement(connection) as statement:
                changed = {target.name: _merge(statement, database, target) for target in targets}
                statement.executeUpdate(
                    f"INSERT INTO {_full(database, BOOKS)} VALUES (true, '{_word(release_id)}', {int(number)}, now()) ON CONFLICT (one) DO UPDATE "
                    "SET release_id = EXCLUDED.release_id, release_number = EXCLUDED.release_number, exported_ts = EXCLUDED.exported_ts"
                )
            connection.commit()
        except Exception:
            connection.rollback()
            raise
    return changed


def _require_alone(connection: Any, database: Database) -> None:
    """Let one export at a time into a schema; the database frees the lock when the connection ends, however it ends."""
    with _statement(connection) as statement:
        found = statement.executeQuery(f"SELECT pg_try_advisory_lock(hashtext('crosschannel.{database.schema}'))")
        found.next()
        if not found.getBoolean(1):
            raise LockedError(f"another export is writing to {database.url}, schema {database.schema}; wait for it and run the same command again")


def _stage(database: Database, target: Target) -> None:
    options = {"url": database.url, "user": database.user, "password": database.password, "driver": DRIVER, "batchsize": "5000"}
    name = f"{database.schema}.{target.name}{STAGED}"
    target.rows.transform(to_flat).write.format("jdbc").options(**options, dbtable=name).mode("overwrite").save()


def _merge(statement: Any, database: Database, target: Target) -> int:
    table, staged = _full(database, target.name), _full(database, target.name + STAGED)
    key, columns = _list(target.key), [f.name for f in target.rows.schema.fields]
    others = [c for c in columns if c not in target.key]
    statement.execute(f"ALTER TABLE {staged} ADD PRIMARY KEY ({key})")
    rows = _number(statement, f"SELECT count(*) FROM {staged}")
    if rows != target.expected:
        raise StorageError(f"{target.name}: {rows:,} rows were staged, the release has {target.expected:,}; nothing was changed, run the same command again")
    statement.execute(f"CREATE TABLE IF NOT EXISTS {table} (LIKE {staged} INCLUDING ALL)")
    for column, dtype in _types(statement, database, target.name + STAGED).items():
        statement.execute(f'ALTER TABLE {table} ADD COLUMN IF NOT EXISTS "{_word(column)}" {dtype}')
    gone = 0
    if not target.keeps_others:
        same = " AND ".join(f't."{_word(c)}" = s."{_word(c)}"' for c in target.key)
        gone = statement.executeUpdate(f"DELETE FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM {staged} s WHERE {same})")
    update = f"UPDATE SET ({_list(others)}) = ROW ({_list(others, 'EXCLUDED.')})"
    differs = f"ROW ({_list(others, 't.')}) IS DISTINCT FROM ROW ({_list(others, 'EXCLUDED.')})"
    put = statement.executeUpdate(
        f"INSERT INTO {table} AS t ({_list(columns)}) SELECT {_list(columns)} FROM {staged} ON CONFLICT ({key}) DO {update} WHERE {differs}"
    )
    statement.execute(f"DROP TABLE {staged}")
    return int(gone) + int(put)


def _types(statement: Any, database: Database, name: str) -> Mapping[str, str]:
    found = statement.executeQuery(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        f"WHERE attrelid = '{_full(database, name)}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    types = {}
    while found.next():
        types[str(found.getString(1))] = str(found.getString(2))
    return types


def _number(statement: Any, query: str) -> int:
    found = statement.executeQuery(query)
    found.next()
    return int(found.getLong(1))


@contextmanager
def _connected(spark: SparkSession, database: Database) -> Iterator[Any]:
    jvm: Any = spark._jvm
    properties = jvm.java.util.Properties()
    properties.setProperty("user", database.user)
    properties.setProperty("password", database.password)
    try:
        connection = jvm.org.postgresql.Driver().connect(database.url, properties)
    except Py4JJavaError as error:
        reason = str(error.java_exception.getMessage()).splitlines()[0]
        raise StorageError(f"{database.url} cannot be opened as {database.user}: {reason}") from None
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _statement(connection: Any) -> Iterator[Any]:
    statement = connection.createStatement()
    try:
        yield statement
    finally:
        statement.close()


def _full(database: Database, name: str) -> str:
    return f'"{database.schema}"."{_word(name)}"'


def _list(columns: Sequence[str], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{_word(c)}"' for c in columns)


def _word(text: str) -> str:
    """Refuse a name that could end the quotes it stands in; those of contracts and releases never do."""
    if '"' in text or "'" in text or "\\" in text:
        raise UsageError(f"{text!r} cannot be the name of a column or table in PostgreSQL")
    return text
