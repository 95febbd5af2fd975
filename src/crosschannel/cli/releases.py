"""``crosschannel releases``: what was published, what differs, and going back; ``crosschannel retire`` and ``crosschannel export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

PASSWORD_ENV = "CROSSCHANNEL_PG_PASSWORD"  # noqa: S105 - the name of a variable
HELP = """List, show and compare releases, and go back to an earlier one by one pointer row.

A release is named by its id or the first digits of it, its number, `current`, or `previous`.

Example: `crosschannel releases list --lake var/demo/lake`
"""
LakeOption = Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")]
ReleaseArgument = Annotated[str, typer.Argument(metavar="[RELEASE]", help="Which; the current one if not given.")]


def add_release_commands(app: typer.Typer, console: Console) -> None:
    """Add the commands to the command line."""
    releases = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help=HELP)
    _add_reading(releases, console)
    _add_deciding(releases, console)
    app.add_typer(releases, name="releases")
    _add_retire(app, console)
    _add_export(app, console)


def _add_reading(releases: typer.Typer, console: Console) -> None:
    @releases.command("list")
    def list_releases(lake: LakeOption, limit: Annotated[int, typer.Option("--limit", min=1, help="How many, newest first.")] = 20) -> None:
        """Show the newest releases, and until when each can be opened.

        Example: `crosschannel releases list --lake var/demo/lake`
        """
        from crosschannel.cli.release_actions import show_list

        show_list(console, lake, limit)

    @releases.command()
    def show(lake: LakeOption, release: ReleaseArgument = "current") -> None:
        """Show what a release is made of: table versions, rows, digests, models, configuration.

        Example: `crosschannel releases show previous --lake var/demo/lake`
        """
        from crosschannel.cli.release_actions import show_one

        show_one(console, lake, release)

    @releases.command()
    def diff(
        lake: LakeOption,
        old: Annotated[str, typer.Argument(metavar="[OLD]", help="From which.")] = "previous",
        new: Annotated[str, typer.Argument(metavar="[NEW]", help="To which.")] = "current",
        out: Annotated[Path | None, typer.Option("--out", help="Folder that gets the rows: customer_changes and score_changes.")] = None,
        form: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
    ) -> None:
        """Count what is new, changed or gone from one release to another, and write the rows.

        Examples: `crosschannel releases diff --lake var/demo/lake`;
        `crosschannel releases diff 3 5 --lake var/demo/lake --out changes --format csv`
        """
        from crosschannel.cli.release_actions import show_difference

        show_difference(console, lake, (old, new), out, form)


def _add_deciding(releases: typer.Typer, console: Console) -> None:
    @releases.command()
    def rollback(
        lake: LakeOption,
        reason: Annotated[str, typer.Option("--reason", help="Why, for those who will ask; without any customer's data.")],
        release: Annotated[str | None, typer.Argument(metavar="[RELEASE]", help="Which to show again; the one shown before if not given.")] = None,
        by: Annotated[str | None, typer.Option("--by", help="Who decided; the account that runs the command if not given.")] = None,
    ) -> None:
        """Show an earlier release again. The rows taken back are not published again by themselves; other rows are.

        Examples: `crosschannel releases rollback --lake var/demo/lake --reason "ticket 41: churn scores doubled"`;
        `crosschannel releases rollback 7 --lake var/demo/lake --reason "ticket 41"`
        """
        from crosschannel.cli.release_actions import go_back

        go_back(console, lake, release, reason, by)


def _add_retire(app: typer.Typer, console: Console) -> None:
    @app.command()
    def retire(
        lake: LakeOption,
        release: Annotated[str | None, typer.Argument(metavar="[RELEASE]", help="Which; every one whose term is over if not given.")] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be dropped.")] = False,
    ) -> None:
        """Drop what is left of releases whose term is over. The one that is shown, and those that can be gone back to, are refused.

        Examples: `crosschannel retire --lake var/demo/lake --dry-run`; `crosschannel retire 3 --lake var/demo/lake`
        """
        from crosschannel.cli.release_actions import drop_expired

        drop_expired(console, lake, release, is_dry=dry_run)


def _add_export(app: typer.Typer, console: Console) -> None:
    @app.command()
    def export(
        lake: LakeOption,
        form: Annotated[str, typer.Option("--format", help="parquet, csv or postgres.")],
        out: Annotated[str | None, typer.Option("--out", help="Folder or Hadoop path that gets RELEASE/TABLE; for parquet and csv.")] = None,
        release: Annotated[str, typer.Option("--release", help="Which; the current one if not given.")] = "current",
        since: Annotated[str | None, typer.Option("--since", help="Also what is new, changed or gone since this release.")] = None,
        url: Annotated[str | None, typer.Option("--url", help="jdbc:postgresql://HOST:PORT/DATABASE; for postgres.")] = None,
        user: Annotated[str | None, typer.Option("--user", help="Account of the database.")] = None,
        password_env: Annotated[str, typer.Option("--password-env", help="Environment variable that holds its password.")] = PASSWORD_ENV,
        schema: Annotated[str, typer.Option("--schema", help="Schema of the tables; made if it is not there.")] = "crosschannel",
    ) -> None:
        """Bring a release to other systems: files with their contracts, or PostgreSQL. Repeating it changes nothing.

        Examples: `crosschannel export --format csv --lake var/demo/lake --out out`;
        `crosschannel export --format postgres --lake var/demo/lake --url jdbc:postgresql://127.0.0.1:5432/crm --user loader --since previous`
        """
        from crosschannel.cli.export_actions import Account, export_one

        export_one(console, lake, form, (release, since), out, Account(url, user, password_env, schema))
