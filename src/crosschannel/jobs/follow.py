"""``crosschannel ingest --follow``: take in files and messages as they arrive, with the code of ``ingest_events``.

A round looks at the raw folder and the topics; where something is new it runs ``ingest_events`` on it.
What is known lies in the lake alone: the ledger of files, the place of every record, and the checkpoint
of each topic. So a process killed anywhere is followed by one that goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Event

from crosschannel.contracts.raw import RawFile
from crosschannel.ingest.discover import fingerprint
from crosschannel.io.topics import Topic, look_at
from crosschannel.jobs.ingest_events import JOB, listing, run as ingest
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.run import Runner
from crosschannel.settings.sources import SourcesSettings

Stamp = tuple[str, str, int, int]


@dataclass(frozen=True)
class Pace:
    """How often to look, and after how many seconds without news to end; never if ``None``."""

    every: float = 5.0
    until_idle: float | None = None


@dataclass
class Follower:
    """What the last look saw: files that keep still, and topics by source."""

    topics: Mapping[str, Topic] = field(default_factory=dict)
    files: list[RawFile] = field(default_factory=list)
    moving: int = 0  # files that are new or grow
    _before: frozenset[Stamp] = frozenset()

    def look(self, ctx: JobContext, settings: SourcesSettings) -> str:
        """Look at folder and topics; return a digest of what may be taken in.

        A file may once it was seen twice with the same size and date: one that is still being
        written would come in with half a record at its end.
        """
        found = listing(ctx, settings)
        self.files = [f for f in found if _stamp(f) in self._before]
        self.moving, self._before = len(found) - len(self.files), frozenset(map(_stamp, found))
        self.topics = {source: _as_it_stands(ctx, topic) for source, topic in self.topics.items()}
        held = sorted(f"{source}|{topic.topic_id}|{sorted(topic.ends.items())}" for source, topic in self.topics.items())
        return hashlib.sha256("\n".join([fingerprint(self.files), *held]).encode()).hexdigest()

    @property
    def found_any(self) -> bool:
        """Tell whether the last look saw anything to take in, new or not."""
        return bool(self.files) or any(any(topic.ends.values()) for topic in self.topics.values())

    def take(self, ctx: JobContext, settings: SourcesSettings) -> None:
        """Take in what the last look saw."""
        ingest(ctx, settings, found=self.files, topics={s: t for s, t in self.topics.items() if any(t.ends.values())})


def follow(runner: Runner, topics: Mapping[str, Topic], pace: Pace, stop: Event, say: Callable[[str], None]) -> int:
    """Take in what arrives until told to stop, or until nothing came for long enough; return the rows taken in.

    Parameters
    ----------
    topics
        By the name of their source; ``ends`` and ``topic_id`` are looked up here.
    stop
        Set it, and the round at work is the last.
    """
    follower, rows, seen, news_at = Follower(topics), 0, "", time.monotonic()
    settings = runner.place.project.sources
    job = replace(JOB, run=follower.take, also_depends_on=lambda ctx, known: seen, tracked=False)  # noqa: ARG005 - the look is shared
    while not stop.is_set():
        digest = follower.look(runner.context(job), settings)
        if digest != seen and follower.found_any:
            seen = digest
            outcome = runner.run(job)
            rows += outcome.rows
            say(f"{outcome.state}: {outcome.rows:,} rows in {outcome.seconds:.1f} s")
            news_at = time.monotonic()
        elif pace.until_idle is not None and not follower.moving and time.monotonic() - news_at >= pace.until_idle:
            break
        stop.wait(pace.every)
    return rows


def _as_it_stands(ctx: JobContext, topic: Topic) -> Topic:
    topic_id, ends = look_at(ctx.spark, topic)
    return replace(topic, topic_id=topic_id, ends=ends)


def _stamp(file: RawFile) -> Stamp:
    return file.source, file.path, file.size_bytes, file.modified_ms
