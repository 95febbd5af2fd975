"""``crosschannel models``: which versions there are, which is better, which is used, and why."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

HELP = """List, compare, promote and take back model versions; decisions are kept with who, when and why.

Example: `crosschannel models list --lake var/demo/lake`
"""
LakeOption = Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")]
ConfOption = Annotated[Path | None, typer.Option("--conf", help="Project folder with YAML files; the shipped demo project if not given.")]
AsOfOption = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Last day whose outcomes may be known; the last full day if not given.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for those who will ask.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who decided; the account that runs the command if not given.")]
NameArgument = Annotated[str, typer.Argument(metavar="MODEL", help="segments, or the name of a score.")]
VersionArgument = Annotated[str, typer.Argument(metavar="VERSION", help="An alias, a number of the registry, or the first digits of a version.")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Also write the findings here.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed the models were trained with; it says which customers were held out.")]


def add_model_commands(app: typer.Typer, console: Console) -> None:
    """Add the commands to the command line."""
    models = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help=HELP)
    _add_reading(models, console)
    _add_deciding(models, console)
    app.add_typer(models, name="models")


def _add_reading(models: typer.Typer, console: Console) -> None:
    @models.command("list")
    def list_versions(lake: LakeOption, conf: ConfOption = None) -> None:
        """Show every registered version, what it is used for and what the gate said of it.

        Example: `crosschannel models list --lake var/demo/lake`
        """
        from crosschannel.cli.model_actions import show_list

        show_list(console, lake, conf)

    @models.command()
    def compare(
        model: NameArgument, lake: LakeOption, version: VersionArgument = "challenger",
        against: Annotated[str, typer.Option("--against", help="What it is held beside.")] = "champion",
        conf: ConfOption = None, as_of: AsOfOption = None, seed: SeedOption = 7, json_file: JsonOption = None,
    ) -> None:
        """Hold a version beside the champion on the same customers: differences with intervals, slices, groups, migrations.

        Examples: `crosschannel models compare purchase --lake var/demo/lake`;
        `crosschannel models compare segments 3 --against previous --lake var/demo/lake --json beside.json`
        """
        from crosschannel.cli.model_actions import At, show_comparison

        show_comparison(console, At(lake, conf, as_of, seed), model, version, against, json_file)


def _add_deciding(models: typer.Typer, console: Console) -> None:
    @models.command()
    def promote(
        model: NameArgument, version: VersionArgument, lake: LakeOption, reason: ReasonOption,
        conf: ConfOption = None, by: ByOption = None, as_of: AsOfOption = None, seed: SeedOption = 7,
    ) -> None:
        """Make a version champion; one that is worse on the same customers is refused.

        Example: `crosschannel models promote purchase challenger --lake var/demo/lake --reason "ticket 31: reads the new channel"`
        """
        from crosschannel.cli.model_actions import At, take_promotion

        take_promotion(console, At(lake, conf, as_of, seed), model, version, reason, by)

    @models.command()
    def rollback(model: NameArgument, lake: LakeOption, reason: ReasonOption, conf: ConfOption = None, by: ByOption = None) -> None:
        """Go back to the champion before; training does not promote the one taken back by itself.

        Example: `crosschannel models rollback purchase --lake var/demo/lake --reason "ticket 32: doubled the mails to new customers"`
        """
        from crosschannel.cli.model_actions import At, take_rollback

        take_rollback(console, At(lake, conf, None, 7), model, reason, by)
