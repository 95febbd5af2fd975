"""Commands for whoever runs the suite every night: where a lake stands, how a run went, going on with one, and what a cluster needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from crosschannel.cli.actions import project_at

LakeOption = Annotated[str, typer.Option("--lake", help="Folder or Hadoop path of the lake.")]


def add_operating_commands(app: typer.Typer, console: Console) -> None:
    """Add the commands to the command line."""

    @app.command()
    def status(
        lake: LakeOption,
        prometheus: Annotated[Path | None, typer.Option("--prometheus", help="Also write it here, as text that Prometheus collects.")] = None,
    ) -> None:
        """Show the newest run, the last attempt of each job and the current release, and what to type next.

        Examples: `crosschannel status --lake var/demo/lake`; `crosschannel status --lake var/demo/lake --prometheus var/crosschannel.prom`
        """
        from crosschannel.cli.operating_actions import show_status

        show_status(console, lake, prometheus)

    @app.command()
    def resume(lake: LakeOption) -> None:
        """Go on with the newest run at its first unfinished step, on the day and settings it began with.

        Example: `crosschannel resume --lake var/demo/lake`
        """
        from crosschannel.cli.operating_actions import go_on

        go_on(console, lake)

    @app.command("explain-run")
    def explain_run(
        lake: LakeOption,
        run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="A pipeline_id; the newest run if not given.")] = None,
    ) -> None:
        """Show what a run did, step by step: why each ran, versions read and written, rows, seconds, checks, releases.

        Examples: `crosschannel explain-run --lake var/demo/lake`; `crosschannel explain-run 20260105T020000-77 --lake var/demo/lake`
        """
        from crosschannel.cli.operating_actions import show_run

        show_run(console, lake, run)

    _add_bundle(app, console)


def _add_bundle(app: typer.Typer, console: Console) -> None:
    @app.command()
    def bundle(
        out: Annotated[Path, typer.Option("--out", help="Folder that gets the bundle; one that is there is made anew.")],
        conf: Annotated[Path | None, typer.Option("--conf", help="Project folder to put in; the shipped demo project if not given.")] = None,
        driver: Annotated[bool, typer.Option("--driver", help="Pack also what the driver imports, for clusters that run the driver themselves.")] = False,
    ) -> None:
        """Put together what a cluster needs: wheel, JARs, packages of workers, properties, launchers, and the SHA-256 of each.

        Examples: `crosschannel bundle --out var/bundle`; `crosschannel bundle --conf conf/demo --driver --out var/bundle`
        """
        from crosschannel.jobs.bundle import bundle as put_together

        manifest = put_together(project_at(conf), out.absolute(), lambda text: console.print(text, style="dim", soft_wrap=True), with_driver=driver)
        sizes = [file["bytes"] for file in manifest["files"].values()]
        made_for = f"Python {manifest['python']} on {manifest['platform']}"
        console.print(f"{out}: {len(sizes)} files, {sum(sizes) / 1e6:,.0f} MB, for {made_for}", highlight=False, soft_wrap=True)
        console.print(f"next: `cd {out} && sha256sum --check --quiet SHA256SUMS` where it arrives, then submit.sh (docs/cluster.md)", highlight=False, soft_wrap=True)
