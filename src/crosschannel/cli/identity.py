"""Commands about who is who: decide about identifiers, and try other rules before they count."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from crosschannel.cli.identity_decisions import Told, take_decision, try_rules

HELP = """Decide that identifiers are two people, one, or nobody's; try other rules before they count.

Decisions are kept with who, when and why, hold from the next stitch on, and can be taken back with `--lift`.

Example: `crosschannel identity split email:ann@example.com crm_id:C-1001 --lake var/demo/lake --reason "ticket 17: mother and daughter"`
"""
FirstArgument = Annotated[str, typer.Argument(metavar="IDENTIFIER", help="namespace:value as in the raw logs, or namespace#pseudonym as `explain` shows it.")]
SecondArgument = Annotated[str, typer.Argument(metavar="OTHER", help="The other identifier, in the same form.")]
LakeOption = Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")]
ConfOption = Annotated[Path | None, typer.Option("--conf", help="Project folder with YAML files; that of the lake's newest run if not given.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for those who will ask; without any identifier.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who decided; the account that runs the command if not given.")]
LiftOption = Annotated[bool, typer.Option("--lift", help="Take this decision back.")]


def add_identity_commands(app: typer.Typer, console: Console) -> None:
    """Add the commands to the command line."""
    identity = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help=HELP)
    _add_decisions_about_pairs(identity, console)
    _add_block(identity, console)
    _add_simulate(identity, console)
    app.add_typer(identity, name="identity")


def _add_decisions_about_pairs(identity: typer.Typer, console: Console) -> None:
    @identity.command()
    def split(
        one: FirstArgument, other: SecondArgument, lake: LakeOption, reason: ReasonOption,
        conf: ConfOption = None, by: ByOption = None, lift: LiftOption = False,
    ) -> None:
        """Keep two identifiers in two customers, whatever evidence links them; two people, or a device and somebody who does not own it.

        Examples: `crosschannel identity split email:ann@example.com crm_id:C-1001 --lake DIR --reason "ticket 17: mother and daughter"`;
        `crosschannel identity split email#3fa9c01d22 crm_id#77b0e6a1c4 --lake DIR --reason "decided by mistake" --lift`
        """
        take_decision(console, Told("split", (one, other), reason, by, lift), lake, conf)

    @identity.command()
    def join(
        one: FirstArgument, other: SecondArgument, lake: LakeOption, reason: ReasonOption,
        conf: ConfOption = None, by: ByOption = None, lift: LiftOption = False,
    ) -> None:
        """Put two identifiers into one customer, also against a limit of a namespace.

        Example: `crosschannel identity join crm_id:C-1001 crm_id:C-2002 --lake DIR --reason "ticket 18: moved to another shop"`
        """
        take_decision(console, Told("join", (one, other), reason, by, lift), lake, conf)


def _add_block(identity: typer.Typer, console: Console) -> None:
    @identity.command()
    def block(
        one: FirstArgument, lake: LakeOption, reason: ReasonOption,
        conf: ConfOption = None, by: ByOption = None, lift: LiftOption = False,
    ) -> None:
        """Let a value link nobody from now on: the phone of a till, an address everybody types.

        Example: `crosschannel identity block phone:+442071838750 --lake DIR --reason "number of the shop in Leeds"`
        """
        take_decision(console, Told("block", (one,), reason, by, lift), lake, conf)


def _add_simulate(identity: typer.Typer, console: Console) -> None:
    @identity.command()
    def simulate(
        lake: LakeOption,
        conf: Annotated[Path, typer.Option("--conf", help="Project folder whose identity.yaml is tried.")],
        json_file: Annotated[Path | None, typer.Option("--json", help="Also write the findings here.")] = None,
        raw: Annotated[str, typer.Option("--raw", help="Raw folder, if identity.yaml names labels in it.")] = "",
    ) -> None:
        """Say what the rules of a project would do to the customers of a lake: merges, splits, lost ids; nothing is written.

        Example: `crosschannel identity simulate --conf conf/stricter --lake var/demo/lake`
        """
        try_rules(console, lake, conf, json_file, raw)
