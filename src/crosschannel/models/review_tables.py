"""What a comparison shows a reviewer: metrics, tables and pictures, worst slices first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from crosschannel.models.bootstrap import Interval
from crosschannel.models.cards import to_markdown
from crosschannel.models.comparison import Comparison, SliceRow
from crosschannel.models.evidence import Evidence
from crosschannel.models.figures import intervals_figure
from crosschannel.models.gate import Verdict
from crosschannel.models.slices import EVERYBODY

SHOWN_SLICES = 25
KEPT = ("auc", "log_loss", "ece", "lift_10")


def review_evidence(comparison: Comparison, verdict: Verdict) -> Evidence:
    """Gather the comparison with the champion, the slices and the fairness groups."""
    theirs = comparison.metrics.get("theirs", {})
    metrics = [(f"champion_{name}", theirs[name], 0) for name in KEPT if name in theirs]
    for name, gap in comparison.differences.items():
        metrics += [(f"vs_champion/{name}", gap.value, 0), (f"vs_champion/{name}_lo", gap.low, 0), (f"vs_champion/{name}_hi", gap.high, 0)]
    for criterion in verdict.criteria:
        name = re.sub(r"[^a-z0-9]+", "_", criterion.name.lower())
        metrics += [
            (f"gate/{name}", criterion.value, 0),
            (f"gate/{name}_bound", criterion.bound, 0),
            (f"gate/{name}_holds", float(criterion.holds), 0),
        ]
    evidence = Evidence(
        metrics=[*metrics, ("unfair_groups", float(len(comparison.unfair)), 0)],
        dicts={"gate.json": verdict.as_dict(), "slices.json": [s.as_dict() for s in comparison.slices]},
    )
    shown = [(s.name, s.auc) for s in _shown(comparison) if s.auc]
    evidence.figures["slices.png"] = intervals_figure(shown, "How well each slice is ranked", "AUC on held-out customers, 95 % interval", middle=None)
    gaps = [(s.name, s.gap) for s in _shown(comparison)]
    evidence.figures["slice_calibration.png"] = intervals_figure(
        gaps, "Is the probability true in each slice?", "mean probability minus outcome rate", middle=0.0
    )
    if losses := [(s.name, s.log_loss_difference) for s in _shown(comparison) if s.log_loss_difference]:
        title, unit = "Better or worse than the champion, and for whom", "log loss minus the champion's; left of 0 is better"
        evidence.figures["against_champion.png"] = intervals_figure(losses, title, unit, middle=0.0)
    return evidence


def slice_metrics(slices: Sequence[SliceRow]) -> Iterator[tuple[str, str, float]]:
    """Yield slice, metric and value of every slice but the one that is everybody."""
    for row in slices:
        if row.name != EVERYBODY:
            values = {"rows": float(row.rows), "positive_rate": row.positive_rate, "mean_probability": row.mean_probability, "gap": row.gap.value}
            for metric, value in (values | ({"auc": row.auc.value} if row.auc else {})).items():
                yield row.name, metric, value


def review_sections(comparison: Comparison, verdict: Verdict) -> dict[str, list[str]]:
    """Return the sections of a model card that compare."""
    criteria = [(c.name, f"{c.value:.4f}", f"{'<=' if c.at_most else '>='} {c.bound:.4f}", "yes" if c.holds else "**no**") for c in verdict.criteria]
    against = (
        [to_markdown(("criterion", "value", "bound", "holds"), criteria)] if criteria else ["There is no other champion it could be compared with."]
    )
    if worst := sorted((s for s in comparison.slices if s.auc_difference and s.name != EVERYBODY), key=_loss)[:3]:
        against.append("Slices with the least to gain: " + "; ".join(f"{s.name} AUC {s.auc_difference}" for s in worst) + ".")
    header = ("slice", "customers", "outcome", "mean probability", "AUC", "AUC against the champion")
    rows = [
        (s.name, f"{s.rows:,}", f"{s.positive_rate:.1%}", f"{s.mean_probability:.1%}", _said(s.auc), _said(s.auc_difference, signed=True))
        for s in _shown(comparison)
    ]
    return {"Against the champion": against, "Slices": [to_markdown(header, rows)], "Fairness": [_fairness(comparison)]}


def _fairness(comparison: Comparison) -> str:
    if not comparison.judged_fair:
        return "No fairness groups are declared (`scores.yaml`, `review: fairness`)."
    if not comparison.unfair:
        return f"In all {len(comparison.judged_fair)} declared groups the mean probability is as true as asked, or as chance allows."
    return "**Probabilities are off in** " + "; ".join(f"{s.name} by {s.gap}" for s in comparison.unfair) + "."


def _shown(comparison: Comparison) -> list[SliceRow]:
    return list(comparison.slices[:SHOWN_SLICES])


def _loss(row: SliceRow) -> float:
    assert row.auc_difference is not None
    return row.auc_difference.value


def _said(interval: Interval | None, *, signed: bool = False) -> str:
    if interval is None:
        return "too few outcomes" if not signed else ""
    form: Any = "+.3f" if signed else ".3f"
    return f"{interval.value:{form}} ({interval.low:{form}} to {interval.high:{form}})"
