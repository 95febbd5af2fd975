"""Run jobs: open the lake, skip what has nothing to do, book every attempt."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path

from pyspark.sql import SparkSession

from crosschannel.contracts.ledger import FAILED, RUNNING, SUCCEEDED, UNCHANGED
from crosschannel.errors import CrosschannelError, InputError, QualityError, UsageError
from crosschannel.io.clock import utc_now
from crosschannel.io.lake import Lake
from crosschannel.io.session import forget_call_in_flight, open_session
from crosschannel.io.tracking import Tracker, open_tracker
from crosschannel.runtime.as_of import last_full_day
from crosschannel.runtime.attempt import Attempt, Inputs
from crosschannel.runtime.audit import AuditLog, code_hash, inputs_of
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.exits import ended_by_sigterm
from crosschannel.runtime.job import Job
from crosschannel.runtime.ledger import Holder, Request
from crosschannel.runtime.lock import guard, lake_lock
from crosschannel.runtime.preflight import preflight
from crosschannel.runtime.retry import tried
from crosschannel.settings.project import Project, settings_hash

SETTLE_AFTER = 50  # steps; only a process that follows sources comes so far
PIPELINE_ID = "CROSSCHANNEL_PIPELINE_ID"  # joins separately submitted jobs into one run of the chain


@dataclass(frozen=True)
class Place:
    """Where a run works and what it may know: everything the command line says."""

    project: Project
    lake: str
    raw: str
    as_of: date | None = None
    seed: int = 7
    fresh: bool = False  # run jobs even if nothing changed

    def request(self, command: str, known_as: str = "") -> Request:
        """Return what a process is asked for here, as the ledger keeps it."""
        as_of = self.as_of.isoformat() if self.as_of else None
        raw = str(Path(self.raw).absolute()) if self.raw and "://" not in self.raw else self.raw
        return Request(command, known_as or pipeline_id(), str(self.project.folder.absolute()), raw, as_of, self.seed, self.fresh)


@dataclass(frozen=True)
class Outcome:
    """How one job ended."""

    job: str
    state: str
    rows: int
    seconds: float


class Runner:
    """Runs jobs one after the other in one session, on one locked lake.

    Without a holder (a job alone, in a session of somebody else's) each job is booked in the tables
    at once; with one the ledger's files hold what was done until :func:`runner` ends.
    """

    def __init__(self, place: Place, spark: SparkSession, say: Callable[[str], None], holder: Holder | None = None) -> None:
        self.place, self.holder = place, holder
        self.lake = Lake(spark, place.lake, partial(guard, holder) if holder else None)
        self.audit = AuditLog(self.lake, holder.epoch if holder else None)
        self.pipeline_id = holder.request.pipeline_id if holder else pipeline_id()
        self._say = say
        self._as_of, self._is_planned = place.as_of, False
        self._tracker = cache(self._open_tracker)

    def run(self, job: Job) -> Outcome:
        """Run one job, or find that nothing changed since its last success, or that the project does not ask for it."""
        if not is_asked_for(job, self.place.project):
            self._say(f"{job.name}: skipped, for the project has no {job.optional}")
            if self.holder:
                self.holder.unchanged(job.name)
            return Outcome(job.name, "skipped", 0, 0.0)
        clock = time.monotonic()
        settings = job.settings(self.place.project)
        ctx = self.context(job)
        also = job.also_depends_on(ctx, settings) if job.also_depends_on else ""
        inputs = inputs_of(job.name, self.lake, settings_hash(settings), ctx.pinned_as_of, self.place.seed, also)
        if not self.place.fresh and self.audit.is_unchanged(job.name, inputs.manifest):
            if self.holder:  # a run that did nothing costs no commit
                self.holder.unchanged(job.name)
            return Outcome(job.name, UNCHANGED, 0, round(time.monotonic() - clock, 3))
        started = self._attempt(ctx, inputs, clock, RUNNING)
        number = self.holder.begin(job.name, tracked=job.tracked, attempt=started.as_facts()) if self.holder else 0
        try:
            tried(partial(self._run_tracked, job, ctx, settings, inputs), ctx)
        except CrosschannelError as error:
            self._book(self._attempt(ctx, inputs, clock, FAILED, type(error).__name__), number)
            raise
        ended = self._attempt(ctx, inputs, clock, SUCCEEDED)
        self._book(ended, number)
        return Outcome(job.name, SUCCEEDED, sum(ctx.rows_written.values()), ended.seconds)

    def plan(self, jobs: Sequence[Job]) -> None:
        """Enter into the ledger which jobs are to run, so that what is left of them can be resumed; the first plan holds."""
        if self.holder and not self._is_planned:
            self._is_planned = True
            self.holder.plan([job.name for job in jobs], plan_hash(jobs, self.place.project))

    def look_back(self, day: date) -> None:
        """Let the jobs that follow know what happened up to a day, and no more."""
        self._as_of = day

    def settle(self, state: str = SUCCEEDED, error: str | None = None) -> None:
        """Write what was booked into the tables."""
        this = replace(self.holder.ledger.entry(self.holder.epoch), closing={"state": state, "error": error}) if self.holder else None
        self.audit.settle(this)

    def _attempt(self, ctx: JobContext, inputs: Inputs, clock: float, state: str, error: str | None = None) -> Attempt:
        return Attempt(
            run_id=f"{self.pipeline_id}-{ctx.job}-{ctx.now:%H%M%S%f}",
            job=ctx.job,
            pipeline_id=self.pipeline_id,
            state=state,
            inputs=inputs,
            as_of=ctx.pinned_as_of,
            outputs=dict(ctx.outputs),
            rows_written=dict(ctx.rows_written),
            seconds=round(time.monotonic() - clock, 3),
            started=ctx.now,
            error=error,
            code=code_hash(),
            checks=tuple(ctx.checks),
        )

    def _book(self, attempt: Attempt, number: int) -> None:
        booked = self.audit.book(attempt)
        if self.holder:
            self.holder.end(number, attempt.job, attempt.as_facts())
        if not self.holder or booked >= SETTLE_AFTER:
            self.audit.settle()
            if self.holder:
                self.holder.thin_out()

    def _open_tracker(self) -> Tracker:
        """Open MLflow, and close there what killed processes left open."""
        for entry in list(self.audit.left):
            if entry.left_open:
                closed = open_tracker(self.place.lake, self.place.project.name, entry.request.pipeline_id).close_left_open()
                if closed:
                    self._say(f"closed {closed} runs in MLflow that a killed process left open, at {', '.join(entry.left_open)}")
                self.audit.tidied(entry)
        return open_tracker(self.place.lake, self.place.project.name, self.pipeline_id)

    def log_chain(self, outcomes: Sequence[Outcome]) -> None:
        """Log the run of the chain on the parent run in MLflow; nothing if no tracked job ran."""
        if not self._tracker.cache_info().currsize:
            return
        params = {"project": self.place.project.name, "seed": self.place.seed, "as_of_date": self._as_of, "code_hash": code_hash()}
        seconds = {f"seconds/{o.job}": o.seconds for o in outcomes}
        rows = {f"rows/{o.job}": float(o.rows) for o in outcomes if o.state == "succeeded"}
        states = {f"state.{o.job}": o.state for o in outcomes}
        self._tracker().log_pipeline(params, seconds | rows | {"seconds/all": sum(o.seconds for o in outcomes)}, states)

    def _run_tracked(self, job: Job, ctx: JobContext, settings: object, inputs: Inputs) -> None:
        if not job.tracked:
            job.run(ctx, settings)
            return
        lineage = {"as_of_date": str(ctx.pinned_as_of), "seed": str(ctx.seed), "settings_hash": inputs.settings, "code_hash": code_hash()}
        with self._tracker().stage(job.name, lineage):
            self._tracker().log_inputs(self.lake.root, inputs.versions, "training" if job.name.startswith("train_") else "input")
            job.run(ctx, settings)
            self._tracker().log_metrics({f"rows/{name}": float(rows) for name, rows in ctx.rows_written.items()})

    def context(self, job: Job) -> JobContext:
        """Return the world of a job, as of now."""
        if job.needs_as_of and self._as_of is None:
            self._as_of = last_full_day(self.lake)
        return JobContext(
            job=job.name,
            lake=self.lake,
            raw=self.place.raw.rstrip("/"),
            seed=self.place.seed,
            now=utc_now(),
            open_tracker=self._tracker,
            say=self._say,
            pinned_as_of=self._as_of if job.needs_as_of else None,
            before=None if self.place.fresh else self.audit.last_success(job.name, settings_hash(job.settings(self.place.project))),
        )


@contextmanager
def runner(place: Place, say: Callable[[str], None], command: str = "run") -> Iterator[Runner]:
    """Check the machine, open the session, lock the lake, and stop the session at the end."""
    with session(place.lake) as spark, lake_lock(spark, place.lake, place.request(command)) as holder, running(place, spark, say, holder) as active:
        yield active


@contextmanager
def session(lake: str) -> Iterator[SparkSession]:
    """Check the machine and open a Spark session; SIGTERM ends it as an error would."""
    preflight(lake)
    with ended_by_sigterm(forget_call_in_flight):
        spark = open_session("crosschannel")
        try:
            yield spark
        finally:
            spark.stop()


@contextmanager
def running(place: Place, spark: SparkSession, say: Callable[[str], None], holder: Holder) -> Iterator[Runner]:
    """Run jobs as the holder of the lake; the tables learn what was done at the end."""
    active = Runner(place, spark, say, holder)
    try:
        yield active
    except (QualityError, InputError, UsageError) as error:
        active.settle(FAILED, type(error).__name__)
        raise
    active.settle()  # after any other error the ledger's files hold what was done, and the next run settles it


def plan_hash(jobs: Sequence[Job], project: Project) -> str:
    """Return a digest of the settings of several jobs."""
    asked_for = (j for j in jobs if is_asked_for(j, project))
    return hashlib.sha256("".join(f"{j.name}={settings_hash(j.settings(project))};" for j in asked_for).encode()).hexdigest()[:16]


def is_asked_for(job: Job, project: Project) -> bool:
    """Tell whether the project has the file without which the job has nothing to do."""
    return not job.optional or (project.folder / job.optional).is_file()


def pipeline_id() -> str:
    """Return the name of a run: given by the environment, so that jobs submitted one by one share it, or new."""
    return os.environ.get(PIPELINE_ID) or f"{utc_now():%Y%m%dT%H%M%S}-{os.getpid()}"
