"""What the commands about releases do: read the pointer, print, compare, go back."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from crosschannel.cli.actions import opened
from crosschannel.errors import UsageError

if TYPE_CHECKING:
    from crosschannel.io.releases import Release

CUSTOMERS = "serving.customer_segments"


def show_list(console: Console, lake: str, limit: int) -> None:
    """Print the newest releases."""
    from crosschannel.io.releases import last_erasure, releases

    with opened(lake) as open_lake:
        found, erasure = releases(open_lake, limit), last_erasure(open_lake)
    table = Table("number", "release", "as of", "published (UTC)", "customers", "shows", "readable until", title="releases", title_justify="left")
    for number, release in enumerate(found):
        shows = f"again {release.restores}" if release.restores else "its own rows"
        until = f"{release.readable_until:%Y-%m-%d}" if release.readable_until else "30 days after the next one"
        if erasure is not None and release.release_number < erasure[0]:
            until = f"gone: erasure of {erasure[1]:%Y-%m-%d}"
        mark = " (current)" if number == 0 else ""
        customers = f"{release.row_counts.get(CUSTOMERS, 0):,}"
        published = f"{release.published_ts:%Y-%m-%d %H:%M}"
        table.add_row(str(release.release_number), release.release_id + mark, str(release.as_of_date), published, customers, shows, until)
    console.print(table if found else "nothing is published yet")


def show_one(console: Console, lake: str, which: str) -> None:
    """Print what a release is made of."""
    from crosschannel.io.releases import release_named

    with opened(lake) as open_lake:
        release = release_named(open_lake, which)
    console.print(f"release {release.release_id}, number {release.release_number}, as of {release.as_of_date}", highlight=False)
    for name, value in _facts(release).items():
        console.print(f"  {name:<15} {value}", highlight=False, soft_wrap=True)
    table = Table("table", "version", "rows", "digest", title="tables", title_justify="left")
    for name, version in sorted(release.table_versions.items()):
        table.add_row(name, str(version), f"{release.row_counts.get(name, 0):,}", (release.digests or {}).get(name, ""))
    console.print(table)
    models = Table("of", "model version", title="models", title_justify="left")
    for name, model in sorted(release.model_versions.items()):
        models.add_row(name, model)
    console.print(models)


def _facts(release: Release) -> dict[str, object]:
    facts = {
        "published": f"{release.published_ts:%Y-%m-%d %H:%M:%S} UTC",
        "digest": release.digest,
        "configuration": release.settings_hash,
        "code": release.code_hash,
        "readable until": release.readable_until,
        "shows again": release.restores,
        "took back": release.withdraws,
        "decided by": release.acted_by,
        "reason": release.reason,
    }
    return {name: value for name, value in facts.items() if value is not None}


def show_difference(console: Console, lake: str, names: tuple[str, str], out: Path | None, form: str) -> None:
    """Print the counts of a difference, and write its rows."""
    from crosschannel.io.delivery import FILE_FORMATS, write_files
    from crosschannel.jobs.manage_releases import difference

    if form not in FILE_FORMATS:
        raise UsageError(f"--format {form} is not known; choose one of {', '.join(FILE_FORMATS)}")
    with opened(lake) as open_lake:
        found = difference(open_lake, *names)
        table = Table("rows of", "new", "changed", "gone", title_justify="left", title=f"from {found.old.release_id} to {found.new.release_id}")
        for name, counts in found.counts().items():
            table.add_row(name, *(f"{counts.get(change, 0):,}" for change in ("new", "changed", "gone")))
        console.print(table)
        for name, frame in found.frames.items() if out else ():
            write_files(frame, f"{out}/{name}", form)
            console.print(f"written: {out}/{name}", highlight=False, soft_wrap=True)


def go_back(console: Console, lake: str, to: str | None, reason: str, by: str | None) -> None:
    """Show an earlier release again and say what comes next."""
    from crosschannel.io.clock import utc_now
    from crosschannel.jobs.manage_releases import Word, roll_back
    from crosschannel.runtime.ledger import Request
    from crosschannel.runtime.lock import lake_lock

    with opened(lake) as open_lake, lake_lock(open_lake.spark, lake, Request("releases rollback")):
        pointer, taken_back = roll_back(open_lake, to, Word(by or getpass.getuser(), utc_now(), reason))
    console.print(f"release {pointer.restores} as of {pointer.as_of_date} is shown again; {taken_back.shown} was taken back", highlight=False)
    console.print(f"next: `crosschannel releases diff {taken_back.release_number} current --lake {lake}` shows what that changed", soft_wrap=True)


def drop_expired(console: Console, lake: str, which: str | None, *, is_dry: bool) -> None:
    """Drop releases whose term is over, and say which."""
    from crosschannel.io.clock import utc_now
    from crosschannel.jobs.retire import retire
    from crosschannel.runtime.ledger import Request
    from crosschannel.runtime.lock import lake_lock

    with opened(lake) as open_lake:
        if is_dry:
            found = retire(open_lake, which, utc_now(), is_dry=True)
        else:
            with lake_lock(open_lake.spark, lake, Request("retire")):
                found = retire(open_lake, which, utc_now())
    for release in found.releases:
        console.print(f"release {release.release_id}, number {release.release_number}, as of {release.as_of_date}", highlight=False)
    dropped = "would be dropped" if is_dry else "dropped"
    said = f"{len(found.releases)} releases and {found.rows:,} rows of changes {dropped}" if found.releases else "nothing is left of a release whose term is over"
    console.print(said, highlight=False)
