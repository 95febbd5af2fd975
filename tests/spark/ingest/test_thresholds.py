"""A round of a topic is one delivery, and what a replay brought back is refused no more."""

from __future__ import annotations

from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.ops import TopicBatches
from crosschannel.ingest.thresholds import to_newest_rounds
from tests.support.rows import at, row, rows


def test_the_batches_of_the_newest_round_count_together_and_only_what_is_still_refused(spark):
    first, second = {"round_ts": at("09:00"), "source": "log"}, {"round_ts": at("10:00"), "source": "log"}
    batches = rows(
        spark, TopicBatches,
        row(**first, file_id="t/0", first_offset=0, next_offset=10, rows_in=10),
        row(**second, file_id="t/0", first_offset=10, next_offset=14, rows_in=4),
        row(**second, file_id="t/0", first_offset=14, next_offset=20, rows_in=5),
        row(**second, file_id="t/1", first_offset=0, next_offset=3, rows_in=3),
        row(source="old", file_id="o/0", first_offset=0, next_offset=2, rows_in=2, round_ts=None),
    )  # fmt: skip
    places = [("t/0", 9, "open"), ("t/0", 10, "open"), ("t/0", 19, None), ("t/1", 2, "open"), ("t/1", 3, "open"), ("t/0", 12, "replayed"), ("t/1", 1, "duplicate")]
    refused = [row(record_id=str(n), source="log", file_id=f, line_ordinal=o, state=s) for n, (f, o, s) in enumerate(places)]
    found = to_newest_rounds(batches, rows(spark, Quarantine, *refused)).collect()
    assert sorted(map(tuple, found)) == [("log", 3, 12), ("old", 0, 2)]
