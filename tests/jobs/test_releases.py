"""Releases on a real lake: held beside each other, taken back by one row, exported whole and once."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession, functions as F

from crosschannel.contracts.delivery import CUSTOMER_CHANGES, SCORE_CHANGES
from crosschannel.contracts.registry import CONTRACTS
from crosschannel.contracts.serving import PIN_DAYS, PublishedSegments, Releases, SegmentChanges
from crosschannel.contracts.table import DataClass
from crosschannel.errors import StorageError, UsageError
from crosschannel.io.lake import RETENTION_DAYS, Lake
from crosschannel.io.releases import current_release, read_release, release_named, releases
from crosschannel.jobs.doctor_lake import lake_findings
from crosschannel.jobs.export_release import Wanted, export_files
from crosschannel.jobs.manage_releases import Word, difference, roll_back
from crosschannel.jobs.retire import Retired, retire
from tests.faults.points import EXPORT, FAILPOINTS, died_at_every_step, point_of
from tests.jobs.test_publish_segments import DAY_1, DAY_2, LAST_WEEK, THIS_WEEK, current_rows, publish, scored
from tests.support.rows import assert_rows, row

WORD = Word("ann", dt.datetime(2026, 3, 2), "ticket 41")
SERVING = ("customer_segments", "customer_scores", "segment_profiles", "segment_changes")


@pytest.fixture(scope="module")
def made(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with two releases, to copy or to read."""
    folder = tmp_path_factory.mktemp("releases") / "lake"
    lake = Lake(spark, str(folder))
    for day, customers in ((DAY_1, LAST_WEEK), (DAY_2, THIS_WEEK)):
        scored(lake, day, customers)
        publish(lake, day)
    return folder


@pytest.fixture
def lake(spark: SparkSession, made: Path, tmp_path: Path) -> Lake:
    shutil.copytree(made, tmp_path / "lake")
    return Lake(spark, str(tmp_path / "lake"))


def test_a_release_says_what_it_is_made_of_and_has_its_contracts_beside_it(spark, made):
    lake = Lake(spark, str(made))
    release = current_release(lake)
    assert set(release.digests) == {"serving.customer_segments", "serving.customer_scores", "serving.segment_profiles"}
    assert release.code_hash
    assert release.readable_until == release.published_ts + dt.timedelta(days=PIN_DAYS)
    assert RETENTION_DAYS[DataClass.RELEASE][0] > PIN_DAYS
    first = release_named(lake, "previous")
    assert [release_named(lake, text).release_id for text in ("current", "2", release.release_id[:8])] == [release.release_id] * 3
    assert {n for n in release.digests if release.digests[n] == first.digests[n]} == set()
    folder = made / "serving/contracts" / release.release_id
    assert sorted(p.name for p in folder.glob("*.yaml")) == sorted(f"{name}.odcs.yaml" for name in SERVING)
    contract = yaml.safe_load((folder / "customer_segments.odcs.yaml").read_text(encoding="utf-8"))
    names = [p["name"] for p in contract["schema"][0]["properties"]]
    assert {"customer_id", "purchase_score", "omnichannel_decile"} <= set(names)
    with pytest.raises(UsageError, match="release 9 is not known at .*crosschannel releases list"):
        release_named(lake, "9")


def test_a_difference_names_new_changed_and_gone_in_wide_and_long_form(spark, made):
    found = difference(Lake(spark, str(made)), "previous", "current")
    assert found.counts() == {CUSTOMER_CHANGES: {"new": 1, "changed": 1, "gone": 1}, SCORE_CHANGES: {"new": 2, "gone": 2}}
    night = dt.datetime(2026, 2, 8)
    wide = found.frames[CUSTOMER_CHANGES]
    assert_rows(
        wide,
        row(customer_id="c_2", change_type="changed", valid_from=night, segment_id="s_b", purchase_score=0.2),
        row(customer_id="c_3", change_type="gone", valid_from=night, segment_id="s_b", purchase_score=0.1),
        row(customer_id="c_4", change_type="new", valid_from=night, segment_id="s_b", purchase_score=0.4),
    )
    assert wide.where(F.col("row_hash").isNull()).count() == 0
    back = difference(Lake(spark, str(made)), "current", "previous").counts()
    assert back == {CUSTOMER_CHANGES: {"new": 1, "changed": 1, "gone": 1}, SCORE_CHANGES: {"new": 2, "gone": 2}}


@pytest.mark.long
def test_a_rollback_is_one_row_and_the_rows_taken_back_are_not_published_again(lake):
    first, before = release_named(lake, "1"), {name: lake.version(c) for name, c in CONTRACTS.items()}
    pointer, taken_back = roll_back(lake, None, WORD)
    changed = {name for name, c in CONTRACTS.items() if lake.version(c) != before[name]}
    assert changed == {Releases.contract.name}
    current = current_release(lake)
    assert (current, current.release_number, current.restores, current.withdraws) == (pointer, 3, first.release_id, taken_back.release_id)
    assert {r.customer_id for r in read_release(lake, PublishedSegments, current).collect()} == set(LAST_WEEK)
    with pytest.raises(UsageError, match="is shown already"):
        roll_back(lake, "1", WORD)
    (said,) = publish(lake, DAY_2)
    assert said.startswith("not published: these rows were taken back by ann (ticket 41)")
    assert len(releases(lake)) == 3
    (finding,) = [f for f in lake_findings(lake) if f.subject == "current release"]
    assert f"{first.release_id}, shown again, can be opened until" in finding.finding
    scored(lake, dt.date(2026, 2, 14), {"c_9": ("s_a", 0.9)})  # the next day's rows are other rows
    publish(lake, dt.date(2026, 2, 14))
    changes = read_release(lake, PublishedSegments, current_release(lake)).collect()
    assert {(r.customer_id, r.change_type) for r in changes} == {("c_9", "insert")}


