"""What the command ``erase`` does: count, erase or search, and print the receipt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from crosschannel.cli.actions import opened, project_of
from crosschannel.errors import QualityError, UsageError

if TYPE_CHECKING:
    from crosschannel.jobs.erase import Receipt

SHOWN = 10


@dataclass(frozen=True)
class Asked:
    """What was asked for on the command line."""

    lake: str
    identifier: str
    conf: Path | None
    by: str
    receipt: Path | None


def erase_person(console: Console, asked: Asked, *, is_dry: bool, is_verification: bool) -> None:
    """Do what was asked; end with an error if anything is left."""
    from crosschannel.io.clock import utc_now
    from crosschannel.jobs.erase import dry_run, erase, verify
    from crosschannel.runtime.lock import lake_lock
    from crosschannel.runtime.run import Place, runner

    if is_dry and is_verification:
        raise UsageError("--dry-run counts what would be deleted, --verify looks for what is left: give one of them")
    with opened(asked.lake) as lake:
        place = Place(project_of(asked.conf, lake), asked.lake, "")
        if is_dry:
            person, counts, models = dry_run(lake, place, asked.identifier)
        elif is_verification:
            with lake_lock(lake.spark, asked.lake, place.request("verify an erasure")):
                receipt = verify(lake, place, asked.identifier, asked.by, utc_now())
    if is_dry:
        console.print(f"customer ids: {', '.join(person.customers) or 'none'}; identifiers: {len(person.nodes)}", soft_wrap=True)
        _show_rows(console, counts, "rows that would be deleted")
        _show_models(console, models)
        return
    if not is_verification:
        with runner(place, lambda text: console.print(text, style="dim", soft_wrap=True), "erase") as active:
            receipt = erase(active, asked.identifier, asked.by, utc_now(), lambda text: console.print(text, style="dim", soft_wrap=True))
    _show(console, receipt)
    if asked.receipt is not None:
        asked.receipt.parent.mkdir(parents=True, exist_ok=True)
        asked.receipt.write_text(json.dumps(receipt.as_json(), indent=2) + "\n", encoding="utf-8")
    _refuse_left(receipt, asked)


def _show(console: Console, receipt: Receipt) -> None:
    if receipt.rows_deleted:
        _show_rows(console, receipt.rows_deleted, "rows deleted")
    for path in receipt.scrubbed:
        console.print(f"cleaned: {path}", soft_wrap=True)
    _show_models(console, receipt.models)
    console.print(f"searched {receipt.found.files:,} files, {receipt.found.size_bytes:,} bytes: {receipt.state}", soft_wrap=True)
    if receipt.customers:
        console.print(f"tell every system that copies serving to delete {', '.join(receipt.customers)}; the lake has forgotten these ids", soft_wrap=True)
    console.print(f"receipt {receipt.erasure_id} is kept in ops.erasures", soft_wrap=True)


def _show_rows(console: Console, counts: dict[str, int], title: str) -> None:
    table = Table("table", "rows", title=title, title_justify="left")
    for name, count in counts.items():
        if count:
            table.add_row(name, f"{count:,}")
    console.print(table)


def _show_models(console: Console, models: list[str]) -> None:
    for model in models:
        console.print(f"may have learned from the person: {model}; train again", soft_wrap=True)


def _refuse_left(receipt: Receipt, asked: Asked) -> None:
    if not receipt.found.found:
        return
    named = ", ".join(receipt.found.found[:SHOWN])
    more = f" and {len(receipt.found.found) - SHOWN} more" if len(receipt.found.found) > SHOWN else ""
    then = "is still held: erase first" if receipt.action == "verify" else "is left"
    raise QualityError(f"something {then}: {named}{more}; files of a _delta_log from before this version go with the end of their UTC day, all others run `crosschannel erase` again for --lake {asked.lake}")
