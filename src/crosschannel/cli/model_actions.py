"""What the commands about models do: open lake and registry, print versions, comparisons and decisions."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from crosschannel.cli.actions import opened, project_at
from crosschannel.errors import UsageError

if TYPE_CHECKING:
    from crosschannel.jobs.manage_models import Beside, Place
    from crosschannel.models.comparison import Comparison
    from crosschannel.models.migration import Migration


@dataclass(frozen=True)
class At:
    """Where models are managed and what may be known."""

    lake: str
    conf: Path | None
    as_of: datetime | None
    seed: int


def show_list(console: Console, lake: str, conf: Path | None) -> None:
    """Print every registered version; nothing of the lake's tables is read."""
    from crosschannel.io.model_registry import ACTION_TAG, TAKEN_BACK_TAG
    from crosschannel.io.tracking import open_tracker
    from crosschannel.jobs.manage_models import listed, model_names

    project = project_at(conf)
    entries = listed(open_tracker(lake, project.name), model_names(project.scores))
    if not entries:
        raise UsageError(f"no model of project {project.name} is registered at {lake}; run `crosschannel run --lake {lake} --raw DIR` first")
    table = Table("model", "number", "version", "used as", "registered", "verdict", "why", title="registered models", title_justify="left")
    for name, entry in entries:
        tags = entry.tags
        verdict = "rolled back" if TAKEN_BACK_TAG in tags else tags.get("verdict", "")
        why = tags.get(TAKEN_BACK_TAG) or tags.get(ACTION_TAG) or tags.get("verdict_reason", "")
        registered = datetime.fromtimestamp(entry.registered_ms / 1000, UTC)
        table.add_row(name, str(entry.number), entry.model_version, ", ".join(entry.aliases), f"{registered:%Y-%m-%d %H:%M}", verdict, why)
    console.print(table)


def show_comparison(console: Console, at: At, name: str, wanted: str, against: str, json_file: Path | None) -> None:
    """Compare two versions and print what was found."""
    from crosschannel.jobs.manage_models import compare

    with _place(at) as place:
        beside = compare(place, name, wanted, against)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(beside.as_dict(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    _show(console, beside)


def take_promotion(console: Console, at: At, name: str, wanted: str, reason: str, by: str | None) -> None:
    """Promote a version and say what comes next."""
    from crosschannel.io.clock import utc_now
    from crosschannel.jobs.manage_models import PROMOTE, Decision, promote
    from crosschannel.runtime.lock import lake_lock

    with _place(at) as place, lake_lock(place.lake.spark, at.lake):
        beside = promote(place, name, wanted, Decision(PROMOTE, by or getpass.getuser(), reason, utc_now()))
    _show(console, beside)
    console.print(f"{name}: champion is now {beside.challenger.model_version}, previous {beside.champion.model_version}")
    _say_next(console, at)


def take_rollback(console: Console, at: At, name: str, reason: str, by: str | None) -> None:
    """Go back to the champion before and say what comes next."""
    from crosschannel.io.clock import utc_now
    from crosschannel.jobs.manage_models import ROLLBACK, Decision, roll_back
    from crosschannel.runtime.lock import lake_lock

    with _place(at) as place, lake_lock(place.lake.spark, at.lake):
        used, taken_back = roll_back(place, name, Decision(ROLLBACK, by or getpass.getuser(), reason, utc_now()))
    console.print(f"{name}: champion is again {used.model_version}; {taken_back.model_version} was taken back and is challenger")
    _say_next(console, at)


@contextmanager
def _place(at: At) -> Iterator[Place]:
    from crosschannel.io.tracking import open_tracker
    from crosschannel.jobs.manage_models import Place
    from crosschannel.runtime.as_of import last_full_day
    from crosschannel.settings.scores import TrainScoresSettings

    project = project_at(at.conf)
    with opened(at.lake) as lake:
        day = at.as_of.date() if at.as_of else last_full_day(lake)
        if day is None:
            raise UsageError(f"there are no events in {at.lake} yet; run `crosschannel run --lake {at.lake} --raw DIR` first")
        settings = TrainScoresSettings(features=project.features, labels=project.labels, scores=project.scores)
        yield Place(lake, open_tracker(at.lake, project.name), settings, project.segments, day, at.seed)


def _say_next(console: Console, at: At) -> None:
    conf = f" --conf {at.conf}" if at.conf else ""
    console.print(f"next: `crosschannel run --from score_customers --lake {at.lake} --raw DIR{conf}` scores and publishes with it", soft_wrap=True)


def _show(console: Console, beside: Beside) -> None:
    champion, challenger = beside.champion.model_version, beside.challenger.model_version
    console.print(f"{beside.name} {challenger} beside {champion}: {beside.verdict.outcome}; {beside.verdict.reason}", soft_wrap=True)
    if beside.verdict.criteria:
        table = Table("criterion", "value", "bound", "holds", title="what a challenger must show", title_justify="left")
        for c in beside.verdict.criteria:
            table.add_row(c.name, f"{c.value:.4f}", f"{'<=' if c.at_most else '>='} {c.bound:.4f}", "yes" if c.holds else "NO")
        console.print(table)
    if beside.comparison:
        _show_slices(console, beside.comparison)
    if beside.migration:
        _show_migration(console, beside.migration)


def _show_slices(console: Console, comparison: Comparison) -> None:
    table = Table("slice", "customers", "outcome", "probability", "AUC", "AUC against champion", "flag", title="on the same customers", title_justify="left")
    unfair = {s.name for s in comparison.unfair}
    for s in comparison.slices:
        auc = f"{s.auc.value:.3f} ({s.auc.low:.3f} to {s.auc.high:.3f})" if s.auc else "too few outcomes"
        flag = "probabilities off" if s.name in unfair else ""
        table.add_row(s.name, f"{s.rows:,}", f"{s.positive_rate:.1%}", f"{s.mean_probability:.1%}", auc, str(s.auc_difference or ""), flag)
    console.print(table)


def _show_migration(console: Console, migration: Migration) -> None:
    table = Table("from \\ to", *migration.after, title=f"{migration.kept:.1%} of the customers keep their segment", title_justify="left")
    for old, name in migration.before.items():
        table.add_row(f"{old} {name}", *(f"{migration.cells.get((old, new), 0):,}" for new in migration.after))
    console.print(table)
