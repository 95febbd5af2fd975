"""What the commands about runs do: read the ledger, print it, go on with a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from crosschannel.cli.actions import opened

Record = dict[str, Any]


def show_status(console: Console, lake: str, prometheus: Path | None) -> None:
    """Print where a lake stands, and write it for Prometheus if that is wanted."""
    from crosschannel.contracts.ops import Runs
    from crosschannel.jobs.prometheus import write_prometheus
    from crosschannel.jobs.run_history import status_of

    with opened(lake) as open_lake:
        status = status_of(open_lake)
    if prometheus is not None:
        write_prometheus(status, prometheus)
    table = Table("job", "state", "started (UTC)", "seconds", "as of", "rows written")
    for run in sorted(status.latest, key=lambda r: str(r[Runs.started_ts])):
        rows = ", ".join(f"{name} {count:,}" for name, count in run[Runs.rows_written].items())
        table.add_row(run[Runs.job], run[Runs.state], f"{run[Runs.started_ts]:%Y-%m-%d %H:%M}", f"{run[Runs.seconds]:.1f}", str(run[Runs.as_of_date] or ""), rows)
    console.print(table)
    if entry := status.newest:
        said = f"{len(entry.done)} of {len(entry.planned)} steps, last sign of life {status.silence:,.0f} s ago"
        console.print(f"run {entry.request.pipeline_id}: {status.state}; {said}", highlight=False, soft_wrap=True)
    release = status.release
    counts = ", ".join(f"{name} {rows:,}" for name, rows in release.row_counts.items()) if release else ""
    console.print(f"release {release.release_id} as of {release.as_of_date}: {counts}" if release else "nothing is published yet", highlight=False, soft_wrap=True)
    console.print(f"next: `{status.next_command}`", highlight=False, soft_wrap=True)


def go_on(console: Console, lake: str) -> None:
    """Finish the newest run."""
    from crosschannel.jobs.chain import JOBS
    from crosschannel.runtime.progress import Progress, run_steps
    from crosschannel.runtime.resume import resumed

    progress = Progress(console, ())
    with resumed(lake, JOBS, progress.say) as found:
        if found is None:
            console.print("nothing to resume: the newest run finished every step", highlight=False)
            return
        active, rest = found
        console.print(f"run {rest.pipeline_id} goes on at {rest.left[0]}", highlight=False)
        progress = Progress(console, rest.left)
        progress.learn(active)
        run_steps(active, [JOBS[name] for name in rest.left], progress)


def show_run(console: Console, lake: str, which: str | None) -> None:
    """Print all that is known of a run."""
    from crosschannel.contracts.ops import Checks
    from crosschannel.jobs.run_history import explain_run

    with opened(lake) as open_lake:
        found = explain_run(open_lake, which)
    console.print(f"run {found['run']}", highlight=False)
    _print(console, "processes", found["processes"], ("process", "command", "ended", "from", "to", "at", "failure"))
    console.print(_steps(found["steps"]))
    if found["unchanged"]:
        console.print(f"nothing to do for {', '.join(found['unchanged'])}", highlight=False, soft_wrap=True)
    failed = [c[Checks.check_name] for c in found["checks"] if not c[Checks.passed]]
    console.print(f"checks: {len(found['checks'])}, failed: {', '.join(failed) or 'none'}", highlight=False)
    for release in found["releases"]:
        console.print(f"published release {release.release_id} (number {release.release_number}) as of {release.as_of_date}", highlight=False)


def _steps(steps: list[Record]) -> Table:
    from crosschannel.contracts.ops import Runs

    table = Table("step", "state", "seconds", "why it ran", "read", "wrote", title="steps", title_justify="left")
    for step in steps:
        read = ", ".join(f"{name}@{version}" for name, version in sorted(step[Runs.inputs].items()))
        rows = step[Runs.rows_written]
        wrote = ", ".join(f"{name}@{version} ({rows.get(name, 0):,})" for name, version in sorted(step[Runs.outputs].items()))
        state = step[Runs.state] + (f": {step[Runs.error]}" if step[Runs.error] else "")
        table.add_row(step[Runs.job], state, f"{step[Runs.seconds]:.1f}", step["why"], read, wrote)
    return table


def _print(console: Console, title: str, rows: list[Record], columns: tuple[str, ...]) -> None:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(f"{row[c]:%Y-%m-%d %H:%M:%S}" if hasattr(row[c], "strftime") else str(row[c]) for c in columns))
    console.print(table)
