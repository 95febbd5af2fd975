"""Grade stitching on planted people: three difficulties, ten days stitched one by one, and the identities of each past day.

    python -m benchmarks.identity_grades --out var/bench-edges --write docs/benchmarks-identity.md

The shipped project as it is; the truth is read by the grades alone. Identifiers are conformed once
and handed to a second lake day by day, where only ``stitch_identities`` runs. *Ids kept* is the share
of customers with a person identifier before the ten days whose id still lives after them; a visitor
who was nobody and logs in goes on under the id of who it is. *As of* compares, for every day, what
the last lake says of that day with the map that the run of that day published.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession, functions as F

from benchmarks.identity_page import write_part
from benchmarks.measuring import machine
from crosschannel.contracts.customers import IdentityHistory
from crosschannel.contracts.silver import Identifiers, IdentityMap
from crosschannel.contracts.truth import TrueIdentifiers
from crosschannel.identity.attach import end_of
from crosschannel.identity.history import to_memberships
from crosschannel.identity.sightings import with_value_node_key
from crosschannel.io.lake import Lake
from crosschannel.io.session import local_session
from crosschannel.jobs.chain import JOBS, ORDER
from crosschannel.jobs.generate_logs import generate
from crosschannel.quality.grade_identity import CUSTOMER, PERSON, identity_grades, to_customer_persons, to_matched
from crosschannel.runtime.run import Place, Runner
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.project import Project
from crosschannel.shipped import shipped_conf
from crosschannel.synth.parameters import DIFFICULTIES, START

OWNERS = (str(IdentityMap.node_key), str(IdentityMap.customer_id))
LAST_BEFORE, STITCH = "conform_events", "stitch_identities"


@dataclass(frozen=True)
class Town:
    """Whom to generate, and how many of the days to stitch one by one."""

    people: int
    days: int
    steps: int
    seed: int

    @property
    def stepped(self) -> list[date]:
        """The day everything before is stitched on, and those that follow one by one."""
        return [START + timedelta(days=self.days - 1 - n) for n in range(self.steps, -1, -1)]


@dataclass
class Level:
    """What one difficulty came to."""

    difficulty: str
    people: int
    seed: int
    precision: float
    recall: float
    f1: float
    over_merged_percent: float
    largest: int
    ids_kept_percent: float
    moved_percent: float
    ids_ended: int
    ids_ended_rightly: int  # their person has a customer whose id lives on: two of one person became one
    as_of_equal: int
    as_of_compared: int
    seconds: float


def main() -> None:
    """Grade every difficulty and write JSON and, if asked to, the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--difficulties", nargs="+", default=list(DIFFICULTIES), choices=list(DIFFICULTIES))
    parser.add_argument("--people", type=int, default=3_000)
    parser.add_argument("--days", type=int, default=70)
    parser.add_argument("--steps", type=int, default=10, help="days stitched one by one at the end")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("var/bench-edges"))
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    spark, town = local_session("benchmark"), Town(given.people, given.days, given.steps, given.seed)
    levels = []
    for difficulty in given.difficulties:
        levels.append(graded(spark, given.out / difficulty, difficulty, town))
        print(json.dumps(asdict(levels[-1])), flush=True)
    spark.stop()
    command = f"python -m benchmarks.identity_grades --people {given.people} --days {given.days} --steps {given.steps} --seed {given.seed}"
    result = {"command": command, "taken": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "days": given.days, "steps": given.steps}
    print(write_part(given.out, "grades", result | {"levels": [asdict(level) for level in levels]}, given.write))


def graded(spark: SparkSession, out: Path, difficulty: str, town: Town) -> Level:
    """Generate logs, conform them, stitch them day by day, and grade what came out."""
    started = time.monotonic()
    shutil.rmtree(out, ignore_errors=True)
    project = Project(shipped_conf("demo"))
    generate(spark, out=str(out), people=town.people, days=town.days, seed=town.seed, difficulty=difficulty)
    runner = Runner(Place(project, str(out / "lake"), str(out / "raw"), seed=town.seed), spark, lambda _: None)
    for job in ORDER[: ORDER.index(LAST_BEFORE) + 1]:
        runner.run(JOBS[job])
    grown = Lake(spark, str(out / "grown"))
    kept = stitched_daily(grown, project, runner.lake.read(Identifiers.contract), town, out / "days")
    grades = grades_of(grown, project, out / "truth")
    ended = ends_of_ids(grown, project, out / "truth", town.stepped, out / "days")
    equal, compared = as_of_agreement(grown, town.stepped, out / "days")
    level = Level(
        difficulty, town.people, town.seed, grades["pairwise_precision"], grades["pairwise_recall"], grades["pairwise_f1"], 100 * grades["over_merge_rate"],
        int(grades["largest_cluster"]), kept[0], kept[1], *ended, equal, compared, round(time.monotonic() - started, 1),
    )  # fmt: skip
    shutil.rmtree(out)
    return level


