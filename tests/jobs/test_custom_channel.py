"""A channel nobody thought of, a voice assistant, works from YAML alone: from its files to features."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from crosschannel.contracts.silver import Events
from crosschannel.errors import UsageError
from crosschannel.io.lake import Lake
from crosschannel.jobs import build_features, conform_events, ingest_events, stitch_identities
from crosschannel.runtime.context import JobContext
from crosschannel.settings.conform import ConformSettings
from crosschannel.settings.features import features_contract
from crosschannel.settings.project import Project
from tests.jobs.intake import put, run
from tests.support.rows import assert_rows, row

SOURCE = """\
source: voice
channel: voice_assistant
format: json_lines
path: voice/*
fields:
  id: {required: true}
  at: {required: true}
  intent: {path: request.intent, required: true}
  speaker: {path: request.speaker}
  utterance: {path: request.text, personal: true}
  total: {path: order.total, type: decimal}
key: [id]
time: {field: at, not_before: 2026-01-01, not_after: 2026-12-31}
verb:
  field: intent
  map: {ask_price: view, add_to_list: add, buy: purchase, help: contact}
identifiers:
  - {field: speaker, namespace: voice_profile}
columns: {order_id: id, order_amount: total}
currency_code: GBP
properties: {intent: intent}
"""
IDENTITY = """\
namespaces:
  voice_profile: {kind: person, priority: 50, limit: 1}
pseudonyms: {public_key: a key for tests only}
"""
FEATURES = """\
snapshots: {count: 1, step_days: 28, min_history_days: 1}
population: {active_within_days: 84}
behaviour:
  - {channel: [voice_assistant], verb: [view, purchase], stats: [count], window_days: [28]}
cross_channel:
  spreads:
    - {channel: [web, voice_assistant], stats: [share], window_days: [28]}
"""
AS_OF = dt.date(2026, 3, 1)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name, text in {"sources/voice.yaml": SOURCE, "identity.yaml": IDENTITY, "features.yaml": FEATURES}.items():
        (tmp_path / "conf" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "conf" / name).write_text(text, encoding="utf-8")
    return Project(tmp_path / "conf")


def said(number: int, intent: str, **order: object) -> str:
    request = {"intent": intent, "speaker": f"spk{number % 2}", "text": "what does it cost"}
    return json.dumps({"id": f"v{number}", "at": f"2026-02-{number % 20 + 5:02d}T08:00:00Z", "request": request, "order": order or None})


@pytest.mark.long
def test_a_voice_assistant_comes_in_and_its_features_are_computed(spark, tmp_path, project):
    put(tmp_path / "raw", "voice/a.jsonl", *(said(n, "ask_price") for n in range(20)), *(said(n, "buy", total="9.99") for n in (20, 22)), said(30, "sing"))
    run(spark, tmp_path, ingest_events.JOB, project.sources)
    run(spark, tmp_path, conform_events.JOB, ConformSettings(sources=project.sources, identity=project.identity))
    lake = Lake(spark, str(tmp_path / "lake"))
    tracker = SimpleNamespace(log_metrics=lambda *_: None, log_text=lambda *_: None)
    for job, settings in ((stitch_identities.JOB, project.identity), (build_features.JOB, project.features)):
        job.run(JobContext(job.name, lake, "", 7, dt.datetime(2026, 3, 2), lambda: tracker, lambda _: None, AS_OF), settings)  # type: ignore[arg-type,return-value]
    events = lake.read(Events.contract)
    assert {(r[0], r[1]): r[2] for r in events.groupBy(Events.channel, Events.verb).count().collect()} == {
        ("voice_assistant", "view"): 20, ("voice_assistant", "purchase"): 2,
    }  # fmt: skip
    assert_rows(
        lake.read(features_contract(project.features)).drop("customer_id"),
        row(as_of_date=AS_OF, voice_assistant_view_count_28d=10.0, voice_assistant_purchase_count_28d=2.0, voice_assistant_share_28d=1.0, web_share_28d=0.0),
        row(as_of_date=AS_OF, voice_assistant_view_count_28d=10.0, voice_assistant_purchase_count_28d=0.0, voice_assistant_share_28d=1.0, web_share_28d=0.0),
    )


def test_a_feature_on_a_channel_no_source_brings_is_refused(project):
    path = project.folder / "features.yaml"
    path.write_text(FEATURES.replace("[voice_assistant]", "[voice_asistant]"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"no source brings channel voice_asistant; .*did you mean voice_assistant\?"):
        _ = project.features
