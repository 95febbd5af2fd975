"""Stitching on a real lake: a second run, or the same rows in another order, change nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.silver import Identifiers, IdentityEdges, IdentityMap, IdentityRefusals
from crosschannel.io.lake import Lake
from crosschannel.jobs.stitch_identities import JOB
from crosschannel.runtime.context import JobContext
from crosschannel.settings.identity import IdentitySettings
from crosschannel.settings.stitching import Stitching
from tests.support.identity_rows import COOKIE, CRM, EMAIL, PHONE, SETTINGS, event, identifiers, lasting, repeated

TABLES = (IdentityEdges, IdentityMap, IdentityRefusals)


class Silent:
    """A tracker that keeps nothing."""

    def log_metrics(self, values: Any) -> None:
        """Take no notice."""

    def log_text(self, text: str, name: str) -> None:
        """Take no notice."""


def stitch(lake: Lake, settings: IdentitySettings = SETTINGS) -> list[str]:
    said: list[str] = []
    ctx = JobContext("stitch_identities", lake, "", 7, dt.datetime(2026, 3, 1), Silent, said.append)  # type: ignore[arg-type]
    JOB.run(ctx, Stitching(identity=settings))
    assert all(check.passed for check in ctx.checks)
    return said


def stored(lake: Lake) -> dict[str, list[str]]:
    return {t.contract.name: sorted(str(r) for r in lake.read(t.contract).collect()) for t in TABLES}


def town(spark: SparkSession) -> DataFrame:
    return identifiers(
        spark,
        lasting("a", 3, CRM + 1, EMAIL + 1, COOKIE + 1),
        lasting("b", 2, CRM + 2, PHONE + 1),
        lasting("c", 3, EMAIL + 1, PHONE + 1),
        event("d", EMAIL + 9, COOKIE + 1),
        repeated("e", 2, EMAIL + 3, screen_reason="blocklist"),
    )


@pytest.mark.long
def test_a_second_run_and_shuffled_rows_end_in_the_same_tables(spark: SparkSession, tmp_path: Path) -> None:
    one, other = Lake(spark, str(tmp_path / "one")), Lake(spark, str(tmp_path / "other"))
    one.write(Identifiers.contract, town(spark).repartition(1))
    said = stitch(one)
    first = stored(one)
    stitch(one)
    other.write(Identifiers.contract, town(spark).repartition(5, "event_id"))
    stitch(other)
    assert stored(one) == first == stored(other)
    assert "customers=2" in said[-1]
    assert len(first[IdentityMap.contract.name]) == 6


@pytest.mark.long
def test_fewer_identifiers_leave_no_rows_of_the_run_before(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path))
    lake.write(Identifiers.contract, town(spark))
    stitch(lake)
    spark.sql(f"DELETE FROM delta.`{lake.path(Identifiers.contract)}` WHERE {Identifiers.node_key} <> {CRM + 1}")
    stitch(lake)
    assert [len(r) for r in stored(lake).values()] == [0, 1, 0]


@pytest.mark.long
def test_a_graph_too_large_for_the_driver_is_shrunk_first_and_ends_in_the_same_tables(spark: SparkSession, tmp_path: Path) -> None:
    one, other = Lake(spark, str(tmp_path / "one")), Lake(spark, str(tmp_path / "other"))
    for lake in (one, other):
        lake.write(Identifiers.contract, town(spark))
    stitch(one)
    said = stitch(other, SETTINGS.model_copy(update={"max_driver_edges": 1}))
    assert any("person edges shrunk in" in line for line in said)
    assert stored(other) == stored(one)
