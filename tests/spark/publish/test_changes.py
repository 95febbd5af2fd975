import datetime as dt

from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.serving import PublishedSegments
from crosschannel.publish.changes import to_changes, with_change, with_row_hash
from tests.support.rows import assert_rows, at, row, rows

DAY = dt.date(2026, 1, 31)
MIDNIGHT = dt.datetime(2026, 2, 1)
BEFORE = at("2026-01-07 00:00")


def published(spark: SparkSession, *given):
    return rows(spark, PublishedSegments, *given).transform(with_row_hash)


def hash_of(spark: SparkSession, **columns) -> str:
    return published(spark, row(**columns)).first()[PublishedSegments.row_hash]


def test_day_release_and_history_do_not_change_a_rows_hash(spark):
    one = hash_of(spark, customer_id="c_1", segment_id="s_a")
    assert one == hash_of(spark, customer_id="c_1", segment_id="s_a", as_of_date=DAY, release_id="r_2", change_type="update", updated_at=BEFORE)
    assert one != hash_of(spark, customer_id="c_1", segment_id="s_b")


def test_the_order_of_score_columns_does_not_change_a_rows_hash(spark):
    df = rows(spark, PublishedSegments, row(customer_id="c_1"))
    one = df.withColumns({"a_score": F.lit(1.0), "b_score": F.lit(2.0)}).transform(with_row_hash)
    other = df.withColumns({"b_score": F.lit(2.0), "a_score": F.lit(1.0)}).transform(with_row_hash)
    assert one.first()[PublishedSegments.row_hash] == other.first()[PublishedSegments.row_hash]


def test_rows_are_new_changed_or_unchanged_and_only_the_last_keep_their_time(spark):
    before = published(spark, *(row(customer_id=c, segment_id="s_a", updated_at=BEFORE) for c in ("c_same", "c_moves", "c_gone")))
    after = published(
        spark, row(customer_id="c_same", segment_id="s_a"), row(customer_id="c_moves", segment_id="s_b"), row(customer_id="c_new", segment_id="s_b")
    )
    changed = after.drop("change_type", "updated_at").transform(with_change, before=before, as_of_date=DAY)
    assert_rows(
        changed,
        row(customer_id="c_same", change_type="unchanged", updated_at=BEFORE),
        row(customer_id="c_moves", change_type="update", updated_at=MIDNIGHT),
        row(customer_id="c_new", change_type="insert", updated_at=MIDNIGHT),
    )
    assert_rows(
        changed.transform(to_changes, before=before),
        row(customer_id="c_moves", change_type="update", segment_before="s_a", segment_after="s_b"),
        row(customer_id="c_new", change_type="insert", segment_before=None, segment_after="s_b"),
        row(customer_id="c_gone", change_type="delete", segment_before="s_a", segment_after=None),
    )
