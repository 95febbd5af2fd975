"""Go on with a run that did not end: at its first unfinished step, on what it was asked for and the day it began with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from crosschannel.errors import LockedError, UsageError
from crosschannel.runtime.audit import code_hash
from crosschannel.runtime.job import Job
from crosschannel.runtime.ledger import Entry, Ledger
from crosschannel.runtime.lock import lake_lock
from crosschannel.runtime.run import Place, Runner, plan_hash, running, session
from crosschannel.settings.project import Project


@dataclass(frozen=True)
class Rest:
    """What is left of a run."""

    pipeline_id: str
    planned: tuple[str, ...]
    left: tuple[str, ...]
    place: Place
    settings: str
    code: str


@contextmanager
def resumed(lake: str, jobs: Mapping[str, Job], say: Callable[[str], None]) -> Iterator[tuple[Runner, Rest] | None]:
    """Hold the lake to finish its newest run; ``None`` if that one did.

    Raises
    ------
    UsageError
        Code or configuration are not those the run began with, or no run is known.
    """
    with session(lake) as spark:
        entries = Ledger(spark, lake).entries()
        found = rest_of(lake, entries)
        if found is None:
            yield None
            return
        refuse_other_rules(found, jobs)
        with lake_lock(spark, lake, found.place.request("resume", found.pipeline_id)) as holder:
            if holder.epoch != entries[-1].epoch + 1:
                raise LockedError(f"another process changed {lake} meanwhile; look at `crosschannel status --lake {lake}`")
            with running(found.place, spark, say, holder) as active:
                active.plan([jobs[name] for name in found.planned])
                yield active, found


def rest_of(lake: str, entries: list[Entry]) -> Rest | None:
    """Return what is left of the newest run; ``None`` if nothing is."""
    newest = newest_plan(entries)
    if newest is None:
        raise UsageError(f"no run is known at {lake}; begin one with `crosschannel run --lake {lake} --raw DIR`")
    asked = newest.request
    same = [e for e in entries if e.request.pipeline_id == asked.pipeline_id]
    done = set().union(*(e.done for e in same))
    left = [name for name in newest.planned if name not in done]
    if not left:
        return None
    # All from the first one on: what came after it was not run, and a later step may not stand on an older one.
    left = list(newest.planned[newest.planned.index(left[0]) :])
    place = Place(Project(Path(asked.conf)), lake, asked.raw, day_of(same), asked.seed, asked.fresh)
    return Rest(asked.pipeline_id, newest.planned, tuple(left), place, newest.settings, newest.code)


def newest_plan(entries: list[Entry]) -> Entry | None:
    """Return the newest process that planned steps."""
    return next((e for e in reversed(entries) if e.planned), None)


def day_of(entries: list[Entry]) -> date | None:
    """Return the as-of date a run began with: given, or found in the data by its first step that needed one."""
    given = [e.request.as_of for e in entries]
    found = [step.begin.get("attempt", {}).get("as_of") for e in entries for step in e.steps]
    return next((date.fromisoformat(day) for day in (*given, *found) if day), None)


def refuse_other_rules(rest: Rest, jobs: Mapping[str, Job]) -> None:
    """Refuse to end a run by other rules than it began with."""
    changed = [] if rest.code == code_hash() else ["code"]
    if rest.settings != plan_hash([jobs[name] for name in rest.planned], rest.place.project):
        changed.append(f"configuration ({rest.place.project.folder})")
    if changed:
        again = f"crosschannel run --conf {rest.place.project.folder} --raw {rest.place.raw} --lake {rest.place.lake}"
        raise UsageError(
            f"the {' and '.join(changed)} changed since run {rest.pipeline_id} began, so it cannot go on; begin anew with `{again}`: "
            "what nothing changed for is skipped"
        )
