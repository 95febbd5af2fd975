"""Maintenance and an erasure, ended before every step: repeated, they end as undisturbed ones; maintenance changes no row on the way."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.privacy import Erasures, Suppressions
from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.exprs.hashing import content_id
from crosschannel.identity.normalise import pseudonym
from crosschannel.io import upkeep
from crosschannel.io.byte_scan import Needles, scan
from crosschannel.io.lake import Lake
from crosschannel.jobs.doctor_lake import orphans
from crosschannel.jobs.erase import PENDING, erase
from crosschannel.runtime.run import Place, Runner
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.maintenance import MaintenanceSettings
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf
from tests.faults.points import ERASURE, FAILPOINTS, UPKEEP, died_at_every_step, point_of
from tests.jobs.test_erase_records import MAIL, bronze
from tests.jobs.test_maintain_tables import EVENTS, maintain
from tests.support.rows import at, row, rows

pytestmark = [pytest.mark.long, pytest.mark.fault(1)]
EAGER = MaintenanceSettings(min_small_files=2, compact_every=2, vacuum_every=2)


def points_of(test: str) -> set[str]:
    return {p.name for p in FAILPOINTS if test in p.tests}


@pytest.mark.fault(26)
def test_maintenance_ended_before_every_step_changes_no_row(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    for number in range(3):
        lake.write(EVENTS, rows(spark, Events, row(event_id=f"e{number}", verb="view", event_ts=at("2026-01-30 09:00"))))
    lake.write(EVENTS, rows(spark, Events, row(event_id="e_old", verb="view", event_ts=at("2023-01-30 09:00"))))
    spark.sql(f"ALTER TABLE delta.`{lake.path(EVENTS)}` SET TBLPROPERTIES ('delta.columnMapping.mode'='name', 'delta.logRetentionDuration'='interval 9 days')")
    spark.sql(f"ALTER TABLE delta.`{lake.path(EVENTS)}` DROP COLUMNS (content_id)")
    left = Path(lake.path(EVENTS)) / "part-00000-left.snappy.parquet"
    left.write_bytes(b"PAR1")
    died = died_at_every_step(lambda: maintain(lake, EAGER))
    assert {point_of(step) for step in died} >= points_of(UPKEEP)
    assert sorted(r.event_id for r in lake.read(EVENTS).collect()) == ["e0", "e1", "e2"]
    assert maintain(lake, EAGER)[-1].startswith("nothing to maintain")
    assert left.name in orphans(lake, EVENTS), "what is younger than the retention may belong to a run at work"
    for name in orphans(lake, EVENTS):  # beside it the empty file that a DELETE of whole files writes and does not commit
        os.utime(Path(lake.path(EVENTS)) / name, (0, 0))
    upkeep.vacuum(spark, lake.path(EVENTS))
    assert orphans(lake, EVENTS) == {}
    assert sorted(r.event_id for r in lake.read(EVENTS).collect()) == ["e0", "e1", "e2"]


def test_an_erasure_ended_before_every_step_leaves_no_byte_when_it_is_repeated(spark: SparkSession, tmp_path: Path) -> None:
    lake, project = Lake(spark, str(tmp_path / "lake")), Project(shipped_conf("demo"))
    lake.write(RawEvents.contract, bronze(spark))
    refused = [row(record_id="q1", source="web", raw=f'{{"user_email":"{MAIL}"}}', state="open"), row(record_id="q2", source="web", raw="x", state="open")]
    lake.write(Quarantine.contract, rows(spark, Quarantine, *refused))
    key, version = pseudonym_key(project.identity.pseudonyms), project.identity.pseudonyms.version
    hashed, node = pseudonym("email", MAIL, version=version, key=key)
    seen = [row(event_id=content_id("web", "k1"), node_key=node, kind="person", identifier_hash=hashed), row(event_id="e9", node_key=9, kind="person")]
    lake.write(Identifiers.contract, rows(spark, Identifiers, *seen))
    report = Path(lake.root) / "reports/top.html"
    report.parent.mkdir()
    report.write_text(f"<td>{MAIL}</td>", encoding="utf-8")

    def erased() -> None:
        erase(Runner(Place(project, lake.root, ""), spark, lambda _: None), f"email:{MAIL}", "tester", dt.datetime(2026, 3, 10), lambda _: None)

    died = died_at_every_step(erased)
    assert {point_of(step) for step in died} >= points_of(ERASURE)
    assert scan(Path(lake.root), Needles.of([MAIL, hashed], [node])).found == ()
    assert not (Path(lake.root) / PENDING).exists()
    assert [r.state for r in lake.read(Erasures.contract).collect()] == ["clean"]
    assert lake.read(Suppressions.contract).count() == 1
    assert sorted(r.record_id for r in lake.read(RawEvents.contract).collect()) == ["r2", "r3"]
    assert [r.record_id for r in lake.read(Quarantine.contract).collect()] == ["q2"]
