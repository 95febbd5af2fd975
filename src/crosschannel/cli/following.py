"""``crosschannel ingest``: once, or for as long as files and messages arrive."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Event

from rich.console import Console

from crosschannel.cli.actions import Where, project_at, single
from crosschannel.errors import InputError, UsageError

INGEST = "ingest_events"


def take_in(console: Console, where: Where, *, follow: bool, kafka: str | None, every: float, until_idle: float | None) -> None:
    """Run ``ingest_events`` once, or again and again."""
    if not follow:
        if kafka is not None or until_idle is not None:
            raise UsageError("--kafka and --until-idle belong to --follow: add it, or leave them out")
        return single(console, INGEST, where)
    return follow_all(console, where, kafka=kafka, every=every, until_idle=until_idle)


def follow_all(console: Console, where: Where, *, kafka: str | None, every: float, until_idle: float | None) -> None:
    """Follow the raw folder and the topics; Ctrl-C or SIGTERM ends it after the round at work."""
    from crosschannel.jobs.follow import Pace, follow
    from crosschannel.runtime.brokers import topics_of
    from crosschannel.runtime.run import Place, runner

    project = project_at(where.conf)
    topics = topics_of(project.sources, kafka)
    if any(s.path for s in project.sources.sources) and "://" not in where.raw and not Path(where.raw).is_dir():
        raise InputError(f"there is no folder {where.raw or 'given'}; give the folder of the raw logs with --raw, empty as it may be")
    stop, signals = Event(), list[int]()

    def end(number: int, _: object) -> None:
        signals.append(number)
        stop.set()

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    try:
        with runner(Place(project, where.lake, where.raw, fresh=where.fresh), say) as active:
            for number in (signal.SIGINT, signal.SIGTERM):  # after the session, which has a handler of its own
                signal.signal(number, end)
            say(f"following {where.raw or 'no folder'} and {len(topics)} topics; Ctrl-C ends after the round at work")
            rows = follow(active, topics, Pace(every, until_idle), stop, say)
    except Exception:
        if not signals:
            raise
        # The signal reached Spark's own process as well, which ends at once.
        say("ended by a signal in the middle of a round; nothing is lost: the same command goes on from here")
        raise SystemExit(128 + signals[-1]) from None
    say(f"taken in: {rows:,} rows")
