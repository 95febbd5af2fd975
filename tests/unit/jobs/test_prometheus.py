import datetime as dt
import re
from pathlib import Path

from crosschannel.io.releases import Release
from crosschannel.jobs.prometheus import to_text, write_prometheus
from crosschannel.jobs.run_history import Status
from crosschannel.runtime.ledger import Entry, Request, Step

NIGHT = dt.datetime(2026, 3, 1, 2, 0)
LINE = re.compile(r'^crosschannel_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+]+$')
RUN = {"job": "ingest_events", "state": "succeeded", "seconds": 12.5, "started_ts": NIGHT, "rows_written": {"bronze.events": 1000}}
RELEASE = Release("r_1", 4, dt.date(2026, 2, 28), {"serving.x": 3}, {"serving.x": 70}, {}, "d", "s", NIGHT, restores="r_0")
ENTRY = Entry(3, Request("run", "p"), "h", 1, "c", NIGHT, NIGHT, ("a", "b"), "s", (Step("a", {"job": "a"}, {"state": "succeeded"}),), {"state": "failed", "error": None})


def test_every_line_is_one_that_prometheus_reads_and_every_metric_says_what_it_means() -> None:
    text = to_text(Status(ENTRY, "failed", 0.0, [RUN], RELEASE, ""))
    lines = text.splitlines()
    values = [line for line in lines if not line.startswith("#")]
    assert all(LINE.match(line) for line in values), values
    names = {line.split("{")[0].split(" ")[0] for line in values}
    assert names == {line.split(" ")[2] for line in lines if line.startswith("# HELP")}
    assert {
        'crosschannel_run_state{state="failed"} 1', 'crosschannel_run_state{state="succeeded"} 0', "crosschannel_run_steps_done 1",
        'crosschannel_job_rows_written{job="ingest_events",table="bronze.events"} 1000', 'crosschannel_job_seconds{job="ingest_events"} 12.5',
        "crosschannel_release_number 4", "crosschannel_release_is_rollback 1", "crosschannel_release_published_timestamp_seconds 1772330400",
    } <= set(values)  # fmt: skip


def test_a_lake_without_runs_has_a_file_too_and_nothing_unfinished_is_left(tmp_path: Path) -> None:
    write_prometheus(Status(None, "none", 0.0, [], None, ""), tmp_path / "new/crosschannel.prom")
    assert 'crosschannel_run_state{state="running"} 0' in (tmp_path / "new/crosschannel.prom").read_text()
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["crosschannel.prom"]
