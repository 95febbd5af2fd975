"""Resolve public files of people by YAML alone and grade the result, beside Splink on the same records.

    python -m benchmarks.person_files --data DIR --out var/bench-identity --write docs/benchmarks-person-files.md

``--data`` holds ``fake_1000`` and ``senzing_truthset``; without it these two are left out. All files
are resolved with the same defaults; nothing is set per file but the names of its columns.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame, SparkSession, functions as F

from benchmarks.measuring import machine, measured
from benchmarks.person_data import PersonFile, census, dupehell, fake_1000, febrl, senzing
from benchmarks.person_peers import model_of, splink_labels
from benchmarks.splink_on_spark import attempt
from crosschannel.contracts.customers import Households
from crosschannel.contracts.ops import Runs
from crosschannel.contracts.people import RecordCustomers
from crosschannel.contracts.truth import MatchedIdentifiers
from crosschannel.io.lake import Lake
from crosschannel.io.session import local_session
from crosschannel.quality.grade_identity import identity_grades

COMMAND = (sys.executable, "-m", "crosschannel", "run", "--until", "stitch_identities")
SPEED_SIZE = 100_000  # of which half are contacts
GRADES = ("pairwise_precision", "pairwise_recall", "pairwise_f1")
STITCH = "stitch_identities"


@dataclass
class Result:
    """One file: what this suite made of it, and the peer at its best threshold."""

    name: str
    records: int
    people: int
    grades: dict[str, float]
    largest: int
    run_seconds: float
    stitch_seconds: float
    peer: dict[str, float] | None = None
    peer_threshold: float | None = None
    peer_seconds: float | None = None
    homes: dict[str, float] | None = None
    spark_peer: dict[str, Any] | None = None  # Splink on Spark: its F1, seconds and peak memory, or why there are none


def main() -> None:
    """Resolve and grade every file, and write JSON and, if asked to, the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("var/bench-identity"))
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", nargs="+", help="names of files, such as 'Febrl 3'")
    parser.add_argument("--no-peer", action="store_true", help="leave Splink out")
    parser.add_argument("--size", type=int, default=SPEED_SIZE, help="records of the CRM for the timing, half of them contacts")
    parser.add_argument("--spark-seconds", type=int, default=300, help="most that Splink on Spark may take; 0 leaves it out")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    files = {name: make for name, make in all_files(given.data, given.out, given.size) if not given.only or name in given.only}
    results = []
    for name, make in files.items():
        seconds = given.spark_seconds if name == timing_name(given.size) else 0
        results.append(resolved(name, make(), given.out / name.lower().replace(" ", "-"), with_peer=not given.no_peer, spark_seconds=seconds))
    data = "--data DIR " if given.data else ""  # which folder it was is nobody's business
    command = f"python -m benchmarks.person_files {data}--size {given.size} --spark-seconds {given.spark_seconds}"
    taken = {"command": command, "taken": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "files": [asdict(r) for r in results]}
    (given.out / "results.json").write_text(json.dumps(taken, indent=2) + "\n", encoding="utf-8")
    page = to_page(taken)
    if given.write:
        given.write.write_text(page, encoding="utf-8")
    print(page)


def all_files(data: Path | None, work: Path, size: int = SPEED_SIZE) -> Iterator[tuple[str, Callable[[], PersonFile]]]:
    """Yield the files by name."""
    yield from ((f"Febrl {number}", lambda number=number: febrl(number)) for number in (1, 2, 3, 4))
    if data is not None:
        yield "fake_1000", lambda: fake_1000(data)
        yield "Senzing", lambda: senzing(data)
    yield "census", census
    yield "DupeHell", lambda: dupehell(20_000, work)
    yield timing_name(size), lambda: dupehell(size, work)


def timing_name(size: int) -> str:
    """Return the name of the file that is timed: about half the CRM are contacts."""
    return f"DupeHell {size // 2:,}"


def resolved(name: str, file: PersonFile, out: Path, *, with_peer: bool, spark_seconds: int = 0) -> Result:
    """Run the chain up to stitching on a file and grade what came out."""
    shutil.rmtree(out, ignore_errors=True)
    file.write(out / "raw")
    run = measured([*COMMAND, "--conf", str(file.project), "--raw", str(out / "raw"), "--lake", str(out / "lake")])
    spark = local_session()
    lake = Lake(spark, str(out / "lake"))
    grades = graded(spark, file, lake.read(RecordCustomers.contract))
    stitch = lake.read(Runs.contract).where(F.col(Runs.job) == STITCH).orderBy(F.col(Runs.started_ts).desc()).first()
    seconds = float(stitch[Runs.seconds]) if stitch else 0.0
    result = Result(
        name, file.records, file.person.person_id.nunique(), {g: grades[g] for g in GRADES}, int(grades["largest_cluster"]), run.seconds, seconds
    )
    if file.homes is not None:
        houses = graded(spark, replace(file, person=file.homes), _housed(lake))
        result.homes = {g: houses[g] for g in GRADES}
    if with_peer and (model := model_of(name)) is not None:
        labels = splink_labels(file.frames, model)
        by_threshold = {t: graded(spark, file, _labelled(spark, file, groups)) for t, groups in labels.by_threshold.items()}
        best = max(by_threshold, key=lambda t: by_threshold[t]["pairwise_f1"])
        result.peer = {g: by_threshold[best][g] for g in GRADES}
        result.peer_threshold, result.peer_seconds = best, labels.seconds
        if spark_seconds:
            result.spark_peer = on_spark(spark, file, name, out, best, spark_seconds)
    print(json.dumps(asdict(result)), flush=True)
    return result


