"""Write the report of a lake: gather bounded aggregates, and put them on one page."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.ml import ModelMetrics
from crosschannel.contracts.ops import Checks, Files, Runs
from crosschannel.contracts.serving import PublishedProfiles, PublishedScores, PublishedSegments
from crosschannel.contracts.silver import Events, IdentityEdges, IdentityMap, IdentityRefusals, IdentitySummary
from crosschannel.contracts.values import CustomerValues
from crosschannel.identity.summary import SIZE_NAMES, SIZES, to_summary
from crosschannel.io.lake import Lake
from crosschannel.io.releases import current_release, read_release
from crosschannel.jobs.evidence_examples import evidence_examples
from crosschannel.jobs.read_studies import answer_of, read_study
from crosschannel.quality import report_tables as tables
from crosschannel.quality.grade import grade_rows
from crosschannel.quality.report_facts import Facts, Record
from crosschannel.quality.report_identity import WORDS
from crosschannel.quality.report_page import to_page
from crosschannel.quality.report_value import to_value_bands
from crosschannel.settings.project import Project
from crosschannel.settings.scores import OMNICHANNEL

STITCH = "stitch_identities"
OMNICHANNEL_SPAN = 100.0  # all other scores are probabilities


def write_report(lake: Lake, project: Project, out_path: Path | str, grades: dict[str, Any] | None = None) -> Path:
    """Write one self-contained HTML file about the current release and all that led to it.

    Parameters
    ----------
    grades
        As ``evaluate`` returns them; without them the page has no grades.
    """
    path = Path(out_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_page(gather(lake, project, grades)), encoding="utf-8")
    return path


def gather(lake: Lake, project: Project, grades: dict[str, Any] | None = None) -> Facts:
    """Read everything the report shows; each table is an aggregate with few rows."""
    release = current_release(lake)
    scores = read_release(lake, PublishedScores, release)
    files, identity_map = lake.read(Files.contract), lake.read(IdentityMap.contract)
    names = release.score_names if release else ()
    spans = {name: OMNICHANNEL_SPAN if name == OMNICHANNEL else 1.0 for name in names} or {OMNICHANNEL: OMNICHANNEL_SPAN}
    versions, studies = release.model_versions if release else {}, read_study(lake)
    changes = read_release(lake, PublishedSegments, release).groupBy(PublishedSegments.change_type).agg(F.count(F.lit(1)).alias(tables.ROWS))
    refused_files = files.where(F.col(Files.reason).isNotNull()).groupBy(Files.source, Files.reason).agg(F.count(F.lit(1)).alias(tables.ROWS))
    return Facts(
        project=project.name,
        lake=lake.root,
        release=asdict(release) if release else None,
        sources=_rows(files.transform(tables.to_source_counts)),
        reasons=_rows(lake.read(Quarantine.contract).transform(tables.to_reasons)),
        file_reasons=_rows(refused_files.orderBy(Files.source, Files.reason)),
        channels=_rows(lake.read(Events.contract).transform(tables.to_channel_counts)),
        identifiers=_rows(identity_map.transform(tables.to_identifier_counts)),
        customers=_rows(identity_map.transform(tables.to_customer_counts))[0],
        rules=_rows(lake.read(IdentityEdges.contract).transform(tables.to_rule_counts)),
        refusals=_rows(lake.read(IdentityRefusals.contract).transform(tables.to_refusal_counts)),
        segments=_rows(read_release(lake, PublishedProfiles, release)),
        deciles=_rows(scores.transform(tables.to_deciles)),
        histogram=_rows(scores.transform(tables.to_histogram, spans)),
        metrics=_rows(lake.read(ModelMetrics.contract).transform(tables.only_versions, versions)),
        changes={row[PublishedSegments.change_type]: row[tables.ROWS] for row in _rows(changes)},
        spans=spans,
        grades=tuple(grade_rows(grades)) if grades else (),
        values=_rows(lake.read(CustomerValues.contract).transform(to_value_bands)),
        studies=studies,
        answer=answer_of(studies),
        weights=_rows(lake.read(ModelMetrics.contract).transform(tables.only_weights, versions)),
        sizes=_sizes(identity_map, project),
        gate=_gate(lake),
        evidence=evidence_examples(lake),
        meanings={feature.name: feature.meaning for feature in project.features.feature_columns()},
    )


def _sizes(identity_map: DataFrame, project: Project) -> dict[str, int]:
    """Count customers by number of identifiers."""
    (row,) = identity_map.transform(to_summary, max_customer_size=project.identity.max_customer_size).collect()
    return dict(zip(SIZE_NAMES, row[SIZES], strict=True)) if row[IdentitySummary.customers] else {}


def _gate(lake: Lake) -> list[tuple[str, float, float]]:
    """Read what the identity gate measured last."""
    measured = lake.read(Checks.contract).transform(tables.to_newest_checks, lake.read(Runs.contract), STITCH, list(WORDS))
    return [(row[Checks.check_name], row[Checks.observed], row[Checks.expected]) for row in _rows(measured)]


def _rows(df: DataFrame) -> list[Record]:
    """Read an aggregate; every caller's frame is bounded by its grouping or by a limit."""
    return [row.asDict(recursive=True) for row in df.limit(tables.MAX_ROWS * 5).collect()]
