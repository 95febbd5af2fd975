"""Commands about the contracts of sources: draft one, try files against it, exchange it with other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from crosschannel.cli.contract_actions import draft_contract

OutOption = Annotated[Path, typer.Option("--out", help="File to write.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def add_contract_commands(app: typer.Typer, console: Console) -> None:
    """Add the commands to the command line."""

    @app.command()
    def infer(
        samples: Annotated[list[Path], typer.Argument(metavar="SAMPLE...", help="Files that the source delivered; the head of each is read.")],
        out: Annotated[Path, typer.Option("--out", help="Contract to write; its name becomes the name of the source.")],
        channel: Annotated[str | None, typer.Option("--channel", help="Channel, if you know it; guessed otherwise.")] = None,
        force: ForceOption = False,
    ) -> None:
        """Draft the contract of a source from sample files; what is unsure is marked in the draft.

        Example: `crosschannel infer delivered/till_2026-01-05.csv.gz --out conf/mine/sources/till.yaml`
        """
        draft_contract(console, samples, out, channel, force=force)
