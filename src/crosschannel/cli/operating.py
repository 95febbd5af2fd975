"""Commands for whoever runs the suite every night: where a lake stands, how a run went, and going on with one."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

LakeOption = Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")]


def add_operating_commands(app: typer.Typer, console: Console) -> None:
    """Add the commands to the command line."""

    @app.command()
    def status(lake: LakeOption) -> None:
        """Show the newest run, the last attempt of each job and the current release, and what to type next.

        Example: `crosschannel status --lake var/demo/lake`
        """
        from crosschannel.cli.operating_actions import show_status

        show_status(console, lake)

    @app.command()
    def resume(lake: LakeOption) -> None:
        """Go on with the newest run at its first unfinished step, on the day and settings it began with.

        Example: `crosschannel resume --lake var/demo/lake`
        """
        from crosschannel.cli.operating_actions import go_on

        go_on(console, lake)

    @app.command("explain-run")
    def explain_run(
        lake: LakeOption,
        run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="A pipeline_id; the newest run if not given.")] = None,
    ) -> None:
        """Show what a run did, step by step: why each ran, versions read and written, rows, seconds, checks, releases.

        Examples: `crosschannel explain-run --lake var/demo/lake`; `crosschannel explain-run 20260105T020000-77 --lake var/demo/lake`
        """
        from crosschannel.cli.operating_actions import show_run

        show_run(console, lake, run)
