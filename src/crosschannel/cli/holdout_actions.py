"""What the commands about holdouts do: open the lake, measure, print."""

from __future__ import annotations

import json
from datetime import date
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from crosschannel.cli.actions import opened, project_of
from crosschannel.errors import QualityError

if TYPE_CHECKING:
    from crosschannel.activation.lift import Interval

SHOWN = 10  # features, those furthest apart


def show_balance(console: Console, lake: str, conf: Path | None, holdout: str) -> None:
    """Print sizes and the features furthest apart; fail if the arms are not alike."""
    from crosschannel.jobs.measuring import balance_at

    with opened(lake) as open_lake:
        found = balance_at(open_lake, project_of(conf, open_lake), holdout)
    sizes = ", ".join(f"{n:,} in {arm}" for arm, n in found.customers.items())
    console.print(f"{holdout}: {sizes}; control share {found.control_share:.2%}, drawn as {found.expected_share:.2%} (z {found.share_z:+.2f})")
    table = Table("feature", "treatment", "control", "apart (SD)", "bound", title="features furthest apart", title_justify="left")
    for f in found.worst[:SHOWN]:
        table.add_row(f.feature, f"{f.treatment_mean:.4g}", f"{f.control_mean:.4g}", f"{f.smd:+.3f}", f"{f.bound:.3f}")
    console.print(table)
    if not found.is_balanced:
        apart = [f.feature for f in found.worst if not f.is_alike] or ["their sizes"]
        raise QualityError(f"holdout {holdout}: the arms differ in {', '.join(apart[:SHOWN])}; something treated them unlike before anything was sent")
    console.print(f"the arms are alike in {len(found.features)} features")


def show_lift(console: Console, lake: str, holdout: str, label: str, as_of: date | None, *, spent: bool, json_file: Path | None) -> None:
    """Print what the treatment brought."""
    from crosschannel.jobs.measuring import lift_at

    with opened(lake) as open_lake:
        measured = lift_at(open_lake, holdout, label, as_of, spent=spent)
    lift, percent = measured.lift, not spent
    title = f"{holdout}: {label}{' (amount spent)' if spent else ''} after {measured.as_of_date}, {lift.level:.0%} intervals"
    table = Table("", "customers", "value", "from", "to", title=title, title_justify="left")
    sizes = {name: f"{n:,}" for name, n in lift.customers.items()}
    table.add_row("treatment", sizes["treatment"], *_cells(lift.treatment, percent=percent))
    table.add_row("control", sizes["control"], *_cells(lift.control, percent=percent))
    table.add_row("difference", "", *_cells(lift.difference, percent=percent))
    if lift.relative is not None:
        table.add_row("relative", "", *_cells(lift.relative, percent=True))
    table.add_row("brought in all", "", *_cells(lift.incremental, percent=False))
    console.print(table)
    console.print("the effect is beyond chance" if lift.difference.excludes_zero else "no effect beyond chance")
    if measured.mixed_customers:
        console.print(f"{measured.mixed_customers:,} customers were in both arms before they merged (gold.holdout_events)")
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(measured.as_dict(), indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _cells(interval: Interval, *, percent: bool) -> tuple[str, ...]:
    bounds = (interval.value, interval.low, interval.high)
    return tuple("open" if abs(b) == inf else f"{b:.2%}" if percent else f"{b:,.2f}" for b in bounds)
