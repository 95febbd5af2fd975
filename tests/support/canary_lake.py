"""A lake of three people, one of them a canary whose values are unmistakable: raw files, the jobs up to stitching, and
rows of features, segments and scores as the later jobs would write them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import SparkSession

from crosschannel.contracts.acting import ScoreReasons
from crosschannel.contracts.gold import ActivityTiles
from crosschannel.contracts.ml import CustomerScores, CustomerSegments, SegmentModels, SegmentProfiles
from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.io.lake import Lake
from crosschannel.jobs import conform_events, ingest_events, publish_segments, record_consents, stitch_identities
from crosschannel.runtime.job import Job
from crosschannel.runtime.run import Place, Runner
from crosschannel.settings.features import features_contract
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf
from tests.support.rows import row, rows

DAY = dt.date(2026, 3, 9)
MAIL, CRM, COOKIE, PHONE = "canary.bird@aviary.example", "CRM-CANARY-7731", "ck-canary-88f1", "07700 900881"
SHARED = "ck-family-tablet"  # the canary and Bob log in on it
HEADER = "crm_id,email,phone,loyalty_id,first_name,last_name,birth_date,birth_year,postcode,region,gender,signup_date,consent_email,consent_sms,exported_at"
INTAKE = (ingest_events.JOB, conform_events.JOB, record_consents.JOB, stitch_identities.JOB)


@dataclass(frozen=True)
class Canary:
    """Where the lake and its raw files lie."""

    lake: Lake
    folder: Path

    @property
    def project(self) -> Project:
        return Project(shipped_conf("demo"))

    def runner(self, as_of: dt.date | None = DAY) -> Runner:
        return Runner(Place(self.project, self.lake.root, str(self.folder / "raw"), as_of), self.lake.spark, lambda _: None)

    def run(self, jobs: Sequence[Job]) -> None:
        active = self.runner()
        for job in jobs:
            active.run(job)

    def customer(self, mail: str) -> str | None:
        from crosschannel.jobs.person import find_person, named_identifier

        found = find_person(self.lake, named_identifier(self.project.identity, f"email:{mail}")[0])
        return next(iter(found.customers), None)


def crm(number: str, mail: str, phone: str, exported: str, agrees: str = "true") -> str:
    return f"{number},{mail},{phone},,Some,Body,,1980,AB1 2CD,north,,,{agrees},false,{exported} 02:00:00"


def page(number: str, ts: str, cookie: str, mail: str | None = None) -> dict[str, object]:
    login = {"user_email": mail} if mail else {}
    return {"event_id": number, "event": "page_view", "ts": f"{ts}T10:00:00Z", "cookie_id": cookie, "session_id": "s", "page": {"type": "home"}, **login}


def write(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def raw_files(folder: Path) -> None:
    """Write two exports of the CRM, the second with nothing new of the canary, visits, and a refused line that names it."""
    for week, day in enumerate(("2026-03-01", "2026-03-08")):
        people = [crm(CRM, MAIL.upper(), PHONE, day), crm("CRM-BOB", "bob@shop.example", "07700 900111", day), crm("CRM-EVE", "eve@shop.example", "07700 900222", day)]
        write(folder / f"raw/crm/delivered={day}/part-{week}", [HEADER, *people])
    visits = [
        page("w1", "2026-03-02", COOKIE, MAIL), page("w2", "2026-03-03", COOKIE), page("w3", "2026-03-04", SHARED, MAIL), page("w4", "2026-03-05", SHARED, "bob@shop.example"),
        page("w5", "2026-03-06", SHARED, "bob@shop.example"), page("w6", "2026-03-06", "ck-eve", "eve@shop.example"), page("w7", "2026-03-09", "ck-eve"),
    ]  # fmt: skip
    refused = {"event_id": "w8", "event": "no_such_verb", "ts": "2026-03-09T11:00:00Z", "session_id": "s", "page": {"type": "home"}, "user_email": MAIL}
    write(folder / "raw/web/delivered=2026-03-09/part-0", [json.dumps(v) for v in (*visits, refused)])


def canary_lake(spark: SparkSession, folder: Path) -> Canary:
    """Run the jobs up to stitching, add what the later ones would know, publish, and leave a report and an artifact that quote the canary."""
    raw_files(folder)
    canary = Canary(Lake(spark, str(folder / "lake")), folder)
    canary.run(INTAKE)
    add_derived(canary)
    canary.run([publish_segments.JOB])
    (folder / "lake/reports").mkdir()
    (folder / "lake/reports/top.html").write_text(f"<td>{MAIL}</td>", encoding="utf-8")
    return canary


def add_derived(canary: Canary) -> None:
    lake, spark, names = canary.lake, canary.lake.spark, canary.project.scores.names
    customers = [r[0] for r in lake.read(IdentityMap.contract).select(IdentityMap.customer_id).distinct().collect()]
    segments = [row(customer_id=c, as_of_date=DAY, segment_id="s_a", confidence=0.5, model_version="m1") for c in customers]
    scores = [row(customer_id=c, as_of_date=DAY, score_name=n, decile=1, model_name=n, model_version="v1") for c in customers for n in names]
    reasons = [row(customer_id=c, as_of_date=DAY, score_name=n, model_version="v1") for c in customers for n in names]
    nodes = {r[0] for r in lake.read(Events.contract).select(Events.node_key).distinct().collect()}
    tiles = [row(node_key=n, event_date=DAY) for n in sorted(filter(None, nodes))]
    lake.write(ActivityTiles.contract, rows(spark, ActivityTiles, *tiles), slices=[DAY])
    features = features_contract(canary.project.features)
    lake.write(features, rows(spark, features, *[row(customer_id=c, as_of_date=DAY) for c in customers]), slices=[DAY])
    lake.write(CustomerSegments.contract, rows(spark, CustomerSegments, *segments), slices=[DAY])
    lake.write(CustomerScores.contract, rows(spark, CustomerScores, *scores), slices=[DAY])
    lake.write(ScoreReasons.contract, rows(spark, ScoreReasons, *reasons), slices=[DAY])
    lake.write(SegmentProfiles.contract, rows(spark, SegmentProfiles, row(model_version="m1", segment_id="s_a", segment_name="All")))
    lake.write(SegmentModels.contract, rows(spark, SegmentModels, row(model_version="m1", as_of_date=DAY)))
