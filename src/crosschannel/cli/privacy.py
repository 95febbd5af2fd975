"""Commands about the privacy of people: what they allow, what is held of them, and that it is gone."""

from __future__ import annotations

import getpass
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from crosschannel.cli.actions import opened, project_of

CONSENT_HELP = """What people allow, and where they said so.

Example: `crosschannel consent show email:ann@example.com --lake var/demo/lake`
"""
WhoArgument = Annotated[str, typer.Argument(metavar="ID", help="A customer_id, namespace:value, namespace#pseudonym or a bare value.")]
LakeOption = Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")]
ConfOption = Annotated[Path | None, typer.Option("--conf", help="Project folder with YAML files; that of the lake's newest run if not given.")]
AsOfOption = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Grants after this day do not count yet; today if not given.")]
IdentifierOption = Annotated[str, typer.Option("--identifier", help="namespace:value, spelled as in the raw logs.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who does it; the account that runs the command if not given.")]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Also write it here as JSON.")]


def add_privacy_commands(app: typer.Typer, console: Console) -> None:
    """Add the commands to the command line."""
    consent = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help=CONSENT_HELP)
    _add_show(consent, console)
    app.add_typer(consent, name="consent")
    _add_erase(app, console)
    _add_export(app, console)


def _add_show(consent: typer.Typer, console: Console) -> None:
    @consent.command()
    def show(who: WhoArgument, lake: LakeOption, conf: ConfOption = None, as_of: AsOfOption = None, json_file: JsonOption = None) -> None:
        """Show what one person allows by purpose and channel, which statement decides it, and all they ever said.

        Examples: `crosschannel consent show c_4f1k... --lake var/demo/lake`;
        `crosschannel consent show email:ann@example.com --lake var/demo/lake --json consent.json`
        """
        from crosschannel.io.clock import utc_now
        from crosschannel.jobs.consent_of import consent_of

        with opened(lake) as open_lake:
            found = consent_of(open_lake, project_of(conf, open_lake), who, (as_of or utc_now()).date())
        show_consent(console, found)
        if json_file is not None:
            json_file.parent.mkdir(parents=True, exist_ok=True)
            json_file.write_text(json.dumps(found, indent=2, default=str) + "\n", encoding="utf-8")


def _add_erase(app: typer.Typer, console: Console) -> None:
    @app.command()
    def erase(
        lake: LakeOption, identifier: IdentifierOption, conf: ConfOption = None, by: ByOption = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be deleted.")] = False,
        verify: Annotated[bool, typer.Option("--verify", help="Only search every byte for the identifier.")] = False,
        receipt: Annotated[Path | None, typer.Option("--receipt", help="Also write the receipt here as JSON; it names nobody.")] = None,
    ) -> None:
        """Erase one person from the lake: all rows, all files of older versions, the graph; prove it, and keep them out.

        Examples: `crosschannel erase --lake var/demo/lake --identifier email:ann@example.com --dry-run`;
        `crosschannel erase --lake var/demo/lake --identifier email:ann@example.com --receipt receipt.json`;
        `crosschannel erase --lake var/demo/lake --identifier email:ann@example.com --verify`
        """
        from crosschannel.cli.erasure import Asked, erase_person

        erase_person(console, Asked(lake, identifier, conf, by or getpass.getuser(), receipt), is_dry=dry_run, is_verification=verify)


def _add_export(app: typer.Typer, console: Console) -> None:
    @app.command("export-person")
    def export_person(
        lake: LakeOption, identifier: IdentifierOption, out: Annotated[Path, typer.Option("--out", help="JSON file to write.")], conf: ConfOption = None
    ) -> None:
        """Write everything the lake holds of one person as JSON: the answer to a request for access.

        Example: `crosschannel export-person --lake var/demo/lake --identifier email:ann@example.com --out ann.json`
        """
        from crosschannel.io.clock import utc_now
        from crosschannel.jobs.export_person import export_person as export

        with opened(lake) as open_lake:
            found = export(open_lake, project_of(conf, open_lake), identifier, utc_now().date())
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(found, indent=2, default=str, ensure_ascii=False) + "\n", encoding="utf-8")
        console.print(f"{out}: {sum(map(len, found['tables'].values())):,} rows of {len(found['tables'])} tables", soft_wrap=True)


def show_consent(console: Console, found: dict[str, Any]) -> None:
    """Print what holds and what was said."""
    console.print(f"customer {found['customer']}, found by {found['found_by']}", soft_wrap=True)
    decisions = Table("purpose", "channel", "allowed", "because", "source", "basis", "time (UTC)", title="what holds", title_justify="left")
    for one in found["decisions"]:
        said = one["status"] if one["namespace"] is None else f"{one['status']} with {one['namespace']}"
        decisions.add_row(one["purpose"], one["channel"], "yes" if one["is_allowed"] else "NO", said, one["source"], one["basis"], _minute(one["time"]))
    console.print(decisions)
    statements = Table("time (UTC)", "purpose", "channel", "status", "with", "source", "basis", title="what was said", title_justify="left")
    for one in found["statements"]:
        statements.add_row(_minute(one["time"]), one["purpose"], one["channel"], one["status"], one["namespace"], one["source"], one["basis"])
    console.print(statements)


def _minute(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
