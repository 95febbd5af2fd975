"""What the commands about who is who do: book a decision, print a simulation."""

from __future__ import annotations

import getpass
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from crosschannel.cli.actions import opened, project_at, project_of

SHOWN, SHOWN_DIGITS = 20, 10


@dataclass(frozen=True)
class Told:
    """A decision as the command line tells it."""

    action: str
    identifiers: tuple[str, ...]
    reason: str
    by: str | None
    lift: bool


def take_decision(console: Console, told: Told, lake: str, conf: Path | None) -> None:
    """Store a decision and say what it is about, without the values."""
    from crosschannel.io.clock import utc_now
    from crosschannel.jobs.decide import Decision, decide
    from crosschannel.runtime.lock import lake_lock

    decision = Decision(told.action, told.by or getpass.getuser(), told.reason, told.lift)
    with opened(lake) as open_lake, lake_lock(open_lake.spark, lake):
        found = decide(open_lake, project_of(conf, open_lake).identity, told.identifiers, decision, utc_now())
    verb = f"{told.action} lifted" if told.lift else told.action
    console.print(f"{verb}: {' and '.join(f'{k.namespace} {k.identifier_hash[:SHOWN_DIGITS]}...' for k in found[: len(told.identifiers)])}", soft_wrap=True)
    console.print(f"next: `crosschannel stitch_identities --lake {lake}`{f' --conf {conf}' if conf else ''} obeys it", soft_wrap=True)


def try_rules(console: Console, lake: str, conf: Path, json_file: Path | None, raw: str = "") -> None:
    """Simulate and print what would change."""
    from crosschannel.jobs.simulate import simulate

    settings = project_at(conf).stitching
    with opened(lake) as open_lake:
        found = simulate(open_lake, settings, lambda text: console.print(text, style="dim"), raw)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    show_simulation(console, found)


def show_simulation(console: Console, found: dict[str, Any]) -> None:
    """Print a simulation: counts, ids, refusals, the customers most changed, and the gate."""
    console.print("nothing was written; normalisers and blocklists act when events are conformed and are not part of this", soft_wrap=True)
    _beside(console, "customers", {n: (found["before"][n], found["after"][n]) for n in found["after"]})
    for name, value in found["changes"].items():
        console.print(f"{name}: {value:,}")
    _beside(console, "links refused", {rule: (both["before"], both["after"]) for rule, both in found["refusals"].items()})
    if found["most_changed"]:
        table = Table("customer", "identifiers that leave", "to", title="customers most changed", title_justify="left")
        for one in found["most_changed"][:SHOWN]:
            table.add_row(one["customer"], f"{one['moved']:,}", ", ".join(f"{to} ({n:,})" for to, n in one["to"].items()))
        console.print(table)
    if found["labels"]:
        _beside(console, "labelled people", {n: (found["labels"]["before"][n], found["labels"]["now"][n]) for n in found["labels"]["now"]})
    gate = Table("gate", "would be", "at most", "holds", title="would it be published", title_justify="left")
    for one in found["gate"]:
        gate.add_row(one["measure"], f"{one['observed']:,}", f"{one['limit']:,}", "yes" if one["holds"] else "NO")
    console.print(gate)


def _beside(console: Console, title: str, rows: dict[str, tuple[int, int]]) -> None:
    table = Table(title, "now", "would be", "change")
    for name, (before, after) in rows.items():
        table.add_row(name, f"{before:,}", f"{after:,}", f"{after - before:+,}" if after != before else "")
    console.print(table)
