"""Where a lake stands, as text that Prometheus collects from a file (the textfile collector of its node exporter).

Numbers only, and labels that name jobs and tables: nothing of the data.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crosschannel.contracts.ledger import FAILED, INTERRUPTED, RUNNING, SUCCEEDED
from crosschannel.contracts.ops import Runs
from crosschannel.contracts.serving import Releases
from crosschannel.jobs.run_history import Status

STATES = (SUCCEEDED, RUNNING, FAILED, INTERRUPTED)


@dataclass
class Metric:
    """One gauge: what it means, and its values by label."""

    name: str
    meaning: str
    values: list[tuple[dict[str, str], float]] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Return it as Prometheus reads it."""
        yield f"# HELP crosschannel_{self.name} {self.meaning}"
        yield f"# TYPE crosschannel_{self.name} gauge"
        for labels, value in self.values:
            named = ",".join(f'{label}="{_escaped(text)}"' for label, text in sorted(labels.items()))
            yield f"crosschannel_{self.name}{f'{{{named}}}' if named else ''} {value:.17g}"


def write_prometheus(status: Status, path: Path) -> None:
    """Write the file in one step, so that nobody collects half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(to_text(status), encoding="utf-8")
    unfinished.replace(path)


def to_text(status: Status) -> str:
    """Return the text of the file."""
    metrics = [m for m in (*_of_run(status), *_of_jobs(status), *_of_release(status)) if m.values]
    return "".join(f"{line}\n" for metric in metrics for line in metric.lines())


def _of_run(status: Status) -> Iterator[Metric]:
    yield Metric("run_state", "1 for the state of the newest run", [({"state": s}, float(s == status.state)) for s in STATES])
    if status.newest is not None:
        yield Metric("run_steps_planned", "steps of the newest run", [({}, len(status.newest.planned))])
        yield Metric("run_steps_done", "steps of it that succeeded or had nothing to do", [({}, len(status.newest.done))])
        yield Metric("run_started_timestamp_seconds", "when it began", [({}, _seconds(status.newest.started))])
        yield Metric("run_beat_timestamp_seconds", "its last sign of life", [({}, _seconds(status.newest.beat))])


def _of_jobs(status: Status) -> Iterator[Metric]:
    runs = sorted(status.latest, key=lambda r: str(r[Runs.job]))
    yield Metric("job_succeeded", "whether the last attempt at a job succeeded", [({"job": r[Runs.job]}, float(r[Runs.state] == SUCCEEDED)) for r in runs])
    yield Metric("job_seconds", "how long the last attempt took", [({"job": r[Runs.job]}, float(r[Runs.seconds])) for r in runs])
    yield Metric("job_started_timestamp_seconds", "when the last attempt began", [({"job": r[Runs.job]}, _seconds(r[Runs.started_ts])) for r in runs])
    rows = [({"job": r[Runs.job], "table": name}, float(count)) for r in runs for name, count in sorted(r[Runs.rows_written].items())]
    yield Metric("job_rows_written", "rows the last attempt wrote", rows)


def _of_release(status: Status) -> Iterator[Metric]:
    release = status.release
    if release is None:
        return
    as_of = datetime.combine(release.as_of_date, datetime.min.time())
    yield Metric(Releases.release_number, "number of the release that is shown", [({}, release.release_number)])
    yield Metric("release_published_timestamp_seconds", "when it was published", [({}, _seconds(release.published_ts))])
    yield Metric("release_as_of_timestamp_seconds", "the last day it knows", [({}, _seconds(as_of))])
    yield Metric("release_is_rollback", "whether people went back to it", [({}, float(release.restores is not None))])
    yield Metric("release_rows", "rows of its tables", [({"table": name}, float(count)) for name, count in sorted(release.row_counts.items())])


def _seconds(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
