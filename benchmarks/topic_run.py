"""Time a followed Kafka topic: messages per second when much waits, and the delay when messages keep coming.

    python -m benchmarks.topic_run --messages 100000 300000 --out var/bench-kafka --write docs/benchmarks-kafka.md

A broker of its own runs on loopback, on the same cores. Keep the machine quiet.
"""

from __future__ import annotations

import argparse
import json
import shutil
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession, functions as F

from benchmarks.measuring import machine, peak_memory
from benchmarks.report import GIB, table
from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.ops import TopicBatches
from crosschannel.io.lake import Lake
from crosschannel.io.session import local_session
from crosschannel.io.topics import Topic
from crosschannel.jobs.follow import Pace, follow
from crosschannel.runtime.run import Place, Runner
from crosschannel.settings.project import Project
from tests.support.broker import broker

PARTITIONS, BATCH = 4, 100_000
IDLE_SECONDS = 5.0  # without news: the sender is done, or so slow that the figures are of no use
CLICKS = {
    "source": "clicks", "channel": "web", "format": "json_lines", "stream": {"kafka": {"topic": "clicks"}},
    "fields": {"id": {"required": True}, "at": {"required": True}, "event": {}, "cookie": {}, "page": {}, "total": {"type": "decimal", "at_least": 0}},
    "key": ["id"], "time": {"field": "at", "not_before": "2020-01-01", "not_after": "2099-12-31"},
    "verb": {"field": "event", "map": {"view": "view", "buy": "purchase"}}, "columns": {"order_amount": "total"}, "currency_code": "GBP",
}  # fmt: skip


