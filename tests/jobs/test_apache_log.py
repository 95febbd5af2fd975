"""The Apache project on real lines: what is accepted, refused and recognised agrees with a plain reading of the file."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.ops import Files
from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.io.lake import Lake
from crosschannel.jobs import conform_events, ingest_events
from crosschannel.settings.conform import ConformSettings
from crosschannel.settings.project import Project
from tests.jobs.intake import run

ROOT = Path(__file__).parents[2]
LOG = ROOT / "tests/fixtures/apache_access_log/apache_logs"
REQUEST = re.compile(r'^(\S+) .*?\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-) "([^"]*)" "([^"]*)"$')


def test_a_real_access_log_comes_in_by_configuration_alone(spark, tmp_path, monkeypatch):
    monkeypatch.setenv("CROSSCHANNEL_PSEUDONYM_KEY", "a key for tests only")
    (tmp_path / "raw").symlink_to(LOG.parent)
    project, lake = Project(ROOT / "conf/apache"), Lake(spark, str(tmp_path / "lake"))
    lines = LOG.read_text(encoding="utf-8").splitlines()
    truncated = [n for n, text in enumerate(lines) if not REQUEST.match(text)]
    distinct = [m.groups() for m in map(REQUEST.match, dict.fromkeys(lines)) if m]

    run(spark, tmp_path, ingest_events.JOB, project.sources)
    (booked,) = lake.read(Files.contract).collect()
    assert (booked.path, booked.rows_in, booked.rows_good) == ("apache_logs", 298, len(distinct))
    assert (booked.rows_quarantined, booked.rows_duplicate) == (1, 298 - 1 - len(distinct)) == (1, 10)
    (refused,) = lake.read(Quarantine.contract).collect()
    assert ([refused.line_ordinal], refused.reasons, refused.raw) == (truncated, ["unreadable"], lines[truncated[0]])
    payloads = [json.loads(r.payload) for r in lake.read(RawEvents.contract).collect()]
    assert Counter(p["status"] for p in payloads) == Counter(status for *_, status, _, _, _ in distinct)
    assert sum("bytes" not in p for p in payloads) == sum(size == "-" for *_, size, _, _ in distinct)
    assert sum("referrer" not in p for p in payloads) == sum(referrer == "-" for *_, referrer, _ in distinct)

    run(spark, tmp_path, conform_events.JOB, ConformSettings(sources=project.sources, identity=project.identity))
    assert lake.read(Events.contract).count() == len(distinct)
    devices = {(address, browser) for address, *_, browser in distinct if browser != "-"}
    assert lake.read(Identifiers.contract).select(Identifiers.node_key).distinct().count() == len(devices)
