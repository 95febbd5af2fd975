"""Storage that fails: a rename that is cut off or refused, a full disk, a log cut short, a clean-up under a reader, a table of a later Delta."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crosschannel.contracts.registry import CONTRACTS
from crosschannel.errors import PreflightError, StorageError
from crosschannel.io import leftovers, upkeep
from crosschannel.io.lake import RETENTION_DAYS, Lake, properties_of
from crosschannel.io.small_files import Folder
from crosschannel.jobs.doctor_lake import lake_findings
from crosschannel.runtime.exits import as_known
from crosschannel.runtime.run import Place, Runner
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf
from tests.faults.points import died_at_every_step
from tests.faults.processes import PATIENCE, data_of, environment, go_on, needs, started, succeeded, wait_for
from tests.faults.renames import disturbed, place, watched
from tests.faults.slow_merge import stock
from tests.support.code import ROOT
from tests.support.rows import assert_rows, row, rows
from tests.support.steps import DAY, Steps
from tests.support.tables import Board, Stock, Visits

LONGEST_RUN_DAYS = 1  # a nightly run is over before the next


def log_file(lake: Lake, version: int) -> Path:
    return Path(lake.path(Stock.contract)) / "_delta_log" / f"{version:020d}.json"


def items(lake: Lake) -> list[str]:
    return sorted(r.item for r in lake.read(Stock.contract).collect())


@pytest.mark.long
@pytest.mark.fault(5)
@pytest.mark.parametrize(("name", "kept"), [("{}.json", ["a", "b"]), (".{}.json.crc", ["a", "b", "c"])], ids=["log_file", "checksum"])
def test_a_commit_killed_at_a_rename_is_there_or_not_and_the_next_one_succeeds(spark, tmp_path, name, kept):
    needs("strace")
    lake = Lake(spark, str(tmp_path / "lake"))
    lake.write(Stock.contract, stock(spark, 1, "a"))
    version = lake.version(Stock.contract)
    with started([sys.executable, "-m", "tests.faults.one_commit", lake.root, "b", "c"]) as process:
        jvm = int(wait_for(process, "ready").split()[1])
        with watched(jvm, tmp_path / "seen"):
            go_on(process)
            wait_for(process, "committed")
        thread, at = place(tmp_path / "seen", name.format(f"{version + 1:020d}"))
        wait_for(process, "ready")
        with disturbed(thread, tmp_path / "disturbed", "signal=KILL", at):
            go_on(process)
            assert process.wait(PATIENCE) != 0
    assert lake.version(Stock.contract) == version + len(kept) - 1
    assert items(lake) == kept
    lake.write(Stock.contract, stock(spark, 1, "c", "d"))
    assert items(lake) == ["a", "b", "c", "d"]


@pytest.mark.long
@pytest.mark.fault(14)
@pytest.mark.parametrize("fault", ["EIO", "ENOSPC"])
def test_a_rename_that_fails_ends_in_a_commit_that_is_whole_or_in_an_error(spark, tmp_path, fault):
    needs("strace")
    lake = Lake(spark, str(tmp_path / "lake"))
    lake.write(Stock.contract, stock(spark, 1, "a"))
    jvm = spark._jvm.java.lang.ProcessHandle.current().pid()
    with watched(jvm, tmp_path / "seen"):
        lake._append(Stock.contract, stock(spark, 1, "b").localCheckpoint())
    version = lake.version(Stock.contract)
    thread, at = place(tmp_path / "seen", log_file(lake, version).name)
    frame, told = stock(spark, 1, "c").localCheckpoint(), None
    with disturbed(thread, tmp_path / "disturbed", f"error={fault}", at):
        try:
            lake._append(Stock.contract, frame)
        except Exception as error:  # noqa: BLE001 - whatever it is, it has to be told
            told = as_known(error)
    assert "INJECTED" in (tmp_path / "disturbed").read_text(encoding="utf-8")
    assert items(lake) == (["a", "b"] if told else ["a", "b", "c"])
    if told:
        assert told.exit_code == StorageError.exit_code
    else:
        assert [json.loads(line) for line in log_file(lake, version + 1).read_text(encoding="utf-8").splitlines()]
    lake.write(Stock.contract, stock(spark, 1, "c", "d"))
    assert items(lake) == ["a", "b", "c", "d"]


@pytest.mark.long
@pytest.mark.fault(13)
@pytest.mark.parametrize(("where", "point"), [("lake", "rows committed: silver.events"), ("scratch", "note written: ledger/00000001/000001-ingest_events")])
def test_a_full_disk_ends_a_run_with_14_and_with_room_it_is_resumed(spark, logs, undisturbed, tmp_path, where, point):
    needs("unshare", "mount")
    command = ["unshare", "-rm", sys.executable, "-m", "tests.faults.filling", str(tmp_path), str(logs), where, point]
    if subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("needs a mount of its own: user namespaces are not allowed here")
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=4 * PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["first"] == StorageError.exit_code, said["words"]
    assert "the disk is full" in said["words"]
    assert not any(said["left"].values()), "files no version names would keep the disk full"
    assert (said["resumed"], said["again"]) == (0, 0), said["why"]
    lake = Lake(spark, str(tmp_path / "lake"))
    assert data_of(lake) == undisturbed
    assert succeeded(lake) == ["conform_events", "ingest_events"]


@pytest.mark.long
@pytest.mark.fault(13)
def test_only_young_files_that_no_version_names_are_removed_after_a_full_disk(spark, tmp_path):
    lake = Lake(spark, str(tmp_path / "my lake"))
    lake.write(Stock.contract, stock(spark, 1, "a"))
    table = Path(lake.path(Stock.contract))
    old, young = table / "part-00000-old.snappy.parquet", table / "part-00000-young.snappy.parquet"
    for file in (old, young):
        file.write_bytes(b"PAR1")
    os.utime(old, (0, 0))
    assert died_at_every_step(lambda: leftovers.remove_uncommitted(spark, lake.path(Stock.contract)), "left-overs removed")
    assert (old.exists(), young.exists()) == (True, False)
    assert leftovers.remove_uncommitted(spark, lake.path(Board.contract)) == []
    assert items(lake) == ["a"]


@pytest.mark.fault(15)
def test_an_empty_last_commit_is_refused_by_a_run_and_named_by_the_doctor_who_moves_nothing(spark, tmp_path, monkeypatch):
    monkeypatch.setitem(CONTRACTS, Visits.contract.name, Visits.contract)
    lake, job = Lake(spark, str(tmp_path / "lake")), Steps().jobs["make_visits"]
    where = Place(Project(shipped_conf("demo")), lake.root, "raw", DAY)
    Runner(where, spark, lambda _: None).run(job)
    file = Path(lake.path(Visits.contract)) / "_delta_log" / f"{lake.version(Visits.contract):020d}.json"
    file.write_text("", encoding="utf-8")
    for beside in (file.with_name(f".{file.name}.crc"), file.with_suffix(".crc"), file.with_name(f".{file.stem}.crc.crc")):
        beside.unlink(missing_ok=True)
    with pytest.raises(StorageError, match="names no operation; run `crosschannel doctor"):
        Runner(where, spark, lambda _: None).run(job)
    (found,) = [f for f in lake_findings(lake) if f.subject == Visits.contract.name]
    assert (found.healthy, found.finding) == (False, f"commit {lake.version(Visits.contract)} is empty")
    assert str(file) in found.remedy
    assert file.exists()


@pytest.mark.fault(26)
def test_a_reader_ends_with_the_rows_it_began_with_while_tables_are_replaced_and_cleaned(spark, tmp_path):
    lake = Lake(spark, str(tmp_path / "lake"))
    lake.write(Board.contract, rows(spark, Board, row(place=1, name="a"), row(place=2, name="b")))
    reading = lake.read(Board.contract, lake.version(Board.contract))  # as readers of a release do
    lake.write(Board.contract, rows(spark, Board, row(place=1, name="c")))
    upkeep.vacuum(spark, lake.path(Board.contract))
    assert_rows(reading, row(place=1, name="a"), row(place=2, name="b"))
    assert_rows(lake.read(Board.contract), row(place=1, name="c"))


@pytest.mark.fault(26)
def test_every_table_keeps_its_files_longer_than_a_run_lasts():
    assert min(deleted for deleted, _ in RETENTION_DAYS.values()) > LONGEST_RUN_DAYS
    for contract in CONTRACTS.values():
        deleted, log = (int(properties_of(contract)[f"delta.{name}RetentionDuration"].split()[1]) for name in ("deletedFile", "log"))
        assert LONGEST_RUN_DAYS < deleted <= log, contract.name


@pytest.mark.fault(28)
def test_a_table_of_a_later_delta_is_refused_with_the_remedy(spark, tmp_path):
    lake = Lake(spark, str(tmp_path / "lake"))
    lake.write(Stock.contract, stock(spark, 1, "a"))
    newer = {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["tomorrow"], "writerFeatures": ["tomorrow"]}}
    said = {"commitInfo": {"timestamp": 0, "operation": "UPGRADE PROTOCOL", "operationParameters": {}}}
    version = lake.version(Stock.contract) + 1
    Folder(spark, str(log_file(lake, version).parent)).write(log_file(lake, version).name, "\n".join(map(json.dumps, (said, newer))))
    with pytest.raises(Exception, match="tomorrow|DELTA") as refusal:
        lake.read(Stock.contract).collect()
    known = as_known(refusal.value)
    assert type(known) is PreflightError
    assert "later version of Delta" in str(known)
