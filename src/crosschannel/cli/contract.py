"""Commands about the contracts of sources: draft one, try files against it, exchange it with other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from crosschannel.cli.contract_actions import draft_contract
from crosschannel.cli.exchange_actions import copy_template, export_contract, import_contract
from crosschannel.cli.validate_actions import validate_files

ConfOption = Annotated[Path | None, typer.Option("--conf", help="Project folder with YAML files; the shipped demo project if not given.")]
EXCHANGE = """Start from a template, or exchange contracts with other tools in the Open Data Contract Standard 3.1.

Example: `crosschannel contract export --source web --out web.odcs.yaml`
"""
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def add_contract_commands(app: typer.Typer, console: Console) -> None:
    """Add the commands to the command line."""
    _add_infer_and_validate(app, console)
    exchange = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help=EXCHANGE)
    _add_exchange(exchange, console)
    app.add_typer(exchange, name="contract")


def _add_infer_and_validate(app: typer.Typer, console: Console) -> None:

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

    @app.command()
    def validate(
        files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files or folders that the source delivered, on any Hadoop path.")],
        source: Annotated[str, typer.Option("--source", help="Name of the source whose contract is meant.")],
        conf: ConfOption = None,
    ) -> None:
        """Say what ingest would refuse of some files and why, with masked examples; nothing is written.

        Ends with code 0 if every record would be accepted, with 10 if not.

        Example: `crosschannel validate --source till delivered/till_2026-01-05.csv.gz --conf conf/mine`
        """
        validate_files(console, source, files, conf)


def _add_exchange(exchange: typer.Typer, console: Console) -> None:
    @exchange.command("template")
    def template(
        name: Annotated[str | None, typer.Argument(metavar="[VENDOR/NAME]", help="Template to copy; all are listed if not given.")] = None,
        out: Annotated[Path | None, typer.Option("--out", help="Contract to write; the terminal if not given.")] = None,
        force: ForceOption = False,
    ) -> None:
        """Start from a shipped template of a vendor's export.

        Example: `crosschannel contract template klaviyo/event --out conf/mine/sources/klaviyo_event.yaml`
        """
        copy_template(console, name, out, force=force)

    @exchange.command("export")
    def export(
        source: Annotated[str | None, typer.Option("--source", help="Source of the project to export.")] = None,
        table: Annotated[str | None, typer.Option("--table", help="Table of the lake to export, such as silver.events.")] = None,
        conf: ConfOption = None,
        out: Annotated[Path | None, typer.Option("--out", help="File to write; the terminal if not given.")] = None,
        force: ForceOption = False,
    ) -> None:
        """Write a source or a table as a contract of the standard.

        Example: `crosschannel contract export --table silver.events --out events.odcs.yaml`
        """
        export_contract(console, source, table, conf, out, force=force)

    @exchange.command("import")
    def import_(
        contract: Annotated[Path, typer.Argument(metavar="FILE", help="A contract of the standard, as YAML.")],
        out: Annotated[Path, typer.Option("--out", help="Contract to write; its name becomes the name of the source.")],
        table: Annotated[str | None, typer.Option("--table", help="Object of the schema that is meant, if there are several.")] = None,
        force: ForceOption = False,
    ) -> None:
        """Write the contract of a source from one of the standard; what it does not say is marked.

        Example: `crosschannel contract import web.odcs.yaml --out conf/mine/sources/web.yaml`
        """
        import_contract(console, contract, out, table, force=force)