def main() -> None:
    """Measure, and write JSON and, if asked to, the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--messages", type=int, nargs="+", default=[100_000, 300_000])
    parser.add_argument("--rate", type=int, default=500, help="messages a second of the steady part")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("var/bench-kafka"))
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    out = given.out.resolve()  # the broker runs in a folder of its own
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    spark = local_session("benchmark")
    with peak_memory() as peak, broker(out) as servers:
        waiting = [waiting_run(spark, out / str(count), servers, count) for count in given.messages]
        steady = steady_run(spark, out / "steady", servers, given.rate, given.seconds)
    spark.stop()
    command = f"python -m benchmarks.topic_run --messages {' '.join(map(str, given.messages))} --rate {given.rate} --seconds {given.seconds}"
    facts = {"command": command, "taken": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "peak_bytes": peak[0]}
    result = facts | {"waiting": waiting, "steady": steady}
    (out / "results.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if given.write:
        given.write.write_text(to_page(result), encoding="utf-8")
    print(to_page(result))


def waiting_run(spark: SparkSession, out: Path, servers: str, count: int) -> dict[str, Any]:
    """Take in a topic that holds so many messages, one in a hundred of them poison, and read it once with bare Spark."""
    topic = Topic(f"clicks-{count}", servers, BATCH)
    send(spark, topic, 0, count)
    started = time.monotonic()
    follow_all(spark, out, topic, threading.Event(), until_idle=0.0)
    seconds, started = time.monotonic() - started, time.monotonic()
    reader = spark.read.format("kafka").option("kafka.bootstrap.servers", servers).option("subscribe", topic.name)
    reader.load().write.parquet(str(out / "bare"))
    bare = time.monotonic() - started
    batches = Lake(spark, str(out / "lake")).read(TopicBatches.contract)
    booked = batches.agg(F.sum(TopicBatches.rows_in), F.sum(TopicBatches.rows_quarantined)).collect()[0]
    refuse_other(count, booked[0])
    return {"messages": count, "refused": booked[1], "seconds": round(seconds, 1), "bare": round(bare, 1)}


def steady_run(spark: SparkSession, out: Path, servers: str, rate: int, seconds: int) -> dict[str, Any]:
    """Follow a topic that gets messages all the time until it holds no more; tell how long each waited until it was stored."""
    topic, stop = Topic("clicks-steady", servers, BATCH), threading.Event()
    send(spark, topic, 0, rate)

    def produce() -> None:
        try:
            for second in range(1, seconds):
                due = started + second
                time.sleep(max(0.0, due - time.monotonic()))
                send(spark, topic, second * rate, rate)
        except BaseException:
            stop.set()  # else nobody would tell what follows to end
            raise

    started = time.monotonic()
    producer = threading.Thread(target=produce)
    producer.start()
    follow_all(spark, out, topic, stop, until_idle=IDLE_SECONDS)
    producer.join()
    batches = Lake(spark, str(out / "lake")).read(TopicBatches.contract)
    found = [row[1] for row in batches.groupBy(TopicBatches.ingested_ts).agg(F.sum(TopicBatches.rows_in)).collect()]
    refuse_other(rate * seconds, sum(found))
    middle, most = (round(float(d), 1) for d in delays_of(spark, out))
    return {"rate": rate, "seconds": seconds, "batches": len(found), "largest": max(found), "delay_p50": middle, "delay_p95": most}


def refuse_other(sent: int, booked: int) -> None:
    """End the benchmark if what was timed is not what was meant."""
    if booked != sent:
        raise SystemExit(f"{sent:,} messages were sent and {booked:,} booked")


def delays_of(spark: SparkSession, out: Path) -> list[float]:
    """Return the median and the 95th percentile of the seconds from sending to the commit of bronze."""
    events = Lake(spark, str(out / "lake")).read(RawEvents.contract)
    batches = sorted(row[0] for row in events.select(RawEvents.ingest_ts).distinct().collect())
    commits = sorted(f.stat().st_mtime for f in (out / "lake/bronze/events/_delta_log").glob("*.json"))[1:]  # the first made the table
    stored = spark.createDataFrame(list(zip(batches, commits, strict=True)), f"{RawEvents.ingest_ts} timestamp, STORED double")
    delay = F.col("STORED") - F.unix_micros(RawEvents.event_ts) / 1e6
    return events.join(stored, on=str(RawEvents.ingest_ts)).agg(F.percentile(delay, F.array(F.lit(0.5), F.lit(0.95)))).collect()[0][0]  # type: ignore[no-any-return]


def follow_all(spark: SparkSession, out: Path, topic: Topic, stop: threading.Event, *, until_idle: float | None) -> None:
    """Follow one topic into a lake of its own."""
    (out / "conf/sources").mkdir(parents=True)
    (out / "conf/sources/clicks.yaml").write_text(json.dumps(CLICKS), encoding="utf-8")
    active = Runner(Place(Project(out / "conf"), str(out / "lake"), ""), spark, lambda text: print(f"    {text}", flush=True))
    follow(active, {"clicks": topic}, Pace(every=0.2, until_idle=until_idle), stop, lambda text: print(text, flush=True))


def send(spark: SparkSession, topic: Topic, first: int, count: int) -> None:
    """Send messages; one in a hundred is cut short."""
    number = F.col("id")
    record = F.to_json(
        F.struct(
            F.concat(F.lit("e"), number).alias("id"), F.date_format(F.current_timestamp(), "yyyy-MM-dd'T'HH:mm:ss.SSSX").alias("at"),
            F.when(number % 20 == 0, "buy").otherwise("view").alias("event"), F.sha2(number.cast("string"), 256).alias("cookie"),
            F.lit("/shop/shoes").alias("page"), (number % 9999 / 100).alias("total"),
        )
    )  # fmt: skip
    value = F.when(number % 100 == 0, F.substring(record, 1, 40)).otherwise(record)
    messages = spark.range(first, first + count, 1, PARTITIONS).select(value.alias("value"), (number % PARTITIONS).cast("int").alias("partition"))
    messages.write.format("kafka").option("kafka.bootstrap.servers", topic.servers).option("topic", topic.name).save()


def to_page(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    waiting = [
        (f"{w['messages']:,}", f"{w['refused']:,}", w["seconds"], f"{w['messages'] / w['seconds']:,.0f}", w["bare"], f"{w['seconds'] / w['bare']:.1f}") for w in result["waiting"]
    ]
    steady = result["steady"]
    parts = [
        "# Benchmarks of a followed topic",
        f"Written by `{result['command']}` on {result['taken']}; every figure comes from that one run. The broker, the sender and the reader share the cores.",
        f"The proportional size of all processes together, the broker's included, was {result['peak_bytes'] / GIB:.1f} GiB at the worst moment.",
        "## Machine", table(("", ""), sorted(result["machine"].items())),
        "## Much waits", "The peer reads the same topic with Spark's own reader and writes Parquet: no rules, no quarantine, no ledger, no duplicates found.",
        table(("messages", "refused", "seconds", "messages a second", "bare copy s", "ratio"), waiting),
        "## Messages keep coming", "Delay: from sending a message to the commit of `bronze.events` that holds it, all messages counted; lag: most messages that one batch found waiting.",
        table(("messages a second", "for seconds", "batches", "lag", "delay p50 s", "delay p95 s"), [tuple(steady[k] for k in ("rate", "seconds", "batches", "largest", "delay_p50", "delay_p95"))]),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
