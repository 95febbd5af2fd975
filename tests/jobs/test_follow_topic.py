"""Following a topic of a real broker ends in the bronze of the batch job, through kills; poison messages are named by their place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.bronze import Quarantine, RawEvents
from crosschannel.contracts.ops import TopicBatches
from crosschannel.errors import InputError, QualityError
from crosschannel.io.lake import Lake
from crosschannel.io.topics import Topic, look_at
from crosschannel.jobs import ingest_events
from crosschannel.jobs.replay import replay_job
from tests.jobs.following import accepted, followed, followed_through_kills, project, refused
from tests.jobs.intake import SHOP, run, sale
from tests.support.broker import broker

pytestmark = pytest.mark.kafka
SALES = "sales"
NOT_UTF8 = b'{"id": "\xff\xfe"}'
FIRST = ([sale(1), sale(2, total="x"), sale(1), NOT_UTF8, None], [sale(3), '{"id": "s4', sale(5), sale(3)])
LATER = ([sale(5), sale(6)], ["no sale"])
STREAMED = {k: v for k, v in SHOP.items() if k != "path"} | {"stream": {"kafka": {"topic": SALES}}}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with broker(tmp_path_factory.mktemp("broker")) as address:
        yield address


@pytest.fixture
def topic(spark: SparkSession, servers: str) -> Topic:
    make_topic(spark, servers, SALES, partitions=2)
    return Topic(SALES, servers, max_messages=5)


@pytest.mark.fault(2, 18)
def test_a_topic_followed_through_kills_ends_in_the_bronze_of_the_batch(spark, topic, tmp_path, monkeypatch):
    known, topics = project(tmp_path, STREAMED), {"shop": topic}
    send(spark, topic, FIRST)
    commits = followed_through_kills(spark, tmp_path, known, monkeypatch, topics)
    assert commits.count("ops.topic_batches") >= 2
    assert commits.count("bronze.quarantine") >= 2
    send(spark, topic, LATER)
    followed(spark, tmp_path, known, topics)
    wanted_good, wanted_refused = batch_result(spark, tmp_path)
    assert accepted(spark, tmp_path) == wanted_good
    assert refused(spark, tmp_path) == sorted([*wanted_refused, ("shop", ["unreadable"], "")], key=str)  # a file has no tombstone

    lake = Lake(spark, str(tmp_path / "lake"))
    topic_id, ends = look_at(spark, topic)
    place = f"kafka:{SALES}@{topic_id}/"
    poison = {(q.file_id, q.line_ordinal): q.reasons for q in lake.read(Quarantine.contract).collect()}
    assert poison == {
        (f"{place}0", 1): ["type:total"], (f"{place}0", 3): ["not_utf8"], (f"{place}0", 4): ["unreadable"],
        (f"{place}1", 1): ["unreadable"], (f"{place}1", 4): ["unreadable"],
    }  # fmt: skip
    booked = lake.read(TopicBatches.contract).collect()
    assert {p: max(b.next_offset for b in booked if b.file_id == f"{place}{p}") for p in ends} == ends == {0: 7, 1: 5}
    assert sum(b.rows_in for b in booked) == 12
    assert all(b.rows_in == b.rows_good + b.rows_quarantined + b.rows_duplicate for b in booked)
    assert '"txn"' in "".join(f.read_text() for f in (tmp_path / "lake/bronze/events/_delta_log").glob("*.json"))

    before = lake.version(RawEvents.contract), refused(spark, tmp_path)
    shutil.rmtree(tmp_path / "lake/checkpoints")  # all is read again, and all of it is known
    send(spark, topic, ([sale(6)],))
    followed(spark, tmp_path, known, topics)
    booked = lake.read(TopicBatches.contract).collect()
    assert max(b.next_offset for b in booked) == 8
    assert sum(b.rows_in for b in booked) == 13, "each message is booked once, however the batches were cut"
    assert (lake.version(RawEvents.contract), refused(spark, tmp_path)) == before


def test_a_topic_refused_too_much_ends_in_a_quality_failure_until_its_records_are_back(spark, servers, tmp_path):
    name, strict = "strict", {"thresholds": {"fail_share": 0.3}, "stream": {"kafka": {"topic": "strict"}}}
    known = project(tmp_path, STREAMED | strict)
    make_topic(spark, servers, name, partitions=2)
    topics = {"shop": Topic(name, servers, max_messages=2)}  # a round of several batches is one delivery
    send(spark, topics["shop"], ([sale(1), sale(2, total="x")], [sale(3, total="y"), sale(4), sale(5)]))
    for _ in range(2):  # the second round has no message, and fails all the same
        with pytest.raises(QualityError, match=r"shop: 2 of 5 records of its topic refused \(40.0%\), fail_share is 30.0%.*replay --source") as failure:
            followed(spark, tmp_path, known, topics)
        assert failure.value.exit_code == 10
        assert (len(accepted(spark, tmp_path)), len(refused(spark, tmp_path))) == (3, 2)  # everything is written
    mended = project(tmp_path, STREAMED | strict | {"fields": {**SHOP["fields"], "total": {}}, "columns": {"order_id": "id"}})
    run(spark, tmp_path, replay_job("shop"), mended.sources)
    followed(spark, tmp_path, mended, topics)
    assert len(accepted(spark, tmp_path)) == 5


def test_an_unknown_topic_is_named(spark, servers):
    with pytest.raises(InputError, match="topic no-such: the brokers do not know it"):
        look_at(spark, Topic("no-such", servers, 1))


def batch_result(spark: SparkSession, folder: Path) -> tuple[object, list[object]]:
    """What the batch job makes of the same records in a file."""
    file = folder / "batch/raw/shop/all"
    file.parent.mkdir(parents=True)
    records = [r for part in (*FIRST, *LATER) for r in part if r is not None]
    file.write_bytes(b"".join(as_bytes(r) + b"\n" for r in records))
    run(spark, folder / "batch", ingest_events.JOB, project(folder / "batch", SHOP).sources)
    return accepted(spark, folder / "batch"), refused(spark, folder / "batch")


def send(spark: SparkSession, topic: Topic, partitions: Sequence[Sequence[str | bytes | None]]) -> None:
    """Send messages to the partitions of a topic, in order."""
    rows = [(number, None if m is None else bytearray(as_bytes(m))) for number, messages in enumerate(partitions) for m in messages]
    frame = spark.createDataFrame(rows, "partition int, value binary").coalesce(1)
    frame.write.format("kafka").option("kafka.bootstrap.servers", topic.servers).option("topic", topic.name).save()


def as_bytes(message: str | bytes) -> bytes:
    return message if isinstance(message, bytes) else message.encode()


def make_topic(spark: SparkSession, servers: str, name: str, *, partitions: int) -> None:
    jvm = spark._jvm
    properties = jvm.java.util.Properties()
    properties.setProperty("bootstrap.servers", servers)
    admin = jvm.org.apache.kafka.clients.admin.AdminClient.create(properties)
    new = jvm.org.apache.kafka.clients.admin.NewTopic(name, jvm.java.util.Optional.of(partitions), jvm.java.util.Optional.empty())
    admin.createTopics(jvm.java.util.Collections.singletonList(new)).all().get()
    admin.close()
