"""Publishing on a real lake: releases are whole, repeatable, and survive a kill between any two commits."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.ml import CustomerScores, CustomerSegments, SegmentProfiles
from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments, SegmentChanges
from crosschannel.errors import QualityError
from crosschannel.io.lake import Lake
from crosschannel.io.releases import current_release, read_release, releases
from crosschannel.jobs.publish_segments import JOB
from crosschannel.publish.release import published_contract
from crosschannel.runtime.context import JobContext
from crosschannel.settings.scores import Score, ScoresSettings
from tests.support.rows import row, rows

DAY_1, DAY_2 = dt.date(2026, 1, 31), dt.date(2026, 2, 7)
SETTINGS = ScoresSettings(scores=(Score(name="purchase"),))
NAMES = ("purchase", "omnichannel")
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


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    made = Lake(spark, str(tmp_path / "lake"))
    scored(made, DAY_1, LAST_WEEK)
    return made


def test_a_release_names_every_table_and_is_read_whole(lake):
    publish(lake, DAY_1)
    release = current_release(lake)
    assert release.release_number == 1
    assert release.as_of_date == DAY_1
    assert set(release.table_versions) == {t.contract.name for t in TABLES}
    assert release.row_counts == {
        "serving.customer_segments": 3, "serving.customer_scores": 6, "serving.segment_profiles": 2, "serving.segment_changes": 3,
    }  # fmt: skip
    assert release.model_versions == {"segments": "m1", "purchase": "v1", "omnichannel": "v1"}
    published = read_release(lake, PublishedSegments, release).collect()
    assert {r.customer_id: (r.segment_id, r.purchase_score, r.omnichannel_decile, r.change_type) for r in published} == {
        c: (s, p, 1, "insert") for c, (s, p) in LAST_WEEK.items()
    }
    assert {r.updated_at for r in published} == {dt.datetime(2026, 2, 1)}


def test_publishing_the_same_rows_again_writes_nothing_and_says_so(lake):
    publish(lake, DAY_1)
    versions = [lake.version(t.contract) for t in TABLES]
    (said,) = publish(lake, DAY_1)
    assert said.startswith("no change")
    assert [lake.version(t.contract) for t in TABLES] == versions
    assert len(releases(lake)) == 1


def test_the_next_release_says_what_changed_and_the_old_one_stays_readable(lake):
    publish(lake, DAY_1)
    first = current_release(lake)
    before = {r.customer_id: r for r in read_release(lake, PublishedSegments, first).collect()}
    scored(lake, DAY_2, THIS_WEEK)
    publish(lake, DAY_2)
    after = {r.customer_id: r for r in read_release(lake, PublishedSegments, current_release(lake)).collect()}
    assert {c: r.change_type for c, r in after.items()} == {"c_1": "unchanged", "c_2": "update", "c_4": "insert"}
    assert after["c_1"].row_hash == before["c_1"].row_hash
    assert after["c_1"].updated_at == before["c_1"].updated_at
    assert after["c_2"].updated_at == dt.datetime(2026, 2, 8)
    changes = read_release(lake, SegmentChanges, current_release(lake)).collect()
    assert {(r.customer_id, r.change_type, r.segment_before, r.segment_after) for r in changes} == {
        ("c_2", "update", "s_a", "s_b"), ("c_3", "delete", "s_b", None), ("c_4", "insert", None, "s_b"),
    }  # fmt: skip
    assert {r.customer_id for r in read_release(lake, PublishedSegments, first).collect()} == set(LAST_WEEK)


def test_going_back_to_an_earlier_day_is_a_release_of_its_own(lake):
    publish(lake, DAY_1)
    scored(lake, DAY_2, THIS_WEEK)
    publish(lake, DAY_2)
    publish(lake, DAY_1)
    newest, _, first = releases(lake)
    assert newest.digest == first.digest
    assert newest.release_id != first.release_id
    assert {r.customer_id for r in read_release(lake, PublishedSegments, newest).collect()} == set(LAST_WEEK)
    assert read_release(lake, SegmentChanges, newest).count() == 3


def test_a_release_survives_compaction(lake):
    from crosschannel.io.upkeep import compact

    publish(lake, DAY_1)
    lake.read(PublishedScores.contract).repartition(4).write.format("delta").mode("append").save(lake.path(PublishedScores.contract))
    lake.spark.sql(f"RESTORE delta.`{lake.path(PublishedScores.contract)}` TO VERSION AS OF {current_release(lake).table_versions['serving.customer_scores']}")
    compact(lake.spark, lake.path(PublishedScores.contract))
    assert read_release(lake, PublishedScores, current_release(lake)).count() == 6


@pytest.mark.parametrize("commits", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("is_second", [False, True], ids=["first_release", "second_release"])
def test_a_kill_between_two_commits_then_a_rerun_ends_as_an_undisturbed_run(spark, tmp_path, monkeypatch, undisturbed, commits, is_second):
    lake = Lake(spark, str(tmp_path / "killed"))
    scored(lake, DAY_1, LAST_WEEK)
    day = DAY_1
    if is_second:
        publish(lake, DAY_1)
        scored(lake, DAY_2, THIS_WEEK)
        day = DAY_2
    whole_before = current_rows(lake) if is_second else None

    write, done = Lake.write, []

    def killing_write(self, contract, df, slices=None):
        if len(done) == commits:
            raise Killed
        done.append(contract.name)
        return write(self, contract, df, slices)

    with monkeypatch.context() as patched:
        patched.setattr(Lake, "write", killing_write)
        if commits < 5:
            with pytest.raises(Killed):
                publish(lake, day)
            assert (current_rows(lake) if is_second else current_release(lake)) == whole_before  # readers see the release before, whole
        else:
            publish(lake, day)
    publish(lake, day)
    assert current_rows(lake) == undisturbed[day]


@pytest.fixture(scope="module")
def undisturbed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[dt.date, dict[str, list[str]]]:
    lake = Lake(spark, str(tmp_path_factory.mktemp("undisturbed") / "lake"))
    scored(lake, DAY_1, LAST_WEEK)
    publish(lake, DAY_1)
    first = current_rows(lake)
    scored(lake, DAY_2, THIS_WEEK)
    publish(lake, DAY_2)
    return {DAY_1: first, DAY_2: current_rows(lake)}


def test_a_customer_whose_segment_has_no_profile_stops_the_release(lake):
    lake.write(
        CustomerSegments.contract,
        rows(lake.spark, CustomerSegments, *(row(customer_id=c, as_of_date=DAY_1, segment_id="s_lost", model_version="m1") for c in LAST_WEEK)),
        slices=[DAY_1],
    )
    with pytest.raises(QualityError, match="customers_without_profile"):
        publish(lake, DAY_1)
    assert current_release(lake) is None


def test_a_score_added_to_the_project_is_added_to_the_table(lake):
    publish(lake, DAY_1)
    grown = published_contract((*NAMES, "churn"))
    df = read_release(lake, PublishedSegments, current_release(lake))
    from pyspark.sql import functions as F

    lake.write(grown, df.withColumns({"churn_score": F.lit(0.1), "churn_decile": F.lit(1), "churn_model_version": F.lit("v1")}))
    assert lake.read(grown).where("churn_score = 0.1").count() == 3
    assert read_release(lake, grown, current_release(lake)).where("churn_score is null").count() == 3
