"""``crosschannel records``: whose each record is, and why two of them are one person's or not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from crosschannel.cli.actions import opened
from crosschannel.contracts.people import RecordLinks
from crosschannel.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql import Row

BAR_BITS = 1.0  # bits per character of a bar
MOST_BARS = 30


def add_record_commands(app: typer.Typer, console: Console) -> None:
    """Add the command ``records``."""

    @app.command("records")
    def records(
        lake: Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")],
        out: Annotated[Path | None, typer.Option("--out", help="CSV file that gets source, record and customer.")] = None,
        pair: Annotated[tuple[str, str] | None, typer.Option("--pair", help="Two records to explain, as RECORD_ID or SOURCE:RECORD_ID.")] = None,
    ) -> None:
        """Write which customer each record of people belongs to, or explain a pair of records.

        Examples: `crosschannel records --lake var/people/lake --out customers.csv`; `crosschannel records --lake var/people/lake --pair r17 r42`
        """
        if (out is None) == (pair is None):
            raise UsageError("give --out FILE to write all records, or --pair A B to explain two of them")
        from crosschannel.jobs.records import pair_of, write_records

        with opened(lake) as open_lake:
            if out is not None:
                console.print(f"{out}: {write_records(open_lake, out):,} records")
            if pair is not None:
                _show_pair(console, *pair_of(open_lake, *pair))


def _show_pair(console: Console, link: Row | None, is_one: bool) -> None:
    verdict = "one customer" if is_one else "two customers"
    if link is None:
        console.print(f"{verdict}; the two records do not look alike enough to be a pair" + (" and are joined through others" if is_one else ""))
        return
    refused = f", kept apart by {link[RecordLinks.refused_by]}" if link[RecordLinks.refused_by] else ""
    table = Table(title=f"{verdict}: weight {link[RecordLinks.weight]:.2f} bits{refused}")
    for name, is_number in (("step", False), ("level", True), ("bits", True), ("", False)):
        table.add_column(name, justify="right" if is_number else "left")
    for step in link[RecordLinks.waterfall]:
        length = min(MOST_BARS, round(abs(step.bits) / BAR_BITS))
        table.add_row(step.name, "" if step.level is None else str(step.level), f"{step.bits:+.2f}", ("+" if step.bits > 0 else "-") * length)
    console.print(table)
