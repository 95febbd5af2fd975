import datetime as dt

from crosschannel.contracts.bronze import Messages
from crosschannel.contracts.ops import TopicBatches
from crosschannel.contracts.raw import Account
from crosschannel.ingest.messages import COUNT, FIRST, LAST, NEWEST, as_files, batch_rows, place_of, prefix_of
from crosschannel.settings.sources import Source
from tests.jobs.intake import SOURCES

NOW = dt.datetime(2026, 1, 6)
SHOP: Source = SOURCES.sources[0]


def counts(partition: int, count: int, first: int, last: int) -> dict[str, object]:
    return {str(Messages.partition): partition, COUNT: count, FIRST: first, LAST: last, NEWEST: NOW}


def test_a_topic_made_anew_under_its_name_has_other_places() -> None:
    assert place_of("sales", "one", 3) == "kafka:sales@one/3" != place_of("sales", "two", 3)


def test_a_batch_is_booked_with_its_offsets_and_what_still_waits() -> None:
    seen = [counts(1, 3, 10, 14), counts(0, 2, 0, 1)]  # gaps are normal: three messages on five offsets
    files = as_files(seen, SHOP, prefix_of("sales", "one"))
    assert [(f.path, f.file_no, f.rows_in) for f in files] == [("kafka:sales@one/0", 0, 2), ("kafka:sales@one/1", 1, 3)]
    made = [Account(files[0], good=2), Account(files[1], good=1, quarantined=1, duplicate=1)]
    names = [str(c) for c in TopicBatches.contract.columns]
    booked = [dict(zip(names, row, strict=True)) for row in batch_rows(made, seen, {0: 2, 1: 20}, NOW, dt.datetime(2026, 1, 5))]
    assert [(b["first_offset"], b["next_offset"], b["rows_in"], b["rows_waiting"]) for b in booked] == [(0, 2, 2, 0), (10, 15, 3, 5)]
    assert {(b["ingested_ts"], b["round_ts"]) for b in booked} == {(NOW, dt.datetime(2026, 1, 5))}
    assert [(b["rows_good"], b["rows_quarantined"], b["rows_duplicate"]) for b in booked] == [(2, 0, 0), (1, 1, 1)]