def on_spark(spark: SparkSession, file: PersonFile, name: str, out: Path, threshold: float, seconds: int) -> dict[str, Any]:
    """Return what Splink on Spark came to at one threshold."""
    tried = attempt(out / "raw", name, threshold, out=out / "splink-on-spark.json", seconds=seconds)
    if tried.labels is None:
        return {"why_not": tried.why_not}
    (groups,) = tried.labels.by_threshold.values()
    f1 = graded(spark, file, _labelled(spark, file, groups))["pairwise_f1"]
    return {"f1": f1, "seconds": tried.labels.seconds, "peak_bytes": tried.peak_bytes}


def graded(spark: SparkSession, file: PersonFile, customers: DataFrame) -> dict[str, float]:
    """Grade a customer per record with the measures of ``crosschannel evaluate``."""
    truth = spark.createDataFrame(file.person)
    place = [str(RecordCustomers.source), str(RecordCustomers.record_id)]
    found = truth.join(customers.select(*place, RecordCustomers.customer_id), on=place, how="left")
    own = F.concat_ws("/", F.lit("none"), *place)
    matched = found.select(
        F.lit(0).cast("bigint").alias(MatchedIdentifiers.node_key),
        F.col("person_id").alias(MatchedIdentifiers.person_id),
        F.lit("all").alias(MatchedIdentifiers.evidence_group),
        F.coalesce(RecordCustomers.customer_id, own).alias(MatchedIdentifiers.customer_id),
    ).localCheckpoint()
    return identity_grades(matched, matched)


def _housed(lake: Lake) -> DataFrame:
    """Return each record with the household of its customer in the customer's place."""
    houses = lake.read(Households.contract).select(Households.customer_id, Households.household_id)
    found = lake.read(RecordCustomers.contract).join(houses, on=str(RecordCustomers.customer_id), how="left")
    return found.withColumn(RecordCustomers.customer_id, F.coalesce(Households.household_id, RecordCustomers.customer_id))


def _labelled(spark: SparkSession, file: PersonFile, groups: list[str]) -> DataFrame:
    frame = file.person[["source", "record_id"]].assign(customer_id=groups)
    return spark.createDataFrame(pd.DataFrame(frame))


def to_page(taken: dict[str, Any]) -> str:
    """Return the results as a page."""
    lines = [
        "# Person files, resolved by YAML alone",
        "",
        "<!-- written by `make bench-identity` -->",
        f"Command: `{taken['command']}`.",
        f"Taken {taken['taken']} on {taken['machine']}. Pairwise precision, recall and F1 over all pairs of records, by the code that grades the demo.",
        "One set of defaults for all files; a project in `benchmarks/conf` says no more than which column is what. Splink 5 stands at the best of four thresholds,",
        "which needs the truth. Seconds are of the whole run, start of Spark and reading included, and of the job `stitch_identities` alone; Splink's (on DuckDB) are without start,",
        "up to the groups at one threshold.",
        "",
        "| File | Records | People | Precision | Recall | F1 | Largest | Splink precision | Splink recall | Splink F1 | Run, s | Stitching, s | Splink, s |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in taken["files"]:
        ours = " | ".join(f"{one['grades'][g]:.4f}" for g in GRADES)
        peer = " | ".join(f"{one['peer'][g]:.4f}" for g in GRADES) if one["peer"] else "- | - | -"
        seconds = f"{one['peer_seconds']:.0f}" if one["peer"] else "-"
        lines.append(
            f"| {one['name']} | {one['records']:,} | {one['people']:,} | {ours} | {one['largest']} | {peer} | {one['run_seconds']:.0f} | {one['stitch_seconds']:.0f} | {seconds} |"
        )
    for one in taken["files"]:
        if one["homes"]:
            shown = ", ".join(f"{g.removeprefix('pairwise_')} {one['homes'][g]:.4f}" for g in GRADES)
            lines += ["", f"Households of the {one['name']}, told by an equal street, number and zip code alone: {shown}. Splink has no notion of them."]
        if one["spark_peer"]:
            lines += ["", _spark_line(one)]
    return "\n".join(lines) + "\n"


def _spark_line(one: dict[str, Any]) -> str:
    found, start = one["spark_peer"], f"Splink on Spark, {one['name']}, in a process of its own with the Spark profile of this suite: "
    if "why_not" in found:
        return f"{start}no figure, {found['why_not']}."
    ratio = found["seconds"] / one["stitch_seconds"] if one["stitch_seconds"] else 0.0
    return (
        f"{start}{found['seconds']:.0f} seconds after its start, {ratio:.1f} times what `stitch_identities` took, {found['peak_bytes'] / 2**30:.1f} GiB at the peak, "
        f"F1 {found['f1']:.4f} at the threshold that was best on DuckDB."
    )


if __name__ == "__main__":
    main()
