"""Evaluate: grade what is published against the planted truth, which only this module reads."""

from __future__ import annotations

import json
from typing import Any

from pyspark.sql import DataFrame, SparkSession, functions as F

from crosschannel.contracts.ops import Files
from crosschannel.contracts.serving import PublishedScores, PublishedSegments
from crosschannel.contracts.silver import IdentityMap
from crosschannel.contracts.truth import TrueIdentifiers, TruePropensities
from crosschannel.errors import InputError, UsageError
from crosschannel.identity.sightings import with_value_node_key
from crosschannel.io.delta_log import hadoop_path
from crosschannel.io.lake import Lake
from crosschannel.io.releases import Release, current_release, read_release
from crosschannel.io.tracking import open_tracker
from crosschannel.quality.grade_identity import identity_grades, to_customer_persons, to_matched
from crosschannel.quality.grade_models import score_grades, segment_grades
from crosschannel.runtime.secrets import pseudonym_key
from crosschannel.settings.project import Project

GRADED_SCORES = ("purchase", "churn")


def evaluate(spark: SparkSession, lake: Lake, truth_dir: str, project: Project) -> dict[str, Any]:
    """Return the grades of the current release.

    Raises
    ------
    UsageError
        Nothing is published, or the truth does not know the release's as_of_date.
    """
    release = current_release(lake)
    if release is None:
        raise UsageError(f"nothing is published in {lake.root} yet; run `crosschannel run --lake {lake.root} --raw DIR` first")
    pseudonyms = project.identity.pseudonyms
    identity_map = lake.read(IdentityMap.contract)
    values = _truth(spark, truth_dir, "identifiers").transform(
        with_value_node_key, TrueIdentifiers.namespace, TrueIdentifiers.value, spark=spark, key=pseudonym_key(pseudonyms), version=pseudonyms.version
    )
    matched = values.transform(to_matched, identity_map).persist()
    try:
        persons = matched.transform(to_customer_persons)
        segments = read_release(lake, PublishedSegments, release)
        return {
            "identity": identity_grades(matched, identity_map),
            "segments": segment_grades(segments, persons, _truth(spark, truth_dir, "people")),
            "scores": {name: _score(spark, lake, truth_dir, release, persons, name) for name in GRADED_SCORES},
            "rows": _rows(spark, lake, truth_dir),
        }
    finally:
        matched.unpersist()


def log_grades(lake: str, project: Project, grades: dict[str, Any]) -> None:
    """Log the grades to MLflow, as a run of their own."""
    tracker = open_tracker(lake, project.name, "evaluate")
    flat = {f"{group}/{name}": value for group in ("identity", "segments", "rows") for name, value in grades[group].items()}
    flat |= {f"scores/{score}/{name}": value for score, values in grades["scores"].items() for name, value in values.items()}
    with tracker.stage("evaluate"):
        tracker.log_metrics({name: float(value) for name, value in flat.items()})
        tracker.log_dict(grades, "grades.json")


def _score(spark: SparkSession, lake: Lake, truth_dir: str, release: Release, persons: DataFrame, name: str) -> dict[str, float]:
    truth = _truth(spark, truth_dir, "propensities").where(F.col(TruePropensities.score_name) == name)
    at = truth.where(F.col(TruePropensities.as_of_date) == F.lit(release.as_of_date)).drop(TruePropensities.score_name, TruePropensities.as_of_date)
    if at.isEmpty():
        known = truth.select(TruePropensities.as_of_date).distinct().orderBy(TruePropensities.as_of_date).collect()  # one row a week
        dates = ", ".join(str(row[0]) for row in known)
        raise UsageError(f"the truth knows no {name} propensities as of {release.as_of_date}; run with --as-of one of {dates}")
    scores = read_release(lake, PublishedScores, release).where(F.col(PublishedScores.score_name) == name)
    return score_grades(scores, persons, at)


def _rows(spark: SparkSession, lake: Lake, truth_dir: str) -> dict[str, int]:
    names = {"in": Files.rows_in, "good": Files.rows_good, "quarantined": Files.rows_quarantined, "duplicate": Files.rows_duplicate}
    sums = lake.read(Files.contract).agg(*[F.sum(column).alias(name) for name, column in names.items()]).first()
    counted = {name: int(sums[name] or 0) for name in names} if sums is not None else dict.fromkeys(names, 0)
    planted = json.loads(_text(spark, f"{truth_dir}/corruptions.json")).values()
    refused = sum(p["corrupt"] + p["skewed"] + p["unmapped"] for p in planted)
    return counted | {"planted_in": sum(p["rows"] for p in planted), "planted_refused": refused, "planted_duplicate": sum(p["duplicates"] for p in planted)}


def _truth(spark: SparkSession, truth_dir: str, name: str) -> DataFrame:
    path, fs = hadoop_path(spark, f"{truth_dir}/{name}")
    if not fs.exists(path):
        raise InputError(f"{truth_dir} holds no truth table {name!r}; give the truth folder that `crosschannel generate` wrote with --truth")
    return spark.read.parquet(f"{truth_dir}/{name}")


def _text(spark: SparkSession, file: str) -> str:
    return "\n".join(row[0] for row in spark.read.text(file).collect())  # a small JSON file