def test_a_release_whose_rows_are_gone_is_named_and_not_shown(lake):
    version = release_named(lake, "1").table_versions["serving.customer_scores"]
    table = Path(lake.root) / "serving/customer_scores"
    actions = [json.loads(line) for line in (table / "_delta_log" / f"{version:020d}.json").read_text().splitlines()]
    for file in (table / a["add"]["path"] for a in actions if "add" in a):  # as a clean-up does
        file.unlink()
    with pytest.raises(StorageError, match="serving.customer_scores cannot be opened as release r_.* published it: it was kept until"):
        roll_back(lake, "1", WORD)
    assert current_release(lake).release_number == 2


@pytest.mark.long
def test_retire_drops_what_is_over_and_neither_what_is_shown_nor_what_is_pinned(lake):
    first, shown, rows = release_named(lake, "1"), current_release(lake), current_rows(lake)
    assert retire(lake, None, first.readable_until - dt.timedelta(days=1)).releases == ()
    with pytest.raises(UsageError, match=f"release {first.release_id} is pinned until 2026-03-31"):
        retire(lake, "1", dt.datetime(2026, 3, 2))
    with pytest.raises(UsageError, match="is the one that is shown"):
        retire(lake, "current", dt.datetime(2027, 3, 2))
    later = dt.datetime(2027, 3, 2)
    assert retire(lake, None, later, is_dry=True) == Retired((first,), 3)
    assert (Path(lake.root) / "serving/contracts" / first.release_id).is_dir()
    assert retire(lake, None, later) == Retired((first,), 3)
    assert [p.name for p in (Path(lake.root) / "serving/contracts").iterdir()] == [shown.release_id]
    assert {r.release_id for r in lake.read(SegmentChanges.contract).collect()} == {shown.release_id}
    assert current_rows(lake) == rows
    (said,) = publish(lake, DAY_2)  # dropping them counts as no change of the tables
    assert said.startswith(f"no change: release {shown.release_id}")
    assert len(releases(lake)) == 2
    assert retire(lake, None, later) == Retired((), 0)


@pytest.mark.parametrize("form", ["parquet", pytest.param("csv", marks=pytest.mark.long)])
def test_an_export_is_whole_comes_with_its_contracts_and_is_done_once(spark, made, tmp_path, form):
    said: list[str] = []
    lake, out = Lake(spark, str(made)), tmp_path / "out"
    release = export_files(lake, Wanted("current", "previous"), str(out), form, said.append)
    folder = out / release.release_id
    stamps = {p: p.stat().st_mtime_ns for p in folder.rglob("part-*")}
    assert {p.name for p in folder.iterdir() if not p.name.startswith(".")} == {*SERVING, CUSTOMER_CHANGES, SCORE_CHANGES, "contracts", "release.json"}
    manifest = json.loads((folder / "release.json").read_text())
    assert manifest["rows"] == release.row_counts
    assert manifest["changes"][CUSTOMER_CHANGES] == {"new": 1, "changed": 1, "gone": 1}
    if form == "csv":
        found = [r for p in sorted((folder / "customer_segments").glob("*.csv")) for r in csv.DictReader(p.open())]
        assert {r["customer_id"]: (r["segment_id"], r["purchase_score"], r["updated_at"]) for r in found}["c_2"] == ("s_b", "0.2", "2026-02-08T00:00:00.000Z")
        (profile, *_) = [r for p in sorted((folder / "segment_profiles").glob("*.csv")) for r in csv.DictReader(p.open())]
        assert isinstance(json.loads(profile["mean_scores"]), dict)
    else:
        assert_rows(spark.read.parquet(str(folder / "customer_segments")), *(row(customer_id=c, segment_id=s) for c, (s, _) in THIS_WEEK.items()))
    export_files(lake, Wanted("current", "previous"), str(out), form, said.append)
    assert said[1].startswith("nothing to do")
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("part-*")} == stamps
    assert json.loads((out / "latest.json").read_text())["folder"] == release.release_id


@pytest.mark.long
@pytest.mark.fault(3)
def test_an_export_ended_before_every_file_is_whole_when_it_is_repeated(spark, made, tmp_path):
    lake, wanted = Lake(spark, str(made)), Wanted("current", "previous")
    release = export_files(lake, wanted, str(tmp_path / "steady"), "parquet", lambda _: None)
    said: list[str] = []

    def exported() -> None:
        export_files(lake, wanted, str(tmp_path / "killed"), "parquet", said.append)

    died = died_at_every_step(exported)
    assert {point_of(step) for step in died} >= {p.name for p in FAILPOINTS if EXPORT in p.tests}
    tables = (*SERVING, CUSTOMER_CHANGES, SCORE_CHANGES)
    steady, killed = (tmp_path / name / release.release_id for name in ("steady", "killed"))
    for table in tables:
        assert_rows(spark.read.parquet(str(killed / table)), *(r.asDict() for r in spark.read.parquet(str(steady / table)).collect()))
    assert (killed / "release.json").read_text() == (steady / "release.json").read_text()
    exported()
    assert said[-1].startswith("nothing to do")
