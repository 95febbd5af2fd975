"""Duplicates are known by source and key; which copy stays does not depend on partitioning."""

from __future__ import annotations

from pyspark.sql import DataFrame

from crosschannel.contracts.bronze import RawEvents
from crosschannel.ingest.dedupe import IS_CONFLICTING, SENT_HASHES, only_first, to_duplicates, to_file_counts, to_repeated_hashes
from tests.support.rows import at, row, rows


def duplicates(new: DataFrame, bronze: DataFrame) -> list[str]:
    """The duplicates found with hashes sent to every task, which must be those found by shuffling."""
    sent, shuffled = (
        sorted(r.record_id for r in to_duplicates(new, bronze, to_repeated_hashes(new, bronze, count), count).collect()) for count in (1, SENT_HASHES)
    )
    assert sent == shuffled
    return sent


def test_the_first_by_time_file_and_line_stays(spark):
    new = rows(
        spark, RawEvents,
        row(record_id="late", event_key="k", event_ts=at("10:00"), file_id="a", line_ordinal=0),
        row(record_id="second line", event_key="k", event_ts=at("09:00"), file_id="a", line_ordinal=2),
        row(record_id="first line", event_key="k", event_ts=at("09:00"), file_id="a", line_ordinal=1),
        row(record_id="other file", event_key="k", event_ts=at("09:00"), file_id="b", line_ordinal=0),
        row(record_id="alone", event_key="l"),
    )  # fmt: skip
    bronze = rows(spark, RawEvents)
    expected = ["late", "other file", "second line"]
    assert duplicates(new, bronze) == duplicates(new.repartition(7), bronze) == expected
    found = to_duplicates(new, bronze, to_repeated_hashes(new, bronze))
    for kept in (only_first(new, found), only_first(new, found, 3)):
        assert sorted(r.record_id for r in kept.collect()) == ["alone", "first line"]


def test_a_duplicate_that_says_something_else_is_a_conflicting_one(spark):
    copies = [row(record_id=r, event_key="k", file_id=r, content_hash=h) for r, h in (("a first", 1), ("b copy", 1), ("c other", 2), ("d unknown", None))]
    new = rows(spark, RawEvents, *copies)
    found = to_duplicates(new, rows(spark, RawEvents), to_repeated_hashes(new, rows(spark, RawEvents)))
    assert {r.record_id: r[IS_CONFLICTING] for r in found.collect()} == {"b copy": False, "c other": True, "d unknown": False}
    assert sorted(tuple(r)[1:] for r in to_file_counts(found).collect()) == [("b copy", 1, 0), ("c other", 1, 1), ("d unknown", 1, 0)]


def test_the_same_key_in_another_source_is_another_event(spark):
    assert duplicates(rows(spark, RawEvents, row(record_id="1", source="web"), row(record_id="2", source="app")), rows(spark, RawEvents)) == []


def test_a_record_in_bronze_wins_even_against_an_earlier_one(spark):
    bronze = rows(spark, RawEvents, row(record_id="known", event_key="k", event_ts=at("12:00")))
    assert duplicates(rows(spark, RawEvents, row(record_id="new", event_key="k", event_ts=at("09:00"))), bronze) == ["new"]


def test_a_record_that_is_itself_in_bronze_is_no_duplicate_of_itself(spark):
    bronze = rows(spark, RawEvents, row(record_id="again", event_key="k", event_ts=at("09:00")))
    new = rows(
        spark, RawEvents, row(record_id="again", event_key="k", event_ts=at("09:00")), row(record_id="copy", event_key="k", event_ts=at("09:00"))
    )
    assert duplicates(new, bronze) == ["copy"]
