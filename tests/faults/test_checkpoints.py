"""A checkpoint of a followed topic is damaged: the run refuses and says what to do; after that every record is there once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.ops import TopicBatches
from crosschannel.errors import StorageError
from crosschannel.io.checkpoints import require_whole
from crosschannel.io.lake import Lake
from crosschannel.io.topics import Topic
from tests.jobs.following import accepted, followed, project
from tests.jobs.intake import sale
from tests.jobs.test_follow_topic import STREAMED, make_topic, send
from tests.support.broker import broker


def newest(folder: Path) -> Path:
    return max((p for p in folder.iterdir() if p.name.isdigit()), key=lambda p: int(p.name))


def emptied(checkpoint: Path) -> str:
    file = newest(checkpoint / "offsets")
    file.write_text("", encoding="utf-8")
    file.with_name(f".{file.name}.crc").unlink(missing_ok=True)
    return f"offsets/{file.name}"


def cut(checkpoint: Path) -> str:
    file = checkpoint / "metadata"
    file.write_text(file.read_text(encoding="utf-8")[:9], encoding="utf-8")
    return file.name


def lost(checkpoint: Path) -> str:
    (checkpoint / "metadata").unlink()
    return "metadata"


def unfinished(checkpoint: Path) -> str:
    file = newest(checkpoint / "commits")
    file.write_text("v1\n{", encoding="utf-8")
    return f"commits/{file.name}"


@pytest.mark.fault(16, 17)
@pytest.mark.parametrize("damage", [emptied, cut, lost, unfinished])
def test_a_damaged_checkpoint_is_refused_with_file_and_remedy_and_a_whole_or_new_one_is_not(spark: SparkSession, tmp_path: Path, damage) -> None:
    checkpoint = tmp_path / "topic@id"
    require_whole(spark, str(checkpoint))
    for name, text in (("metadata", '{"id":"x"}'), ("offsets/0", 'v1\n{"a":1}\n{"t":{"0":3}}'), ("offsets/1", 'v1\n{"a":1}\n-'), ("commits/0", 'v1\n{}')):
        (checkpoint / name).parent.mkdir(parents=True, exist_ok=True)
        (checkpoint / name).write_text(text, encoding="utf-8")
    require_whole(spark, str(checkpoint))
    name = damage(checkpoint)
    with pytest.raises(StorageError, match=f"{name} is gone, empty or cut short.*move .*topic@id away and run the same command again"):
        require_whole(spark, str(checkpoint))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with broker(tmp_path_factory.mktemp("broker")) as address:
        yield address


@pytest.mark.kafka
@pytest.mark.long
@pytest.mark.fault(16, 17, 18)
@pytest.mark.parametrize("damage", [emptied, lost])
def test_a_topic_whose_checkpoint_was_damaged_is_read_again_and_every_record_is_there_once(
    spark: SparkSession, servers: str, tmp_path: Path, damage: Callable[[Path], str]
) -> None:
    name = damage.__name__
    make_topic(spark, servers, name, partitions=1)
    topic = Topic(name, servers, max_messages=5)
    known, topics = project(tmp_path, STREAMED | {"stream": {"kafka": {"topic": name}}}), {"shop": topic}
    send(spark, topic, ([sale(1), sale(2)],))
    followed(spark, tmp_path, known, topics)
    (checkpoint,) = (tmp_path / "lake/checkpoints/shop").iterdir()
    damage(checkpoint)
    send(spark, topic, ([sale(2), sale(3)],))
    with pytest.raises(StorageError, match="is gone, empty or cut short"):
        followed(spark, tmp_path, known, topics)
    assert len(accepted(spark, tmp_path)) == 2, "nothing was taken in by a guess"
    checkpoint.rename(tmp_path / "moved away")
    followed(spark, tmp_path, known, topics)
    assert [key for _, key, _, _ in accepted(spark, tmp_path)] == sorted({key for _, key, _, _ in accepted(spark, tmp_path)})
    assert len(accepted(spark, tmp_path)) == 3
    booked = Lake(spark, str(tmp_path / "lake")).read(TopicBatches.contract).collect()
    assert all(b.rows_in == b.rows_good + b.rows_quarantined + b.rows_duplicate for b in booked)
    before = accepted(spark, tmp_path)
    assert followed(spark, tmp_path, known, topics)[0] == 0
    assert accepted(spark, tmp_path) == before