def stitched_daily(lake: Lake, project: Project, identifiers: DataFrame, town: Town, published: Path) -> tuple[float, float]:
    """Stitch what was seen up to the first day, then day after day; keep each day's map beside the lake.

    Returns
    -------
    tuple
        Percent of the first day's identified customers whose id lives after the last, and percent
        of its identifiers, anonymous visitors' too, that bear another id then.
    """
    day_of, days = F.to_date(Identifiers.event_ts), town.stepped
    for day in days:
        lake.write(Identifiers.contract, identifiers.where(day_of <= F.lit(day) if day == days[0] else day_of == F.lit(day)))
        Runner(Place(project, lake.root, "", as_of=day, seed=town.seed), lake.spark, lambda _: None).run(JOBS[STITCH])
        owners = lake.read(IdentityMap.contract).select(*OWNERS, IdentityMap.is_identified)
        owners.write.mode("overwrite").parquet(str(published / day.isoformat()))
    first, final = (lake.spark.read.parquet(str(published / day.isoformat())) for day in (days[0], days[-1]))
    ids = first.where(IdentityMap.is_identified).select(IdentityMap.customer_id).distinct()
    living = final.select(IdentityMap.customer_id).distinct()
    stayed = first.join(final, on=list(OWNERS), how="left_semi").count()
    return _percent(ids.join(living, on=str(IdentityMap.customer_id), how="left_semi").count(), ids.count()), 100 - _percent(stayed, first.count())


def ends_of_ids(lake: Lake, project: Project, truth: Path, days: Sequence[date], published: Path) -> tuple[int, int]:
    """Count the identified customers of the first day whose id ended, and those of them whose person kept another id."""
    first, final = (lake.spark.read.parquet(str(published / day.isoformat())) for day in (days[0], days[-1]))
    persons = planted(lake, project, truth).transform(to_matched, first).transform(to_customer_persons)
    identified = persons.join(first.where(IdentityMap.is_identified), on=CUSTOMER, how="left_semi")
    living = final.select(F.col(IdentityMap.customer_id).alias(CUSTOMER)).distinct()
    ended, living_on = identified.join(living, on=CUSTOMER, how="left_anti"), identified.join(living, on=CUSTOMER, how="left_semi")
    return ended.count(), ended.join(living_on, on=PERSON, how="left_semi").count()


def as_of_agreement(lake: Lake, days: Sequence[date], published: Path) -> tuple[int, int]:
    """Count the memberships of past days that the lake still tells as they were published, and all of them."""
    memberships = to_memberships(lake.read(IdentityMap.contract), lake.read(IdentityHistory.contract))
    equal = compared = 0
    for day in days:
        known = F.lit(end_of(day)).cast("timestamp")
        valid = memberships.where((F.col(IdentityMap.valid_from) < known) & (F.col(IdentityMap.valid_to) >= known))
        then = lake.spark.read.parquet(str(published / day.isoformat())).select(*OWNERS)
        told = valid.select(*OWNERS)
        equal += told.join(then, on=list(OWNERS), how="left_semi").count()
        compared += max(told.count(), then.count())
    return equal, compared


def grades_of(lake: Lake, project: Project, truth: Path) -> dict[str, float]:
    """Grade the map against the planted owners, with the measures of ``crosschannel evaluate``."""
    identity_map = lake.read(IdentityMap.contract)
    return identity_grades(planted(lake, project, truth).transform(to_matched, identity_map).localCheckpoint(), identity_map)


def planted(lake: Lake, project: Project, truth: Path) -> DataFrame:
    """Return the planted owners of all identifiers, with their keys."""
    pseudonyms = project.identity.pseudonyms
    return lake.spark.read.parquet(str(truth / "identifiers")).transform(
        with_value_node_key, TrueIdentifiers.namespace, TrueIdentifiers.value, spark=lake.spark, key=pseudonym_key(pseudonyms), version=pseudonyms.version
    )


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0


if __name__ == "__main__":
    main()
