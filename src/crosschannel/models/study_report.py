"""Studies as table rows, and as evidence for a reviewer: whether joining channels pays, and what each family is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from crosschannel.contracts.acting import ModelStudies
from crosschannel.models.bootstrap import Interval
from crosschannel.models.cards import to_markdown
from crosschannel.models.evidence import Evidence
from crosschannel.models.figures import intervals_figure
from crosschannel.models.score_model import ScoreModel
from crosschannel.models.variants import BASELINE, CHANNEL, WITHOUT, Finding, best_channel

SECTION = "Does joining channels pay?"


def study_rows_of(model: ScoreModel, findings: Iterable[Finding], as_of_date: date) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``ml.model_studies``."""
    for f in findings:
        for metric, gap in f.gaps.items():
            yield {
                ModelStudies.model_name: model.name, ModelStudies.model_version: model.version, ModelStudies.study: f.study,
                ModelStudies.variant_name: f.variant, ModelStudies.metric: metric, ModelStudies.whole_minus_variant: gap.value,
                ModelStudies.low: gap.low, ModelStudies.high: gap.high, ModelStudies.variant_auc: f.auc.value, ModelStudies.variant_auc_low: f.auc.low,
                ModelStudies.variant_auc_high: f.auc.high, ModelStudies.features: f.features, ModelStudies.customers: f.rows,
                ModelStudies.as_of_date: as_of_date,
            }  # fmt: skip


def study_evidence(findings: Sequence[Finding]) -> Evidence:
    """Gather metrics, pictures and tables of all studies of one score."""
    evidence = Evidence()
    for f in findings:
        name = f"{f.study}/{f.variant}"
        evidence.metrics += [(f"{name}/auc", f.auc.value, 0), (f"{name}/auc_lo", f.auc.low, 0), (f"{name}/auc_hi", f.auc.high, 0)]
        for metric, gap in f.gaps.items():
            ends = (("", gap.value), ("_lo", gap.low), ("_hi", gap.high))
            evidence.metrics += [(f"{name}/whole_minus_it_{metric}{end}", value, 0) for end, value in ends]
    if findings:
        evidence.dicts["studies.json"] = [_plain(f) for f in findings]
    if channels := _of(findings, CHANNEL):
        shown = [(f"{f.variant} ({f.features} features)", f.auc) for f in sorted(channels, key=lambda f: -f.auc.value)]
        title = "One channel alone, and all together"
        evidence.figures["channels.png"] = intervals_figure(shown, title, "AUC on held-out customers, 95 % interval", middle=None)
    if without := _of(findings, WITHOUT):
        lost = [(f"without {f.variant}", f.gaps["auc"]) for f in sorted(without, key=lambda f: -f.gaps["auc"].value)]
        title = "What each family of features is worth"
        evidence.figures["without_family.png"] = intervals_figure(lost, title, "AUC lost without it, 95 % interval", middle=0.0)
    return evidence


def study_sections(findings: Sequence[Finding]) -> dict[str, list[str]]:
    """Return the sections of a model card."""
    sections: dict[str, list[str]] = {}
    if channels := _of(findings, CHANNEL):
        sections[SECTION] = [verdict_on_channels(channels), _table(channels, "channel")]
    if without := _of(findings, WITHOUT):
        sections["What each family of features is worth"] = [_table(without, "left out")]
    if baseline := _of(findings, BASELINE):
        sections["Beside a logistic regression"] = [_table(baseline, "baseline")]
    return sections


def verdict_on_channels(findings: Sequence[Finding]) -> str:
    """Say in one sentence whether all channels beat the best single one by more than chance."""
    best = best_channel(findings)
    if best is None:
        return "No feature belongs to one channel alone, so there is nothing to compare."
    gap = best.gaps["auc"]
    figures = f"AUC {gap} against {best.variant}, the best single channel, on {best.rows:,} customers"
    if gap.low > 0:
        return f"Yes: {figures}."
    return f"Not shown: {figures}; the interval holds 0." if gap.high >= 0 else f"No: {figures}."


def _of(findings: Iterable[Finding], study: str) -> list[Finding]:
    return [f for f in findings if f.study == study]


def _table(findings: Iterable[Finding], what: str) -> str:
    header = (what, "features", "AUC", "AUC gained by all", "log loss", "lift in the highest tenth")
    rows = [
        (f.variant, f"{f.features}", f"{f.auc.value:.3f} ({f.auc.low:.3f} to {f.auc.high:.3f})", *(str(f.gaps[m]) for m in ("auc", "log_loss", "lift_10")))
        for f in findings
    ]
    return to_markdown(header, rows)


def _plain(finding: Finding) -> dict[str, Any]:
    def ends(interval: Interval) -> list[float]:
        return [interval.value, interval.low, interval.high]

    gaps = {metric: ends(gap) for metric, gap in finding.gaps.items()}
    plain = {"study": finding.study, "variant": finding.variant, "features": finding.features}
    return plain | {"customers_judged": finding.rows, "auc": ends(finding.auc), "whole_minus_it": gaps}
