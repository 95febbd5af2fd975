"""A stitch killed after any commit and run again ends as if it never was, through the runtime and its audit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.customers import IdentityAliases, IdentityEvents, IdentityHistory
from crosschannel.contracts.ops import Checks, Runs
from crosschannel.contracts.silver import Identifiers, IdentityEdges, IdentityMap, IdentityRefusals
from crosschannel.contracts.table import Contract
from crosschannel.io.lake import Lake
from crosschannel.jobs.stitch_identities import JOB
from crosschannel.runtime.run import Place, Runner
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf
from tests.support.identity_lake import town
from tests.support.identity_rows import identifiers

pytestmark = pytest.mark.long
TABLES = (IdentityEdges, IdentityMap, IdentityRefusals, IdentityAliases, IdentityHistory, IdentityEvents)
CLOCK = {str(IdentityAliases.retired_ts), str(IdentityEvents.occurred_ts), str(IdentityHistory.valid_to), str(IdentityMap.valid_from)}


class KilledError(BaseException):
    """Stands for a process that ends between two commits."""


@pytest.mark.fault(1, 3)
def test_killed_after_any_commit_a_stitch_ends_in_the_same_tables(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steady, killed = Lake(spark, str(tmp_path / "steady")), Lake(spark, str(tmp_path / "killed"))
    kills = 0
    for start, count in ((0, 120), (120, 25)):
        for lake in (steady, killed):
            lake.write(Identifiers.contract, identifiers(spark, *town(3, start, count)))
        run(steady)
        commits = 1
        while dies_after(commits, killed, monkeypatch):
            kills, commits = kills + 1, commits + 1
    assert kills >= 9
    assert stored(killed) == stored(steady)


def run(lake: Lake) -> None:
    Runner(Place(Project(shipped_conf("demo")), lake.root, ""), lake.spark, lambda _: None).run(JOB)


def dies_after(commits: int, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> bool:
    original, left = Lake._commit, [commits]

    def commit(self: Lake, contract: Contract, df: DataFrame, slices: Any, *, is_new: bool) -> None:
        original(self, contract, df, slices, is_new=is_new)
        left[0] -= 1
        if left[0] == 0 and contract not in (Runs.contract, Checks.contract):
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "_commit", commit)
        try:
            run(lake)
        except KilledError:
            return True
    return False


def stored(lake: Lake) -> dict[str, list[str]]:
    """Return every table as text; without an as-of date, moments of runs follow the clock and are left out."""
    kept = {t: [c for c in t.contract.columns if c not in CLOCK and c != IdentityEvents.event_key] for t in TABLES}
    return {t.contract.name: sorted(str(r) for r in lake.read(t.contract).select(*columns).collect()) for t, columns in kept.items()}
