"""Progress for people: one line a step with rows, seconds and the expected rest."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.status import Status

from crosschannel.runtime.job import Job
from crosschannel.runtime.logs import emit, is_json, scrubbed
from crosschannel.runtime.run import Outcome, Runner

# Share of a whole run that each job takes when nothing is known yet (make bench prints them).
FIRST_GUESS = {
    "ingest_events": 0.14, "conform_events": 0.12, "stitch_identities": 0.12, "build_features": 0.12, "build_labels": 0.05,
    "train_segments": 0.12, "train_scores": 0.18, "score_customers": 0.05, "publish_segments": 0.08, "maintain_tables": 0.02,
}  # fmt: skip


class Progress:
    """Prints each step when it starts and when it ends; a spinner only on a terminal."""

    def __init__(self, console: Console, steps: Sequence[str]) -> None:
        self._console = console
        self._steps = list(steps)
        self._known: dict[str, float | None] = {}
        self._done: dict[str, float] = {}
        self._status: Status | None = None
        self._run, self._step = "", ""

    def learn(self, runner: Runner) -> None:
        """Take over how long each step took the last time."""
        self._run = runner.pipeline_id
        self._known = {step: runner.audit.usual_seconds(step) for step in self._steps}

    def start(self, step: str) -> None:
        """Say which step begins and how long the rest may take."""
        self._step, rest = step, self.expected_rest()
        if is_json():
            return emit("step begins", run=self._run, step=step, expected_seconds=rest)
        text = f"{self._place(step)} {step}" + (f"  (about {rest:,.0f} s to go)" if rest else "")
        if self._console.is_terminal:
            self._status = self._console.status(text)
            self._status.start()
        else:
            self._console.print(text, highlight=False)
        return None

    def end(self, outcome: Outcome) -> None:
        """Say what the step did."""
        self._done[outcome.job] = outcome.seconds
        if is_json():
            return emit("step ended", run=self._run, step=outcome.job, state=outcome.state, rows=outcome.rows, seconds=outcome.seconds)
        if self._status is not None:
            self._status.stop()
            self._status = None
        what = f"{outcome.rows:>12,} rows" if outcome.state == "succeeded" else f"{outcome.state:>17}"
        self._console.print(f"{self._place(outcome.job)} {outcome.job:<18} {what} {outcome.seconds:>8.1f} s", highlight=False)
        return None

    def say(self, text: str) -> None:
        """Print a line of a running step."""
        if is_json():
            return emit("said", run=self._run, step=self._step, message=text)
        return self._console.print(f"        {scrubbed(text)}", style="dim", highlight=False)

    def expected_rest(self) -> float | None:
        """Return the seconds still expected: from the last run, else from the shares of a usual run."""
        left = [s for s in self._steps if s not in self._done]
        known = [self._known.get(s) for s in left]
        if left and all(k is not None for k in known):
            return sum(k for k in known if k is not None)
        done_share = sum(FIRST_GUESS.get(s, 0.0) for s in self._done)
        if not done_share:
            return None
        return sum(self._done.values()) / done_share * sum(FIRST_GUESS.get(s, 0.0) for s in left)

    def _place(self, step: str) -> str:
        return f"[{self._steps.index(step) + 1:>2}/{len(self._steps)}]".replace("[", r"\[")


def run_steps(runner: Runner, jobs: Sequence[Job], progress: Progress) -> list[Outcome]:
    """Run jobs in the given order, reporting each."""
    outcomes = []
    runner.plan(jobs)
    for job in jobs:
        progress.start(job.name)
        outcome = runner.run(job)
        progress.end(outcome)
        outcomes.append(outcome)
    runner.log_chain(outcomes)
    return outcomes
