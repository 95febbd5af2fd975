"""Kafka topics: what they hold, and their messages batch by batch, each handed over at least once.

Spark keeps the offsets of a batch in the checkpoint before it hands the batch over, so a batch that
was cut short comes again with the same messages; the receiver must know what it has already stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.bronze import Messages
from crosschannel.errors import InputError
from crosschannel.io.checkpoints import require_whole
from crosschannel.io.jars import kafka_jar_paths

ANSWER_MILLISECONDS = 15_000  # how long a broker may take to say what it holds
QUERY_ID = "sql.streaming.queryId"
# A connector defect: the batch after a crash is done and recorded, then its metrics fail. The next start goes on rightly.
METRICS_DEFECT = 'because the return value of "scala.Option.get()" is null'
LOST = ("KAFKA_DATA_LOSS", "failOnDataLoss")

Handler = Callable[[DataFrame, str, int], None]


@dataclass(frozen=True)
class Topic:
    """A topic as it stands: its own id, and the offset after the last message of each partition."""

    name: str
    servers: str
    max_messages: int
    properties: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold secrets
    topic_id: str = ""
    ends: Mapping[int, int] = field(default_factory=dict)


def look_at(spark: SparkSession, topic: Topic) -> tuple[str, dict[int, int]]:
    """Return a topic's own id, and the offset after the last message of each partition.

    Raises
    ------
    InputError
        The brokers do not answer, or they do not know the topic.
    """
    jvm: Any = spark._jvm
    try:
        admin = jvm.org.apache.kafka.clients.admin.AdminClient.create(_client_properties(jvm, topic))
    except (TypeError, Py4JError):  # the class is not there
        kafka_jar_paths()  # says so, if the files are missing
        raise InputError(f"topic {topic.name}: Spark runs without its reader of Kafka topics, or {topic.servers!r} are no brokers; under spark-submit add the files of `crosschannel jars --kafka` to --jars") from None  # fmt: skip
    try:
        return _described(jvm, admin, topic.name)
    except Py4JJavaError as error:
        why = "the brokers do not know it" if "UnknownTopicOrPartition" in str(error) else f"no broker at {topic.servers} answers as asked"
        raise InputError(f"topic {topic.name}: {why}; look at the name, at --kafka, and at the broker's own log") from None
    finally:
        admin.close(jvm.java.time.Duration.ofSeconds(1))


def drain(spark: SparkSession, topic: Topic, checkpoint: str, handle: Handler) -> None:
    """Hand over all messages not handed over yet, in batches, and return.

    Parameters
    ----------
    checkpoint
        Folder that holds how far the topic was read.
    handle
        Is given a batch as :class:`Messages`, the id of the sequence of batches, and the number of the batch in it.
    """
    require_whole(spark, checkpoint)
    try:
        _drain(spark, topic, checkpoint, handle)
    except StreamingQueryException as error:
        if METRICS_DEFECT not in str(error):
            raise
        _drain(spark, topic, checkpoint, handle)


def _drain(spark: SparkSession, topic: Topic, checkpoint: str, handle: Handler) -> None:
    broken: list[BaseException] = []

    def hand_over(batch: DataFrame, number: int) -> None:
        try:
            sequence = batch.sparkSession.sparkContext.getLocalProperty(QUERY_ID) or ""
            handle(batch.select(*Messages.columns), sequence, number)
        except BaseException as error:  # noqa: BLE001 - crosses the JVM, where its type would be lost; raised again below
            broken.append(error)
            raise RuntimeError(type(error).__name__) from None

    query = _messages(spark, topic).writeStream.foreachBatch(hand_over).option("checkpointLocation", checkpoint).trigger(availableNow=True).start()
    try:
        query.awaitTermination()
    except StreamingQueryException as error:
        if broken:
            raise broken[0] from None
        if any(sign in str(error) for sign in LOST):
            raise InputError(f"topic {topic.name}: the broker has deleted messages that were not read yet; name what is lost, then start over with another checkpoint: move {checkpoint} away") from None  # fmt: skip
        raise
    finally:
        query.stop()


def _messages(spark: SparkSession, topic: Topic) -> DataFrame:
    reader = spark.readStream.format("kafka").option("kafka.bootstrap.servers", topic.servers).option("subscribe", topic.name)
    for name, value in topic.properties.items():
        reader = reader.option(f"kafka.{name}", value)
    # Aborted transactions were never said; a missing offset is an error, never a gap passed over in silence.
    reader = reader.option("kafka.isolation.level", "read_committed").option("failOnDataLoss", "true")
    return reader.option("startingOffsets", "earliest").option("maxOffsetsPerTrigger", topic.max_messages).load()


def _client_properties(jvm: Any, topic: Topic) -> Any:
    properties = jvm.java.util.Properties()
    own = {
        "bootstrap.servers": topic.servers,
        "default.api.timeout.ms": str(ANSWER_MILLISECONDS),
        "request.timeout.ms": str(ANSWER_MILLISECONDS // 2),
    }
    for name, value in (dict(topic.properties) | own).items():
        properties.setProperty(name, value)
    return properties


def _described(jvm: Any, admin: Any, name: str) -> tuple[str, dict[int, int]]:
    topic = admin.describeTopics(jvm.java.util.Collections.singletonList(name)).topicNameValues().get(name).get()
    asked = jvm.java.util.HashMap()
    places = {int(p.partition()): jvm.org.apache.kafka.common.TopicPartition(name, p.partition()) for p in topic.partitions()}
    for place in places.values():
        asked.put(place, jvm.org.apache.kafka.clients.admin.OffsetSpec.latest())
    answer = admin.listOffsets(asked)
    return str(topic.topicId()), {number: int(answer.partitionResult(place).get().offset()) for number, place in places.items()}
