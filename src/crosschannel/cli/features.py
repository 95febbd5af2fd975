"""``crosschannel features``: the catalogue of a project's features as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from crosschannel.cli.actions import opened, project_of


def add_feature_commands(app: typer.Typer, console: Console) -> None:
    """Add the command ``features``."""

    @app.command("features")
    def features(
        lake: Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")],
        out: Annotated[Path, typer.Option("--out", help="HTML file to write.")] = Path("features.html"),
        conf: Annotated[Path | None, typer.Option("--conf", help="Project folder with YAML files; that of the lake's newest run if not given.")] = None,
    ) -> None:
        """Write the catalogue of features: meaning, unit, window, coverage and drift of each.

        Example: `crosschannel features --lake var/demo/lake --out features.html`
        """
        from crosschannel.jobs.cataloguing import write_catalogue

        with opened(lake) as open_lake:
            console.print(f"{out}: {write_catalogue(open_lake, project_of(conf, open_lake), out):,} features")
