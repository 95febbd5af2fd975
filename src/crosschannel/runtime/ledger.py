"""The ledger of processes: what each was asked for, which steps began and ended, and when it last gave a sign of life.

One folder per process under ``ops/ledger``, named by its epoch, holding files that are written once. So a
process that is killed anywhere leaves what it did, and the next one books it in ``ops.runs`` and
``ops.holders``. Works on any Hadoop path; a run costs some forty small files and no Spark job.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from pyspark.sql import SparkSession

from crosschannel.contracts.ledger import FAILED, INTERRUPTED, RUNNING, SUCCEEDED, UNCHANGED
from crosschannel.io.clock import utc_now
from crosschannel.io.small_files import Folder, as_json

OPENING, PLAN, BEAT, CLOSING, SETTLED, TIDIED = "opening.json", "plan.json", "beat", "closing.json", "settled", "tidied"
BEGIN, END = ".begin.json", ".end.json"
NUMBER = 6  # digits of a step's number
KEPT = 30  # folders of processes that are booked elsewhere, for people to look at


@dataclass(frozen=True)
class Request:
    """What a process was asked for: enough to ask for it again."""

    command: str
    pipeline_id: str = ""
    conf: str = ""
    raw: str = ""
    as_of: str | None = None
    seed: int = 7
    fresh: bool = False


@dataclass(frozen=True)
class Step:
    """One step of a process: its begin, and its end if it came to that."""

    job: str
    begin: dict[str, Any]
    end: dict[str, Any] | None

    @property
    def state(self) -> str:
        """How it ended; ``running`` if it has not."""
        return str(self.end["state"]) if self.end else RUNNING


@dataclass(frozen=True)
class Entry:
    """What the ledger knows of one process."""

    epoch: int
    request: Request
    host: str
    pid: int
    code: str
    started: datetime
    beat: datetime
    planned: tuple[str, ...]
    settings: str
    steps: tuple[Step, ...]
    closing: dict[str, Any] | None
    marks: frozenset[str] = field(default_factory=frozenset)

    @property
    def state(self) -> str:
        """How it ended; ``running`` if it has not said so."""
        return str(self.closing["state"]) if self.closing else RUNNING

    @property
    def done(self) -> set[str]:
        """Steps that succeeded or had nothing to do."""
        return {step.job for step in self.steps if step.state in (SUCCEEDED, UNCHANGED)}

    @property
    def left_open(self) -> list[str]:
        """Tracked steps without an end, whose runs in MLflow nobody has closed yet."""
        return [] if TIDIED in self.marks else [step.job for step in self.steps if step.end is None and step.begin.get("tracked")]

    @property
    def error(self) -> str | None:
        """Class of the error it ended with."""
        return self.closing["error"] if self.closing else None

    @property
    def step_states(self) -> dict[str, str]:
        """State of each step that began; one that never ended shares the end of its process."""
        own = {RUNNING: INTERRUPTED}.get(self.state, FAILED)
        return {step.job: own if step.state == RUNNING else step.state for step in self.steps}

    def silence(self, now: datetime) -> float:
        """Return the seconds since its last sign of life."""
        return (now - self.beat).total_seconds()


class Ledger:
    """All processes that held a lake, by epoch."""

    def __init__(self, spark: SparkSession, root: str) -> None:
        self.spark, self.root = spark, root.rstrip("/")
        self.folder = Folder(spark, f"{self.root}/ops/ledger")

    def epochs(self) -> list[int]:
        """Return the epochs known, oldest first."""
        return [int(name) for name in self.folder.names() if name.isdigit()]

    def newest(self) -> Entry | None:
        """Return the process that got the lake last."""
        known = self.epochs()
        return self.entry(known[-1]) if known else None

    def newest_project(self) -> Path | None:
        """Return the project folder of the newest process that worked by one; decisions about identities need none."""
        asked = (self.entry(epoch).request.conf for epoch in reversed(self.epochs()))
        return next((Path(folder) for folder in asked if folder), None)

    def has(self, epoch: int) -> bool:
        """Tell whether an epoch was claimed."""
        return self.folder.has(_name(epoch))

    def claim(self, epoch: int, request: Request, code: str) -> bool:
        """Take an epoch for this process; tell whether nobody was faster."""
        facts = {"epoch": epoch, "request": asdict(request), "host": platform.node(), "pid": os.getpid(), "code": code, "started": utc_now()}
        return self.at(epoch).claim(OPENING, as_json(facts))

    def at(self, epoch: int) -> Folder:
        """Return the folder of an epoch."""
        return self.folder / _name(epoch)

    def entry(self, epoch: int) -> Entry:
        """Read what is known of one process; a file cut short counts as not written."""
        folder = self.at(epoch)
        names = folder.names()
        opening, plan = folder.read_json(OPENING) or {}, folder.read_json(PLAN) or {}
        started = datetime.fromisoformat(opening.get("started") or "1970-01-01")
        begun = ((name, folder.read_json(name)) for name in names if name.endswith(BEGIN))
        steps = tuple(Step(str(b["job"]), b, b.get("ended") or folder.read_json(name.replace(BEGIN, END))) for name, b in begun if b)
        return Entry(
            epoch=epoch,
            request=Request(**opening.get("request", {"command": "unknown"})),
            host=opening.get("host", ""),
            pid=opening.get("pid", 0),
            code=opening.get("code", ""),
            started=started,
            beat=max(started, _moment(folder.read(BEAT)) or started),
            planned=tuple(plan.get("steps", ())),
            settings=plan.get("settings", ""),
            steps=steps,
            closing=folder.read_json(CLOSING),
            marks=frozenset(names) & {SETTLED, TIDIED},
        )

    def entries(self) -> list[Entry]:
        """Return every process that is still kept here, oldest first."""
        return [self.entry(e) for e in self.epochs()]

    def unsettled(self) -> list[Entry]:
        """Return the processes whose steps are not in the tables yet, oldest first."""
        return [self.entry(e) for e in self.epochs() if not self.at(e).has(SETTLED)]

    def settle(self, epochs: Iterable[int]) -> None:
        """Note that the tables hold what these processes did, and drop folders nobody looks at any more."""
        for epoch in epochs:
            self.at(epoch).write(SETTLED, "")
        for epoch in self.epochs()[:-KEPT]:
            if self.at(epoch).has(SETTLED):
                self.at(epoch).remove()


class Holder:
    """The process at work as the holder of the lake: writes its own entry."""

    def __init__(self, ledger: Ledger, epoch: int, request: Request) -> None:
        self.ledger, self.epoch, self.request = ledger, epoch, request
        self.seen, self.missed = monotonic(), ""  # last sign of life, and why one could not be given
        self._folder, self._steps = ledger.at(epoch), 0
        self.beat()

    def plan(self, steps: Iterable[str], settings: str) -> None:
        """Note which steps are to run, and the hash of their settings."""
        self._folder.write_json(PLAN, {"steps": list(steps), "settings": settings})

    def begin(self, job: str, **facts: Any) -> int:
        """Note that a step begins; return its number."""
        self._steps += 1
        self._folder.write_json(f"{self._steps:0{NUMBER}d}-{job}{BEGIN}", {"job": job, "started": utc_now(), **facts})
        return self._steps

    def end(self, number: int, job: str, facts: dict[str, Any]) -> None:
        """Note how a step ended."""
        self._folder.write_json(f"{number:0{NUMBER}d}-{job}{END}", facts)

    def thin_out(self) -> None:
        """Drop the files of steps that the tables hold by now, all but the newest; for a process that goes on for weeks."""
        for name in self._folder.names():
            if name.endswith((BEGIN, END)) and int(name[:NUMBER]) < self._steps:
                self._folder.delete(name)

    def unchanged(self, job: str) -> None:
        """Note a step that had nothing to do; its begin is its end."""
        self.begin(job, ended={"state": UNCHANGED})

    def beat(self) -> None:
        """Give a sign of life."""
        self._folder.write(BEAT, utc_now().isoformat())

    def close(self, state: str, error: str | None = None) -> None:
        """Note how the process ends; nothing of it comes after."""
        self.beat()
        self._folder.write_json(CLOSING, {"state": state, "error": error, "ended": utc_now()})


def _name(epoch: int) -> str:
    return f"{epoch:08d}"


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:  # cut short
        return None
