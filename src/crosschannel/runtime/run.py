"""Run jobs: open the lake, skip what has nothing to do, book every attempt."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from pyspark.sql import SparkSession

from crosschannel.errors import CrosschannelError
from crosschannel.io.clock import utc_now
from crosschannel.io.lake import Lake
from crosschannel.io.session import open_session
from crosschannel.io.tracking import open_tracker
from crosschannel.runtime.as_of import last_full_day
from crosschannel.runtime.audit import Attempt, AuditLog, Inputs, code_hash, inputs_of
from crosschannel.runtime.context import JobContext
from crosschannel.runtime.job import Job
from crosschannel.runtime.lock import lake_lock
from crosschannel.runtime.preflight import preflight
from crosschannel.settings.project import Project, settings_hash

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


@dataclass(frozen=True)
class Outcome:
    """How one job ended."""

    job: str
    state: str
    rows: int
    seconds: float


class Runner:
    """Runs jobs one after the other in one session, on one locked lake."""

    def __init__(self, place: Place, spark: SparkSession, say: Callable[[str], None]) -> None:
        self.place = place
        self.lake = Lake(spark, place.lake)
        self.audit = AuditLog(self.lake)
        self.pipeline_id = os.environ.get(PIPELINE_ID) or f"{utc_now():%Y%m%dT%H%M%S}-{os.getpid()}"
        self._say = say
        self._as_of = place.as_of
        self._tracker = cache(lambda: open_tracker(place.lake, place.project.name, self.pipeline_id))

    def run(self, job: Job) -> Outcome:
        """Run one job, or find that nothing changed since its last success."""
        started, clock = utc_now(), time.monotonic()
        settings = job.settings(self.place.project)
        ctx = self.context(job)
        also = job.also_depends_on(ctx, settings) if job.also_depends_on else ""
        inputs = inputs_of(job.name, self.lake, settings_hash(settings), ctx.pinned_as_of, self.place.seed, also)

        def outcome(state: str, error: BaseException | None = None) -> Outcome:
            seconds = round(time.monotonic() - clock, 3)
            if state != "unchanged":  # a run that did nothing leaves no trace, so it costs no commit
                self._book(ctx, inputs, Outcome(job.name, state, 0, seconds), started, error)
            return Outcome(job.name, state, sum(ctx.rows_written.values()), seconds)

        if not self.place.fresh and self.audit.is_unchanged(job.name, inputs.manifest):
            return outcome("unchanged")
        try:
            self._run_tracked(job, ctx, settings, inputs)
        except CrosschannelError as error:
            outcome("failed", error)
            raise
        return outcome("succeeded")

    def _book(self, ctx: JobContext, inputs: Inputs, outcome: Outcome, started: datetime, error: BaseException | None) -> None:
        self.audit.book(
            Attempt(
                run_id=f"{self.pipeline_id}-{ctx.job}-{started:%H%M%S%f}",
                job=ctx.job,
                pipeline_id=self.pipeline_id,
                state=outcome.state,
                inputs=inputs,
                as_of=ctx.pinned_as_of,
                outputs=ctx.outputs,
                rows_written=ctx.rows_written,
                seconds=outcome.seconds,
                started=started,
                error=type(error).__name__ if error else None,
                checks=tuple(ctx.checks),
            )
        )

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
def runner(place: Place, say: Callable[[str], None]) -> Iterator[Runner]:
    """Check the machine, open the session, lock the lake, and stop the session at the end."""
    preflight(place.lake)
    spark = open_session("crosschannel")
    try:
        with lake_lock(spark, place.lake):
            yield Runner(place, spark, say)
    finally:
        spark.stop()
