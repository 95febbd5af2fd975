from pyspark.sql import SparkSession

from crosschannel.contracts.bronze import Messages
from crosschannel.contracts.ops import TopicBatches
from crosschannel.ingest.messages import is_booked, only_unbooked, prefix_of, to_booked_ends, to_partition_counts
from tests.support.rows import row, rows


def test_what_is_booked_is_passed_over_wherever_the_new_batches_are_cut(spark: SparkSession) -> None:
    ours, other = prefix_of("sales", "one"), prefix_of("sales", "two")
    batches = rows(
        spark, TopicBatches,
        row(file_id=f"{ours}0", first_offset=0, next_offset=3), row(file_id=f"{ours}0", first_offset=3, next_offset=5),
        row(file_id=f"{ours}11", first_offset=0, next_offset=2), row(file_id=f"{other}0", first_offset=0, next_offset=90),
    )  # fmt: skip
    booked = {r[0]: r[1] for r in batches.transform(to_booked_ends, ours).collect()}
    assert booked == {0: 5, 11: 2}

    places = [(0, 4), (0, 5), (11, 1), (11, 2), (7, 0)]
    messages = spark.createDataFrame(places, f"{Messages.partition} int, {Messages.offset} bigint").selectExpr("*", "now() AS timestamp")
    assert is_booked(messages.transform(to_partition_counts).collect(), booked)
    left = messages.transform(only_unbooked, booked)
    assert {(r.partition, r.offset) for r in left.collect()} == {(0, 5), (11, 2), (7, 0)}
    assert not is_booked(left.transform(to_partition_counts).collect(), booked)
    assert messages.transform(only_unbooked, {}).count() == len(places)
