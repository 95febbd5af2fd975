"""What ``crosschannel export`` does: check what was asked for before Spark starts, then export."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from crosschannel.cli.actions import opened
from crosschannel.errors import UsageError

if TYPE_CHECKING:
    from crosschannel.io.postgres import Database

POSTGRES = "postgres"


@dataclass(frozen=True)
class Account:
    """How to reach a database; the password is named, not given."""

    url: str | None
    user: str | None
    password_env: str
    schema: str


def export_one(console: Console, lake: str, form: str, which: tuple[str, str | None], out: str | None, account: Account) -> None:
    """Export a release."""
    from crosschannel.io.delivery import FILE_FORMATS
    from crosschannel.jobs.export_release import Wanted, export_files, export_postgres

    def say(text: str) -> None:
        console.print(text, highlight=False, soft_wrap=True)

    if form not in (*FILE_FORMATS, POSTGRES):
        raise UsageError(f"--format {form} is not known; choose one of {', '.join((*FILE_FORMATS, POSTGRES))}")
    if form == POSTGRES:
        database = database_of(account)
        with opened(lake) as open_lake:
            export_postgres(open_lake, Wanted(*which), database, say)
        return
    if out is None:
        raise UsageError(f"--format {form} needs the folder that gets the files: add --out DIR")
    with opened(lake) as open_lake:
        export_files(open_lake, Wanted(*which), out, form, say)


def database_of(account: Account) -> Database:
    """Return where rows go.

    Raises
    ------
    UsageError
        The address is missing or wrong, no password is set, or the driver was not fetched.
    """
    from crosschannel.io.jars import has_postgres_jar
    from crosschannel.io.postgres import Database, require_safe

    if account.url is None:
        raise UsageError("--format postgres needs the database: add --url jdbc:postgresql://HOST:PORT/DATABASE")
    password = os.environ.get(account.password_env)
    if password is None:
        raise UsageError(f"the environment variable {account.password_env} holds no password; set it, or name another one with --password-env")
    if not has_postgres_jar():
        raise UsageError("the driver of PostgreSQL was not fetched: run `crosschannel jars --postgres` once")
    database = Database(account.url, account.user or getpass.getuser(), password, account.schema)
    require_safe(database)
    return database
