"""What comes twice, late, changed, too broken or mended: counted, named, and in one place."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.ops import Files, TouchedDays
from crosschannel.errors import QualityError, UsageError
from crosschannel.ingest.discover import fingerprint
from crosschannel.io.lake import Lake
from crosschannel.jobs import intake
from crosschannel.jobs.ingest_events import JOB, listing
from crosschannel.jobs.replay import replay_job
from crosschannel.jobs.sources import source_facts
from crosschannel.settings.sources import Source, SourcesSettings
from tests.jobs.intake import SHOP, TEXTS, Killed, put, run, sale, stored


def settings(**changes: Any) -> SourcesSettings:
    """The shop alone, with a few differences."""
    fields = {**SHOP["fields"], **changes.pop("fields", {})}
    return SourcesSettings(sources=(Source.model_validate_json(json.dumps({**SHOP, **changes, "fields": fields})),))


def books(spark: SparkSession, folder: Path, *columns: str) -> dict[str, tuple[object, ...]]:
    return {r.path: tuple(r[c] for c in columns) for r in Lake(spark, str(folder / "lake")).read(Files.contract).collect()}


def refusals(spark: SparkSession, folder: Path) -> list[tuple[str, ...]]:
    return sorted((*r.reasons, r.state) for r in Lake(spark, str(folder / "lake")).read(Quarantine.contract).collect())


def day(number: int, **fields: Any) -> str:
    return sale(number, at=f"2026-01-{number:02}T12:00:00Z", **fields)


def test_copies_and_contradictions_are_counted_within_and_across_deliveries(spark, tmp_path):
    put(tmp_path / "raw", "shop/a", sale(1), sale(1), sale(1, total=11), sale(2))
    run(spark, tmp_path, JOB, settings())
    put(tmp_path / "raw", "shop/b", sale(2), sale(2, shelf="new"), sale(2, brand="new"), sale(3))
    run(spark, tmp_path, JOB, settings())
    assert books(spark, tmp_path, "rows_good", "rows_duplicate", "rows_conflicting") == {"shop/a": (2, 2, 1), "shop/b": (1, 3, 2)}
    payloads = {
        json.loads(r.payload)["id"]: json.loads(r.payload)["total"] for r in Lake(spark, str(tmp_path / "lake")).read(RawEvents.contract).collect()
    }
    assert payloads == {"s1": "10", "s2": "10", "s3": "10"}


@pytest.mark.long
def test_rows_later_than_the_contract_allows_are_refused_and_late_ones_mark_their_days(spark, tmp_path):
    late = settings(lateness_days=5)
    put(tmp_path / "raw", "shop/a", day(20), day(2))
    run(spark, tmp_path, JOB, late)
    assert books(spark, tmp_path, "rows_good") == {"shop/a": (2,)}  # nothing was known before the first delivery
    put(tmp_path / "raw", "shop/b", day(14), day(15), day(16), sale(17, at="2026-01-16T13:00:00Z"), day(21))
    with pytest.raises(Killed):
        run(spark, tmp_path, JOB, late, killed_before=Files.contract.name)
    run(spark, tmp_path, JOB, late)  # its own newest event, in bronze since the kill, makes none of its rows late
    assert books(spark, tmp_path, "rows_good", "rows_quarantined")["shop/b"] == (4, 1)
    assert refusals(spark, tmp_path) == [("too_late", "open")]
    touched = {(r.source, r.event_date, r.rows) for r in Lake(spark, str(tmp_path / "lake")).read(TouchedDays.contract).collect()}
    assert touched == {("shop", dt.date(2026, 1, 15), 1), ("shop", dt.date(2026, 1, 16), 2)}


@pytest.mark.fault(19)
def test_a_file_edited_in_place_is_named_and_adds_what_is_new(spark, tmp_path):
    path = put(tmp_path / "raw", "shop/a", sale(1), sale(2))
    run(spark, tmp_path, JOB, settings())
    path.write_text(f"{sale(1, total=12)}\n{sale(2)}\n{sale(3)}\n")
    run(spark, tmp_path, JOB, settings())
    rows = Lake(spark, str(tmp_path / "lake")).read(Files.contract).collect()
    assert sorted((r.notice or "", r.rows_good, r.rows_duplicate, r.rows_conflicting) for r in rows) == [("", 2, 0, 0), ("changed_in_place", 1, 2, 1)]


@pytest.mark.fault(19)
@pytest.mark.long
def test_a_file_that_grows_while_it_is_read_is_left_out_whole_and_taken_by_the_next_run(spark, tmp_path, monkeypatch):
    growing = put(tmp_path / "raw", "shop/a", sale(1), sale(2))
    put(tmp_path / "raw", "shop/b", sale(3))
    judge, grown = intake.to_all_records, []

    def judge_while_it_grows(*args, **named):
        if not grown:
            grown.append(growing.open("a").write(sale(4) + "\n"))
        return judge(*args, **named)

    monkeypatch.setattr(intake, "to_all_records", judge_while_it_grows)
    run(spark, tmp_path, JOB, settings())
    assert books(spark, tmp_path, "status", "reason", "rows_good") == {
        "shop/a": ("refused", "changed_while_read", 0), "shop/b": ("committed", None, 1),
    }  # fmt: skip
    run(spark, tmp_path, JOB, settings())
    events = Lake(spark, str(tmp_path / "lake")).read(RawEvents.contract).collect()
    assert sorted(json.loads(r.payload)["id"] for r in events) == ["s1", "s2", "s3", "s4"]


def test_too_many_refusals_end_the_run_after_everything_is_written_and_until_they_are_mended(spark, tmp_path):
    put(tmp_path / "raw", "shop/a", sale(1), sale(2), sale(3, total="dear"))
    strict = settings(thresholds={"warn_share": 0.1, "fail_share": 0.3})
    for _ in range(2):  # the second run has no new file, and fails all the same
        with pytest.raises(QualityError, match=r"shop: 1 of 3 records refused \(33.3%\), fail_share is 30.0%.*replay --source"):
            run(spark, tmp_path, JOB, strict)
        assert books(spark, tmp_path, "rows_good", "rows_quarantined") == {"shop/a": (2, 1)}
    with pytest.raises(QualityError, match="fail_count is 0"):
        run(spark, tmp_path, JOB, settings(thresholds={"fail_count": 0}))
    mended = settings(thresholds={"warn_share": 0.1, "fail_share": 0.3}, fields={"total": {"type": "string"}}, columns={"order_id": "id"})
    run(spark, tmp_path, replay_job("shop"), mended)
    run(spark, tmp_path, JOB, mended)
    assert books(spark, tmp_path, "rows_in", "rows_good", "rows_quarantined", "rows_replayed") == {"shop/a": (3, 3, 0, 1)}


@pytest.mark.fault(19)
@pytest.mark.long
def test_a_file_that_goes_away_before_it_is_read_is_named_and_read_once_it_is_back(spark, tmp_path, monkeypatch):
    path = put(tmp_path / "raw", "shop/a", sale(1))
    put(tmp_path / "raw", "shop/b", sale(2))
    text, look = path.read_text(), intake.with_content

    def look_too_late(*args):
        path.unlink()
        return look(*args)

    with monkeypatch.context() as patched:
        patched.setattr(intake, "with_content", look_too_late)
        ctx = run(spark, tmp_path, JOB, settings())
    assert books(spark, tmp_path, "status", "reason", "rows_good") == {"shop/a": ("refused", "vanished", 0), "shop/b": ("committed", None, 1)}
    assert intake.what_lies_there(ctx, listing(ctx, settings())) == fingerprint(listing(ctx, settings()))
    path.write_text(text)
    assert intake.what_lies_there(ctx, listing(ctx, settings())) != fingerprint(listing(ctx, settings()))  # so the next run is not skipped
    run(spark, tmp_path, JOB, settings())
    rows = Lake(spark, str(tmp_path / "lake")).read(Files.contract).collect()
    assert sorted((r.path, r.reason or "", r.notice or "", r.rows_good) for r in rows) == [
        ("shop/a", "", "", 1), ("shop/a", "", "read_later", 0), ("shop/b", "", "", 1),
    ]  # fmt: skip


def texts(**changes: Any) -> SourcesSettings:
    return SourcesSettings(sources=(Source.model_validate_json(json.dumps({**TEXTS, **changes})),))


@pytest.fixture
def refused(spark: SparkSession, tmp_path: Path) -> Path:
    """A CSV source whose contract does not know one status, and a file whose column was renamed."""
    header = "sid,status,to,from,sent"
    bad = ["t2,delivered,1,shop,2026-07-01 10:00", "t2,delivered,1,shop,2026-07-01 10:01", "t3,lost,1,shop,2026-07-01 10:00"]
    put(tmp_path / "raw", "texts/a.csv", header, "t1,sent,1,shop,2026-07-01 10:00", *bad)
    put(tmp_path / "raw", "texts/b.csv", header.replace("sid", "SID"), "t9,sent,1,shop,2026-07-01 10:00")
    run(spark, tmp_path, JOB, texts())
    assert books(spark, tmp_path, "reason", "rows_good", "rows_quarantined") == {
        "texts/a.csv": (None, 1, 3),
        "texts/b.csv": ("missing_column:sid", 0, 0),
    }
    return tmp_path


MENDED = {
    "verb": {"field": "status", "map": {"sent": "send", "read": "engage", "delivered": "engage"}},
    "fields": {**TEXTS["fields"], "sid": {"required": True, "aliases": ["SID"]}},
}


@pytest.mark.long
@pytest.mark.parametrize("killed_before", [RawEvents.contract.name, Quarantine.contract.name, Files.contract.name])
def test_a_mended_contract_brings_refused_rows_and_files_back_once_whatever_kills_the_replay(spark, refused, killed_before):
    mended = texts(**MENDED)
    with pytest.raises(Killed):
        run(spark, refused, replay_job("texts"), mended, killed_before=killed_before)
    for _ in range(2):
        run(spark, refused, replay_job("texts"), mended)
        assert books(spark, refused, "rows_in", "rows_good", "rows_quarantined", "rows_duplicate", "rows_replayed") == {
            "texts/a.csv": (4, 2, 1, 1, 1), "texts/b.csv": (1, 1, 0, 0, 0),
        }  # fmt: skip
        assert refusals(spark, refused) == [("unmapped_verb", "duplicate"), ("unmapped_verb", "open"), ("unmapped_verb", "replayed")]
    before = stored(spark, refused, RawEvents)
    run(spark, refused, JOB, mended)
    assert stored(spark, refused, RawEvents) == before
    assert len(before) == 3


def test_a_replay_of_an_unknown_source_offers_the_nearest(spark, tmp_path):
    with pytest.raises(UsageError, match="no source is named 'text'; did you mean texts"):
        run(spark, tmp_path, replay_job("text"), texts())


def test_each_source_says_its_last_file_refused_share_drift_and_freshness(spark, refused):
    lake = Lake(spark, str(refused / "lake"))
    (facts,) = source_facts(lake, texts(), dt.datetime(2026, 7, 2, 9))
    assert (facts.files, facts.refused_files, facts.rows_in, facts.refused_share) == (2, 1, 4, 0.75)
    assert (facts.last_file, facts.newest_event, facts.behind) == ("texts/b.csv", dt.datetime(2026, 7, 1, 9), dt.timedelta(days=1))
    assert facts.drift == ("missing sid (0)",)
    assert [f.last_file for f in source_facts(lake, settings(), dt.datetime(2026, 7, 2))] == [None]
