"""Publishing on a real lake: releases are whole, repeatable, and survive a kill between any two commits."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.ml import CustomerScores, CustomerSegments, SegmentProfiles
from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments, SegmentChanges
from crosschannel.errors import QualityError
from crosschannel.io.lake import Lake
from crosschannel.io.releases import current_release, read_release, releases
from crosschannel.io.upkeep import compact
from crosschannel.jobs.publish_segments import JOB
from crosschannel.publish.release import published_contract
from crosschannel.runtime.context import JobContext
from crosschannel.settings.scores import PublishSettings, Score, ScoresSettings
from tests.support.rows import row, rows

DAY_1, DAY_2 = dt.date(2026, 1, 31), dt.date(2026, 2, 7)
NAMES = ("purchase", "omnichannel")
SETTINGS = PublishSettings(scores=ScoresSettings(scores=(Score(name="purchase"),)))
TABLES = (PublishedProfiles, PublishedScores, PublishedSegments, SegmentChanges)
LAST_WEEK = {"c_1": ("s_a", 0.3), "c_2": ("s_a", 0.2), "c_3": ("s_b", 0.1)}
THIS_WEEK = {"c_1": ("s_a", 0.3), "c_2": ("s_b", 0.2), "c_4": ("s_b", 0.4)}


class Killed(BaseException):
    """A kill: nothing catches it, as nothing catches a signal."""


def scored(lake: Lake, day: dt.date, customers: dict[str, tuple[str, float]]) -> None:
    spark = lake.spark
    segments = [row(customer_id=c, as_of_date=day, segment_id=s, confidence=0.5, model_version="m1") for c, (s, _) in customers.items()]
    scores = [
        row(customer_id=c, as_of_date=day, score_name=n, score=p, probability=p, decile=1, model_name=n, model_version="v1")
        for c, (_, p) in customers.items()
        for n in NAMES
    ]
    lake.write(CustomerSegments.contract, rows(spark, CustomerSegments, *segments), slices=[day])
    lake.write(CustomerScores.contract, rows(spark, CustomerScores, *scores), slices=[day])
    profiles = (row(model_version="m1", segment_id=s, segment_name=f"Segment {s}") for s in ("s_a", "s_b"))
    lake.write(SegmentProfiles.contract, rows(spark, SegmentProfiles, *profiles))


def publish(lake: Lake, day: dt.date) -> list[str]:
    said: list[str] = []
    ctx = JobContext("publish_segments", lake, "", 7, dt.datetime(2026, 3, 1), lambda: None, said.append, day)  # type: ignore[arg-type,return-value]
    JOB.run(ctx, SETTINGS)
    return said


def current_rows(lake: Lake) -> dict[str, list[str]]:
    release = current_release(lake)
    found = {t.contract.name: sorted(str(r) for r in read_release(lake, t, release).collect()) for t in TABLES}
    assert release is not None
    identity = (release.release_id, release.release_number, release.digest, sorted(release.row_counts.items()))
    return found | {"release": [str(identity)]}


@pytest.fixture(scope="module")
def weeks(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Lakes to copy: before the first release, and before the second; and both releases, undisturbed."""
    folders = {name: tmp_path_factory.mktemp("weeks") / name for name in ("first", "second", "done")}
    scored(Lake(spark, str(folders["first"])), DAY_1, LAST_WEEK)
    shutil.copytree(folders["first"], folders["second"])
    second = Lake(spark, str(folders["second"]))
    publish(second, DAY_1)
    scored(second, DAY_2, THIS_WEEK)
    shutil.copytree(folders["second"], folders["done"])
    publish(Lake(spark, str(folders["done"])), DAY_2)
    return folders


def copied(spark: SparkSession, source: Path, folder: Path) -> Lake:
    shutil.copytree(source, folder / "lake")
    return Lake(spark, str(folder / "lake"))


@pytest.fixture
def lake(spark: SparkSession, weeks: dict[str, Path], tmp_path: Path) -> Lake:
    return copied(spark, weeks["first"], tmp_path)


@pytest.fixture
def published(spark: SparkSession, weeks: dict[str, Path], tmp_path: Path) -> Lake:
    """A lake with one release, and the next week scored."""
    return copied(spark, weeks["second"], tmp_path)


@pytest.fixture
def twice(spark: SparkSession, weeks: dict[str, Path], tmp_path: Path) -> Lake:
    """A lake with two releases."""
    return copied(spark, weeks["done"], tmp_path)


def test_a_release_names_every_table_and_is_read_whole(published):
    release = current_release(published)
    assert release.release_number == 1
    assert release.as_of_date == DAY_1
    assert set(release.table_versions) == {t.contract.name for t in TABLES}
    assert release.row_counts == {
        "serving.customer_segments": 3, "serving.customer_scores": 6, "serving.segment_profiles": 2, "serving.segment_changes": 3,
    }  # fmt: skip
    assert release.model_versions == {"segments": "m1", "purchase": "v1", "omnichannel": "v1"}
    rows_of = read_release(published, PublishedSegments, release).collect()
    assert {r.customer_id: (r.segment_id, r.purchase_score, r.omnichannel_decile, r.change_type) for r in rows_of} == {
        c: (s, p, 1, "insert") for c, (s, p) in LAST_WEEK.items()
    }
    assert {r.updated_at for r in rows_of} == {dt.datetime(2026, 2, 1)}


