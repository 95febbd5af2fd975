"""What the drift watch found, as table rows and as evidence for a reviewer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crosschannel.contracts.ml import DriftReferences, DriftReport, DriftVerdicts
from crosschannel.models.cards import to_markdown
from crosschannel.models.drift import FEATURE, DriftVerdict, Finding
from crosschannel.models.drift_reference import Reference
from crosschannel.models.evidence import Evidence
from crosschannel.models.figures import drift_figure

CARD = "drift_card.md"
SHOWN = 15


@dataclass(frozen=True)
class Watched:
    """One model, its reference and the verdict of the day."""

    reference: Reference
    verdict: DriftVerdict


def reference_rows(references: Sequence[Reference]) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``ml.drift_references``."""
    for one in references:
        yield {
            DriftReferences.model_name: one.model_name,
            DriftReferences.model_version: one.model_version,
            DriftReferences.reference_date: one.day,
            DriftReferences.content: one.content,
        }


def report_rows(watched: Sequence[Watched], as_of_date: date) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``ml.drift_report``."""
    for one in watched:
        for finding in one.verdict.findings:
            yield {
                DriftReport.as_of_date: as_of_date,
                DriftReport.model_name: one.reference.model_name,
                DriftReport.measure: finding.measure,
                DriftReport.subject: finding.subject,
                DriftReport.model_version: one.reference.model_version,
                DriftReport.measured_value: float(finding.value),
                DriftReport.bound: float(finding.bound),
                DriftReport.chance: None if finding.chance is None else float(finding.chance),
                DriftReport.is_alarm: bool(finding.is_alarm),
                DriftReport.note: finding.note or None,
            }


def verdict_rows(watched: Sequence[Watched], as_of_date: date) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``ml.drift_verdicts``."""
    for one in watched:
        yield {
            DriftVerdicts.as_of_date: as_of_date,
            DriftVerdicts.model_name: one.reference.model_name,
            DriftVerdicts.model_version: one.reference.model_version,
            DriftVerdicts.verdict: one.verdict.word,
            DriftVerdicts.rests_on: one.verdict.rests_on,
            DriftVerdicts.reference_date: one.reference.day,
        }


def drift_evidence(watched: Watched, as_of_date: date) -> Evidence:
    """Gather what a reviewer needs to follow a verdict, named after the model."""
    verdict, reference = watched.verdict, watched.reference
    metrics = [(f"{f.measure}/{re.sub(r'[^A-Za-z0-9]+', '_', f.subject)}", f.value, 0) for f in verdict.findings]
    evidence = Evidence(
        params={"reference_date": reference.day, "as_of_date": as_of_date},
        metrics=[*metrics, ("alarms", float(sum(f.is_alarm for f in verdict.findings)), 0)],
        tags={"model_version": reference.model_version, "verdict": verdict.word, "rests_on": verdict.rests_on},
        texts={CARD: _card(watched, as_of_date)},
    )
    if features := _worst([f for f in verdict.findings if f.measure == FEATURE]):
        evidence.figures["feature_drift.png"] = drift_figure([(f.subject, f.value, f.bound, f.chance or 0.0) for f in features])
    return evidence.under(reference.model_name)


def _card(watched: Watched, as_of_date: date) -> str:
    verdict, reference = watched.verdict, watched.reference
    others = [f for f in verdict.findings if f.measure != FEATURE]
    shown = [*others, *_worst([f for f in verdict.findings if f.measure == FEATURE])]
    rows = [
        (f.measure, f.subject, f"{f.value:.4f}", f"{f.bound:.4f}", "" if f.chance is None else f"{f.chance:.4f}", "**yes**" if f.is_alarm else "", f.note)
        for f in shown
    ]
    parts = [
        f"# Drift of {reference.model_name} {reference.model_version}",
        f"**Verdict on {as_of_date}: {verdict.word}.** {verdict.rests_on}.",
        f"Held against {reference.day}, the latest day it was trained on.",
        to_markdown(("measure", "of", "value", "bound", "by chance", "alarm", "note"), rows),
    ]
    return "\n\n".join(parts) + "\n"


def _worst(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: (-f.value, f.subject))[:SHOWN]
