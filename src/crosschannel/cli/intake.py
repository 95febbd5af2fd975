"""Commands about what comes in: replay what was refused, and show how each source fares."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from crosschannel.cli.actions import opened, project_at, project_of

LakeOption = Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")]
KnownConfOption = Annotated[Path | None, typer.Option("--conf", help="Project folder with YAML files; that of the lake's newest run if not given.")]
ConfOption = Annotated[Path | None, typer.Option("--conf", help="Project folder with YAML files; the shipped demo project if not given.")]


def add_commands(app: typer.Typer, console: Console) -> None:
    """Hook the commands of this module in."""

    @app.command()
    def replay(
        source: Annotated[str, typer.Option("--source", help="Name of the source whose contract was mended.")],
        lake: LakeOption,
        raw: Annotated[str, typer.Option("--raw", help="Raw folder; with it, files refused as a whole are tried again too.")] = "",
        conf: ConfOption = None,
    ) -> None:
        """Bring the refused records of a source back, once, after its contract was mended.

        Example: `crosschannel replay --source web --raw var/demo/raw --lake var/demo/lake`
        """
        replay_source(console, source, lake, raw, conf)

    @app.command()
    def sources(lake: LakeOption, conf: KnownConfOption = None) -> None:
        """Show each source: last file, records, refused share, drift, freshness.

        Example: `crosschannel sources --lake var/demo/lake`
        """
        show_sources(console, lake, conf)


def replay_source(console: Console, source: str, lake: str, raw: str, conf: Path | None) -> None:
    """Judge what was refused of a source by its present contract."""
    from crosschannel.jobs.replay import replay_job, source_named
    from crosschannel.runtime.run import Place, runner

    project = project_at(conf)
    source_named(project.sources, source)  # a wrong name is said at once, not after Spark has started
    with runner(Place(project, lake, raw, fresh=True), console.print) as active:
        active.run(replay_job(source))


def show_sources(console: Console, lake: str, conf: Path | None) -> None:
    """Print one line per source of the project."""
    from crosschannel.io.clock import utc_now
    from crosschannel.jobs.sources import source_facts

    with opened(lake) as open_lake:
        facts = source_facts(open_lake, project_of(conf, open_lake).sources, utc_now())
    console.print(_table(facts))


def _table(facts: Sequence[Any]) -> Table:
    # A narrow terminal breaks long words and cuts none; the source is what one types next.
    rest = ("last file", "files", "records", "refused", "files refused", "newest event", "behind", "drift")
    table = Table(Column("source", no_wrap=True, overflow="fold"), *[Column(name, overflow="fold") for name in rest])
    for fact in facts:
        table.add_row(*_cells(fact))
    return table


def _cells(fact: Any) -> list[str]:
    if fact.last_file is None:
        return [fact.source, "none yet", *[""] * 7]
    newest = f"{fact.newest_event:%Y-%m-%d %H:%M}" if fact.newest_event else "none"
    behind = f"{fact.behind.days} d {fact.behind.seconds // 3600} h" if fact.behind else ""
    numbers = f"{fact.files:,}", f"{fact.rows_in:,}", f"{fact.refused_share:.2%}", f"{fact.refused_files:,}"
    return [fact.source, f"{fact.last_file} ({fact.last_seen:%Y-%m-%d %H:%M})", *numbers, newest, behind, ", ".join(fact.drift)]
