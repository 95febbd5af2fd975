"""``crosschannel channels``: whether joining channels pays, on the data of this lake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from crosschannel.cli.actions import opened
from crosschannel.contracts.acting import ModelStudies
from crosschannel.errors import UsageError

TITLES = {"channel": "learned from one channel, and from all", "without_family": "learned without one family of features"}
METRICS = {"auc": "AUC gained by all", "log_loss": "log loss", "lift_10": "lift in the highest tenth"}


def add_channel_commands(app: typer.Typer, console: Console) -> None:
    """Add the command ``channels``."""

    @app.command("channels")
    def channels(
        lake: Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")],
        score: Annotated[str | None, typer.Option("--score", help="A studied score; the published or newest one if not given.")] = None,
        json_file: Annotated[Path | None, typer.Option("--json", help="Also write the findings here.")] = None,
    ) -> None:
        """Show what joining channels is worth: the same score learned from each single channel, from all, and without each family.

        Example: `crosschannel channels --lake var/demo/lake`
        """
        from crosschannel.jobs.read_studies import answer_of, read_study

        with opened(lake) as open_lake:
            rows = read_study(open_lake, score)
        if not rows:
            raise UsageError(f"no study in {lake} yet; run `crosschannel train_scores --lake {lake}` with a study in scores.yaml (it is on unless `study: null`)")
        console.print(answer_of(rows), soft_wrap=True)
        for study, title in TITLES.items():
            if mine := [r for r in rows if r[ModelStudies.study] == study]:
                console.print(_table(mine, title))
        if json_file is not None:
            json_file.write_text(json.dumps({"answer": answer_of(rows), "studies": rows}, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")


def _table(rows: list[dict[str, Any]], title: str) -> Table:
    table = Table("", "features", "AUC alone", *METRICS.values(), title=title, title_justify="left")
    for variant in dict.fromkeys(r[ModelStudies.variant_name] for r in rows):
        own = {r[ModelStudies.metric]: r for r in rows if r[ModelStudies.variant_name] == variant}
        first = own["auc"]
        alone = f"{first[ModelStudies.variant_auc]:.3f} ({first[ModelStudies.variant_auc_low]:.3f} to {first[ModelStudies.variant_auc_high]:.3f})"
        gaps = (f"{r[ModelStudies.whole_minus_variant]:+.4f} ({r[ModelStudies.low]:+.4f} to {r[ModelStudies.high]:+.4f})" for r in (own[m] for m in METRICS))
        table.add_row(variant, str(first[ModelStudies.features]), alone, *gaps)
    return table