def test_publishing_the_same_rows_again_writes_nothing_and_says_so(published):
    versions = [published.version(t.contract) for t in TABLES]
    (said,) = publish(published, DAY_1)
    assert said.startswith("no change")
    assert [published.version(t.contract) for t in TABLES] == versions
    assert len(releases(published)) == 1


def test_the_next_release_says_what_changed_and_the_old_one_stays_readable(twice):
    second, first = releases(twice)
    before = {r.customer_id: r for r in read_release(twice, PublishedSegments, first).collect()}
    after = {r.customer_id: r for r in read_release(twice, PublishedSegments, second).collect()}
    assert set(before) == set(LAST_WEEK)
    assert {c: r.change_type for c, r in after.items()} == {"c_1": "unchanged", "c_2": "update", "c_4": "insert"}
    assert after["c_1"].row_hash == before["c_1"].row_hash
    assert after["c_1"].updated_at == before["c_1"].updated_at
    assert after["c_2"].updated_at == dt.datetime(2026, 2, 8)
    changes = read_release(twice, SegmentChanges, second).collect()
    assert {(r.customer_id, r.change_type, r.segment_before, r.segment_after) for r in changes} == {
        ("c_2", "update", "s_a", "s_b"), ("c_3", "delete", "s_b", None), ("c_4", "insert", None, "s_b"),
    }  # fmt: skip


def test_going_back_to_an_earlier_day_is_a_release_of_its_own(twice):
    publish(twice, DAY_1)
    newest, _, first = releases(twice)
    assert newest.digest == first.digest
    assert newest.release_id != first.release_id
    assert {r.customer_id for r in read_release(twice, PublishedSegments, newest).collect()} == set(LAST_WEEK)
    assert read_release(twice, SegmentChanges, newest).count() == 3


def test_a_release_is_read_from_the_compacted_table(published):
    release = current_release(published)
    version = release.table_versions["serving.customer_scores"]
    path = published.path(PublishedScores.contract)
    published.read(PublishedScores.contract).repartition(4).write.format("delta").option("dataChange", "false").mode("overwrite").save(path)
    compact(published.spark, path)
    assert published.spark.sql(f"DESCRIBE HISTORY delta.`{path}` LIMIT 1").first().operation == "OPTIMIZE"
    assert published.version(PublishedScores.contract) > version
    assert read_release(published, PublishedScores, release).count() == 6


FIRST, SECOND = ("first", DAY_1, "second", (4,)), ("second", DAY_2, "done", (1, 3, 4))


@pytest.mark.fault(3, 4)
@pytest.mark.long
@pytest.mark.parametrize("case", [pytest.param(FIRST, id="first"), pytest.param(SECOND, id="second")])
def test_kills_between_commits_leave_the_release_before_and_the_rerun_ends_as_an_undisturbed_run(spark, weeks, tmp_path, monkeypatch, case):
    name, day, done, kills = case
    lake = copied(spark, weeks[name], tmp_path)
    before = current_release(lake)
    rows_before = current_rows(lake) if before else None
    for commits in kills:  # each run begins on what the killed ones before it left behind
        killed_after(commits, monkeypatch, lake, day)
        assert current_release(lake) == before, f"killed after {commits} commits"
    if before:
        assert current_rows(lake) == rows_before
    publish(lake, day)
    assert current_rows(lake) == current_rows(Lake(spark, str(weeks[done])))


def killed_after(commits: int, monkeypatch: pytest.MonkeyPatch, lake: Lake, day: dt.date) -> None:
    write, done = Lake.write, []

    def killing_write(self, contract, df, *args, **how):
        if len(done) == commits:
            raise Killed
        done.append(contract.name)
        return write(self, contract, df, *args, **how)

    with monkeypatch.context() as patched:
        patched.setattr(Lake, "write", killing_write)
        with pytest.raises(Killed):
            publish(lake, day)


def test_a_customer_whose_segment_has_no_profile_stops_the_release(lake):
    lost = (row(customer_id=c, as_of_date=DAY_1, segment_id="s_lost", model_version="m1") for c in LAST_WEEK)
    lake.write(CustomerSegments.contract, rows(lake.spark, CustomerSegments, *lost), slices=[DAY_1])
    with pytest.raises(QualityError, match="customers_without_profile"):
        publish(lake, DAY_1)
    assert current_release(lake) is None


def test_a_score_added_to_the_project_is_added_to_the_table(published):
    grown = published_contract((*NAMES, "churn"))
    df = read_release(published, PublishedSegments, current_release(published))
    published.write(grown, df.withColumns({"churn_score": F.lit(0.1), "churn_decile": F.lit(1), "churn_model_version": F.lit("v1")}))
    assert published.read(grown).where("churn_score = 0.1").count() == 3
    assert read_release(published, grown, current_release(published)).where("churn_score is null").count() == 3
