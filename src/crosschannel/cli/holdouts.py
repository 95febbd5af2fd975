"""``crosschannel holdouts``: whether the arms are alike, and what a treatment brought."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

HELP = """Judge control groups: are the arms alike, and what did the treatment bring?

Example: `crosschannel holdouts lift global_control --label purchase --lake var/demo/lake`
"""
LakeOption = Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")]
ConfOption = Annotated[Path | None, typer.Option("--conf", help="Project folder with YAML files; that of the lake's newest run if not given.")]
NameArgument = Annotated[str, typer.Argument(metavar="HOLDOUT", help="A holdout of holdouts.yaml.")]
LabelOption = Annotated[str, typer.Option("--label", help="Outcome of labels.yaml to measure by.")]
AsOfOption = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day after which outcomes count; the latest known if not given.")]
SpentOption = Annotated[bool, typer.Option("--spent", help="Measure the amount spent instead of how many met the outcome.")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Also write the findings here.")]


def add_holdout_commands(app: typer.Typer, console: Console) -> None:
    """Add the commands to the command line."""
    holdouts = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help=HELP)

    @holdouts.command()
    def balance(holdout: NameArgument, lake: LakeOption, conf: ConfOption = None) -> None:
        """Compare the arms of a holdout: their sizes, and the means of every feature.

        Ends with code 10 if they differ by more than chance and a twentieth of a standard deviation allow.

        Example: `crosschannel holdouts balance global_control --lake var/demo/lake`
        """
        from crosschannel.cli.holdout_actions import show_balance

        show_balance(console, lake, conf, holdout)

    @holdouts.command()
    def lift(
        holdout: NameArgument, lake: LakeOption, label: LabelOption, as_of: AsOfOption = None, spent: SpentOption = False, json_file: JsonOption = None,
    ) -> None:
        """Measure what the treatment brought, with 95 % intervals.

        Example: `crosschannel holdouts lift win_back --label purchase --lake var/demo/lake --json lift.json`
        """
        from crosschannel.cli.holdout_actions import show_lift

        show_lift(console, lake, holdout, label, as_of.date() if as_of else None, spent=spent, json_file=json_file)

    app.add_typer(holdouts, name="holdouts")
