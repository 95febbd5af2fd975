"""Erasure without a graph and a release: the steps that every erasure takes, on a lake of a few rows."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession, functions as F

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.privacy import Suppressions
from crosschannel.contracts.silver import Identifiers
from crosschannel.errors import UsageError
from crosschannel.exprs.hashing import content_id, key_id
from crosschannel.identity.normalise import pseudonym
from crosschannel.identity.sightings import sighting_expr, with_pseudonyms
from crosschannel.ingest.conform import IDENTIFIERS, to_named
from crosschannel.io.byte_scan import Needles, scan
from crosschannel.io.lake import Lake
from crosschannel.jobs.erase import Receipt, erase
from crosschannel.jobs.own_key import own_key
from crosschannel.privacy.suppression import RECORD, suppressed_hash, to_suppressed_records
from crosschannel.runtime.run import Place, Runner
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf
from tests.support.rows import row, rows

MAIL, OTHER = "canary.bird@aviary.example", "bob@shop.example"


def record(number: int, mail: str | None, cookie: str) -> dict[str, object]:
    payload = json.dumps({"event_id": str(number), "cookie_id": cookie, "user_email": mail})
    return row(record_id=f"r{number}", source="web", event_key=f"k{number}", payload=payload)


def bronze(spark: SparkSession) -> DataFrame:
    return rows(spark, RawEvents, record(1, f" {MAIL.upper()}", "ck-1"), record(2, OTHER, "ck-1"), record(3, None, "ck-2"))


@pytest.fixture(scope="module")
def erased(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Receipt]:
    lake, project = Lake(spark, str(tmp_path_factory.mktemp("erase") / "lake")), Project(shipped_conf("demo"))
    lake.write(RawEvents.contract, bronze(spark))
    refused = [row(record_id=f"q{n}", source="web", raw=raw, state="open") for n, raw in enumerate((f'{{"user_email":"{MAIL}"}}', f"not{MAIL}", "something else"))]
    lake.write(Quarantine.contract, rows(spark, Quarantine, *refused))
    key, version = pseudonym_key(project.identity.pseudonyms), project.identity.pseudonyms.version
    hashed, node = pseudonym("email", MAIL, version=version, key=key)
    seen = [row(event_id=content_id("web", "k1"), node_key=node, kind="person", identifier_hash=hashed), row(event_id="e9", node_key=9, kind="person")]
    lake.write(Identifiers.contract, rows(spark, Identifiers, *seen))
    return lake, erase(Runner(Place(project, lake.root, ""), spark, lambda _: None), f"email:{MAIL}", "tester", dt.datetime(2026, 3, 10), lambda _: None)


def test_every_record_of_the_person_goes_and_nobody_elses(erased: tuple[Lake, Receipt]) -> None:
    lake, receipt = erased
    assert {name: count for name, count in receipt.rows_deleted.items() if count} == {"bronze.events": 1, "bronze.quarantine": 1, "silver.identifiers": 1}
    assert sorted(r[0] for r in lake.read(RawEvents.contract).select(RawEvents.record_id).collect()) == ["r2", "r3"]


def test_the_last_byte_is_gone_at_once_and_a_longer_address_is_not_theirs(erased: tuple[Lake, Receipt]) -> None:
    lake, receipt = erased
    assert (receipt.state, receipt.found.found) == ("clean", ())
    assert receipt.found.files > 20
    assert scan(Path(lake.root), Needles.of([f"not{MAIL}"])).found


def test_the_list_knows_the_person_in_any_spelling_and_holds_no_pseudonym(spark: SparkSession, erased: tuple[Lake, Receipt]) -> None:
    lake, _ = erased
    settings = Project(shipped_conf("demo"))
    key, version = pseudonym_key(settings.identity.pseudonyms), settings.identity.pseudonyms.version
    listed = lake.read(Suppressions.contract)
    assert [r[0] for r in listed.select(Suppressions.suppressed_hash).collect()] == [suppressed_hash(pseudonym("email", MAIL, version=version, key=key)[0], key)]
    named = bronze(spark).transform(to_named, settings.sources.sources, sighting_expr(settings.identity.namespaces), RECORD)
    hashed = named.transform(with_pseudonyms, IDENTIFIERS, spark=spark, key=key, version=version)
    found = hashed.transform(to_suppressed_records, IDENTIFIERS, listed, spark=spark, key=key)
    assert [r[0] for r in found.select(F.col(RawEvents.record_id)).collect()] == ["r1"]


@pytest.mark.fault(27)
def test_a_run_with_another_key_than_silvers_is_refused_before_it_writes(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSCHANNEL_PSEUDONYM_KEY", "a key for tests only")
    settings = Project(shipped_conf("demo")).identity.pseudonyms
    own = key_id(b"a key for tests only")
    assert own_key(rows(spark, Identifiers, row(key_id=own), row(key_id=None)), settings) == (b"a key for tests only", own)
    with pytest.raises(UsageError, match="silver was made with the key 0123456789ab"):
        own_key(rows(spark, Identifiers, row(key_id=own), row(key_id="0123456789ab")), settings)
