"""Rows added since a version are read from the files the log names, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.silver import Identifiers
from crosschannel.io import upkeep
from crosschannel.io.lake import Lake
from tests.support.identity_rows import EMAIL, event, identifiers


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    lake = Lake(spark, str(tmp_path))
    for name in ("a", "b", "c"):
        lake.write(Identifiers.contract, identifiers(spark, event(name, EMAIL)))
    return lake


def events(lake: Lake, version: int) -> list[str] | None:
    found = lake.appended_since(Identifiers.contract, version)
    return None if found is None else sorted(r[Identifiers.event_id] for r in found.collect())


def test_appends_are_read_compaction_adds_nothing_and_a_deletion_is_told(lake: Lake) -> None:
    newest = lake.version(Identifiers.contract)
    assert events(lake, newest) == []
    assert events(lake, newest - 1) == ["c"]
    upkeep.compact(lake.spark, lake.path(Identifiers.contract))
    assert events(lake, newest - 2) == ["b", "c"]
    lake.spark.sql(f"DELETE FROM delta.`{lake.path(Identifiers.contract)}` WHERE {Identifiers.event_id} = 'a'")
    assert events(lake, newest - 1) is None
    assert events(lake, lake.version(Identifiers.contract)) == []


def test_a_version_that_never_was_or_whose_log_is_gone_gives_none(lake: Lake) -> None:
    assert events(lake, -1) is None
    second = Path(lake.path(Identifiers.contract)) / "_delta_log" / f"{lake.version(Identifiers.contract) - 1:020d}.json"
    second.unlink()
    assert events(lake, 0) is None
