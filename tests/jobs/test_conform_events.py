"""Conform on a real lake: one shape for all sources, identifiers as pseudonyms, safe to repeat."""

from __future__ import annotations

import datetime as dt
import io
import shutil
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.silver import Events, Identifiers
from crosschannel.errors import UsageError
from crosschannel.exprs.hashing import content_id
from crosschannel.identity.normalise import pseudonym
from crosschannel.io.lake import Lake
from crosschannel.jobs import ingest_events
from crosschannel.jobs.conform_events import JOB
from crosschannel.settings.conform import ConformSettings
from tests.jobs.intake import IDENTITY, SOURCES, Killed, put, run, sale, stored

SETTINGS = ConformSettings(sources=SOURCES, identity=IDENTITY)
KEY = b"a key for tests only"
ITEMS = [{"sku": "p1", "n": 2, "amount": 7.5}, {"sku": "p2", "n": None, "amount": "2.505"}]


@pytest.fixture(scope="module")
def ingested(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("conform")
    put(
        folder / "raw", "shop/a",
        sale(1, total=10.005, email=" Ann@Example.com", phone="07700 900123", items=ITEMS, shelf="left"),
        sale(2, email="test@example.com", phone="+44 7700 900123"),
        sale(3),
    )  # fmt: skip
    put(
        folder / "raw",
        "texts/a.csv",
        "sid,status,to,from,sent",
        "t1,sent,07700 900123,shop,2026-07-01 10:00",
        "t1,read,07700 900123,,2026-07-01 10:05",
    )
    run(spark, folder, ingest_events.JOB, SOURCES)
    return folder


@pytest.fixture
def folder(ingested: Path, tmp_path: Path) -> Path:
    shutil.copytree(ingested, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture(scope="module")
def conformed(spark: SparkSession, ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one undisturbed run made of it; tests only read it."""
    folder = shutil.copytree(ingested, tmp_path_factory.mktemp("conformed") / "copy")
    run(spark, folder, JOB, SETTINGS)
    return folder


def read(spark: SparkSession, folder: Path, table):  # type: ignore[no-untyped-def]
    return Lake(spark, str(folder / "lake")).read(table.contract).collect()


def test_events_have_one_shape_whatever_their_source(spark, conformed):
    events = {e.event_id: e for e in read(spark, conformed, Events)}
    assert len(events) == 5
    first = events[content_id("shop", content_id("s1"))]
    assert (first.channel, first.verb, first.event_ts, first.event_date) == ("store", "purchase", dt.datetime(2026, 1, 5, 9, 30), dt.date(2026, 1, 5))
    assert (first.order_id, first.order_amount, first.currency_code) == ("s1", Decimal("10.01"), "GBP")
    assert [(x.product_id, x.category, x.quantity, x.line_amount) for x in first.lines] == [
        ("p1", None, Decimal("2.000"), Decimal("7.50")), ("p2", None, None, Decimal("2.51")),
    ]  # fmt: skip
    assert first.properties == {"shelf": "left"}
    text = events[content_id("texts", content_id("t1", "read"))]
    assert (text.verb, text.event_ts, text.order_amount, text.lines, text.properties) == ("engage", dt.datetime(2026, 7, 1, 9, 5), None, None, None)


def test_an_event_names_its_strongest_usable_identifier(spark, conformed):
    node_keys = {e.event_id: e.node_key for e in read(spark, conformed, Events)}
    email, phone = (pseudonym(n, v, version=1, key=KEY)[1] for n, v in (("email", "ann@example.com"), ("phone", "+447700900123")))
    assert node_keys[content_id("shop", content_id("s1"))] == email
    assert node_keys[content_id("shop", content_id("s2"))] == phone  # the e-mail is screened
    assert node_keys[content_id("shop", content_id("s3"))] is None
    assert node_keys[content_id("texts", content_id("t1", "read"))] == phone


def test_identifiers_are_kept_with_their_screening_and_never_in_clear(spark, conformed):
    found = read(spark, conformed, Identifiers)
    shop = {(i.event_id, i.namespace): i for i in found if i.source == "shop"}
    assert shop[content_id("shop", content_id("s2")), "email"].screen_reason == "blocklist_exact"
    assert len({i.identifier_hash for i in found if i.namespace == "phone"}) == 1  # three spellings
    threads = [i for i in found if i.namespace == "thread"]
    assert [t.event_id for t in threads] == [content_id("texts", content_id("t1", "sent"))]  # the other text lacks its sender
    assert not any("example" in str(i) or "7700" in i.identifier_hash for i in found)


def test_a_second_run_adds_nothing_and_new_records_are_added(spark, conformed, tmp_path):
    folder = shutil.copytree(conformed, tmp_path / "more")
    before = stored(spark, folder, Events)
    assert sum(run(spark, folder, JOB, SETTINGS).rows_written.values()) == 0
    put(folder / "raw", "shop/b", sale(7, email="bob@example.com"))
    run(spark, folder, ingest_events.JOB, SOURCES)
    assert run(spark, folder, JOB, SETTINGS).rows_written == {"silver.identifiers": 1, "silver.events": 1}
    assert set(before) < set(stored(spark, folder, Events))


@pytest.mark.fault(1)
def test_kills_before_each_commit_and_a_rerun_end_in_the_same_tables(spark, folder, conformed):
    for table in (Identifiers, Events):  # each run begins on what the killed one before it left behind
        with pytest.raises(Killed):
            run(spark, folder, JOB, SETTINGS, killed_before=table.contract.name)
    run(spark, folder, JOB, SETTINGS)
    after_kills = [stored(spark, folder, t) for t in (Events, Identifiers)]
    assert [len(rows) for rows in after_kills] == [5, 7]
    assert after_kills == [stored(spark, conformed, t) for t in (Events, Identifiers)]


def test_the_key_shows_in_no_plan(spark):
    from pyspark.sql import functions as F

    from crosschannel.exprs.hashing import key_pads
    from crosschannel.identity.sightings import sighting_expr, with_pseudonyms

    frame = spark.createDataFrame([("ann@example.com",)], "v string").select(
        F.array(sighting_expr(IDENTITY.namespaces)("email", F.col("v"))).alias("ids")
    )
    said = io.StringIO()
    with redirect_stdout(said):
        with_pseudonyms(frame, "ids", spark=spark, key=KEY, version=1).explain("extended")
    inner, outer = key_pads(KEY)
    for secret in (KEY.decode(), KEY.hex(), inner.hex(), outer.hex(), inner[:8].decode(errors="replace"), str(list(inner[:4]))[1:-1]):
        assert secret.lower() not in said.getvalue().lower()


def test_a_source_with_an_undeclared_namespace_is_refused():
    with pytest.raises(UsageError, match="thread"):
        ConformSettings(
            sources=SOURCES, identity=IDENTITY.model_copy(update={"namespaces": {k: v for k, v in IDENTITY.namespaces.items() if k != "thread"}})
        )
