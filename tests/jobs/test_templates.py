"""The shipped vendor templates on the vendors' real sample exports: every row is accepted, or refused for a reason that is explained here."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import functions as F

from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.ops import Files
from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.io.lake import Lake
from crosschannel.jobs import conform_events, ingest_events
from crosschannel.settings.conform import ConformSettings
from crosschannel.settings.identity import IdentitySettings, Pseudonyms
from crosschannel.settings.load import load_settings
from crosschannel.settings.sources import Source, SourcesSettings
from tests.jobs.intake import run
from tests.support.code import ROOT

pytestmark = pytest.mark.long

TEMPLATES = ROOT / "conf/templates"
SEEDS = ROOT / "tests/fixtures/vendor_schema_seeds"
NAMES = sorted(f"{p.parent.name}/{p.stem}" for p in TEMPLATES.glob("*/*.yaml"))
# Rows that are refused, and why; all others are accepted.
REFUSED = {
    "iterable/event": Counter({"unmapped_verb": 4}),  # newEvent, an event of the shop's own
    "twilio/call": Counter({"time_unreadable": 1}),  # 30 February
}


def name_of(template: str) -> str:
    return template.replace("/", "_")


@pytest.fixture(scope="module")
def lake(spark, tmp_path_factory) -> Lake:
    """All templates at once, in one project, from files to events."""
    folder = tmp_path_factory.mktemp("templates")
    for template in NAMES:
        (folder / "raw" / name_of(template)).mkdir(parents=True)
        shutil.copy(SEEDS / f"{template}.csv", folder / "raw" / name_of(template))
    sources = SourcesSettings(sources=tuple(load_settings(TEMPLATES / f"{t}.yaml", Source) for t in NAMES))
    declared = load_settings(TEMPLATES / "namespaces.yaml", IdentitySettings)
    identity = declared.model_copy(update={"pseudonyms": Pseudonyms(public_key="a key for tests only")})
    run(spark, folder, ingest_events.JOB, sources)
    run(spark, folder, conform_events.JOB, ConformSettings(sources=sources, identity=identity))
    return Lake(spark, str(folder / "lake"))


def rows_of(template: str) -> int:
    return len((SEEDS / f"{template}.csv").read_text(encoding="utf-8").splitlines()) - 1


def test_each_template_says_how_many_rows_came_and_where_they_went(lake):
    booked = {r.source: r for r in lake.read(Files.contract).collect()}
    refused: dict[str, Counter[str]] = {}
    for row in lake.read(Quarantine.contract).collect():
        refused.setdefault(row.source, Counter()).update(row.reasons)
    for template in NAMES:
        file, expected = booked[name_of(template)], REFUSED.get(template, Counter())
        assert (template, file.reason, file.rows_in) == (template, None, rows_of(template))
        assert (template, refused.get(name_of(template), Counter())) == (template, expected)
        assert (template, file.rows_good) == (template, rows_of(template) - expected.total())
        assert file.rows_in == file.rows_good + file.rows_quarantined + file.rows_duplicate


def test_every_accepted_row_is_an_event_of_its_channel_and_verb(lake):
    counts = lake.read(Events.contract).groupBy(Events.source, Events.channel, Events.verb).count().collect()
    assert sum(r[3] for r in counts) == sum(map(rows_of, NAMES)) - sum(c.total() for c in REFUSED.values())
    verbs = {(r[0], r[2]): (r[1], r[3]) for r in counts}
    assert verbs["klaviyo_event", "purchase"] == ("email", 1)
    assert verbs["klaviyo_event", "send"] == ("email", 3)
    assert verbs["twilio_call", "contact"] == ("call", 8)
    assert verbs["twilio_message", "send"] == ("sms", 10)
    assert {
        v
        for s, v in verbs
        if s.startswith(("amazon", "apple", "facebook", "google", "linkedin", "microsoft", "pinterest", "reddit", "snap", "tiktok", "twitter"))
    } == {"spend"}


def test_moments_are_read_in_every_style_the_vendors_write(lake):
    first = {r[0]: str(r[1]) for r in lake.read(Events.contract).groupBy(Events.source).agg(F.min(Events.event_ts)).collect()}
    assert first["twilio_call"] == "2022-07-20 15:20:51"  # with six decimals and UTC
    assert first["snapchat_ads_campaign_hourly"] == "2022-05-29 05:00:00"  # with a T
    assert first["tiktok_ads_campaign_hourly"] == "2021-09-15 04:00:00"  # an hour of one digit
    assert first["klaviyo_event"] == "2020-04-05 20:02:43"


def test_spend_is_the_sum_of_the_file_to_the_cent_whether_the_vendor_tells_money_or_millionths_of_it(lake):
    sums = {r[0]: r[1] for r in lake.read(Events.contract).groupBy(Events.source).agg(F.sum(Events.cost_amount)).collect()}
    in_millionths = set()
    for template in NAMES:
        source = load_settings(TEMPLATES / f"{template}.yaml", Source)
        field = source.columns.get("cost_amount")
        unit = source.fields[field].unit if field else ""
        in_millionths |= {template} if unit.startswith("millionths") else set()
        assert (template, sums[name_of(template)]) == (template, _sum(template, field, unit) if field else None)
    assert len(in_millionths) == 5


def test_values_inside_a_column_of_json_are_fields(lake):
    events = lake.read(Events.contract).where(F.col(Events.source) == "mixpanel_event").collect()
    with (SEEDS / "mixpanel/event.csv").open(encoding="utf-8", newline="") as file:
        told = [json.loads(r["properties"]) for r in csv.DictReader(file)]
    assert Counter(e.properties["title"] for e in events) == Counter(p["title"] for p in told)
    assert {e.properties["operating_system"] for e in events} == {"Roku"}
    found = lake.read(Identifiers.contract).where(F.col(Identifiers.namespace) == "mixpanel_user")
    assert found.select(Identifiers.identifier_hash).distinct().count() == len({p["user_id"] for p in told})


def _sum(template: str, field: str, unit: str) -> Decimal:
    parts = 1_000_000 if unit.startswith("millionths") else 1
    with (SEEDS / f"{template}.csv").open(encoding="utf-8", newline="") as file:
        cents = [(Decimal(r[field]) / parts).quantize(Decimal("0.01"), "ROUND_HALF_UP") for r in csv.DictReader(file) if r[field]]
    return sum(cents, Decimal("0.00"))


def test_people_are_known_by_what_each_vendor_knows_of_them(lake):
    spaces = {(r[0], r[1]) for r in lake.read(Identifiers.contract).select(Identifiers.source, Identifiers.namespace).distinct().collect()}
    assert {
        ("klaviyo_event", "klaviyo_person"),
        ("klaviyo_person", "klaviyo_person"),
        ("klaviyo_person", "email"),
        ("zendesk_ticket", "zendesk_user"),
    } <= spaces
    assert not any(s.endswith(("campaign", "_ad", "chat_event")) for s, _ in spaces)


@pytest.mark.parametrize("template", NAMES)
def test_a_template_is_named_after_its_place_and_marks_its_source(template):
    source = load_settings(TEMPLATES / f"{template}.yaml", Source)
    assert (source.source, source.path) == (name_of(template), f"{name_of(template)}/*")
    assert {i.namespace for i in source.identifiers} <= set(load_settings(TEMPLATES / "namespaces.yaml", IdentitySettings).namespaces)
    assert Path(SEEDS / f"{template}.csv").is_file()
