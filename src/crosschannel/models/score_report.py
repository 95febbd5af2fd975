"""Trained scores as table rows and as evidence for their reviewer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np

from crosschannel.contracts.ml import ModelMetrics, Models
from crosschannel.models.bootstrap import Interval
from crosschannel.models.cards import to_card, to_markdown
from crosschannel.models.comparison import Comparison, SliceRow
from crosschannel.models.evidence import CARD, Evidence, step_zero
from crosschannel.models.figures import bars_figure, calibration_figure, intervals_figure, lift_figure, losses_figure, roc_figure
from crosschannel.models.gate import Verdict
from crosschannel.models.histogram import Histogram
from crosschannel.models.ladder_checks import said_of
from crosschannel.models.measures import ranked_bins
from crosschannel.models.review_tables import review_evidence, review_sections, slice_metrics
from crosschannel.models.score_model import ScoreModel
from crosschannel.models.scores import TrainedScore
from crosschannel.models.slices import EVERYBODY
from crosschannel.models.study_report import study_evidence, study_sections
from crosschannel.models.variants import Finding

TOP_FEATURES = 15
ACT, WEIGHT = "act=", "weight"  # slice and metric of what one act weighs
LOW, HIGH = "_lo", "_hi"  # ends of its interval
LIMITS = (
    "Measured on customers of the latest labelled date; horizons of neighbouring dates may overlap in time, for different "
    "customers. The score foretells; it does not say what a campaign would change. Identities are those known today."
)


def model_rows(trained: Iterable[TrainedScore], as_of_date: date) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``ml.models``."""
    for one in trained:
        model = one.model
        yield {
            Models.model_name: model.name,
            Models.model_version: model.version,
            Models.sha256: model.sha256,
            Models.format: model.format,
            Models.content: model.content,
            Models.description: model.description,
            Models.as_of_date: as_of_date,
        }


def metric_rows(trained: Iterable[TrainedScore], slices: Iterable[Sequence[SliceRow]]) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``ml.model_metrics``: of everybody, of every slice, and the weight of every act."""
    for one, parts in zip(trained, slices, strict=True):
        overall = [(EVERYBODY, metric, value) for metric, value in sorted(one.metrics.items())]
        weights = [(f"{ACT}{act}", f"{WEIGHT}{end}", value) for act, w in one.weights.items() for end, value in _ends(w)]
        for name, metric, value in (*overall, *slice_metrics(parts), *weights):
            yield {
                ModelMetrics.model_name: one.model.name,
                ModelMetrics.model_version: one.model.version,
                ModelMetrics.slice: name,
                ModelMetrics.metric: metric,
                ModelMetrics.value: float(value),
            }


def base_log_loss(test: Histogram) -> float:
    """Return the log loss of giving everybody the rate of the outcome: what a model must beat to be worth anything."""
    rate = float(test.positives.sum() / test.rows.sum())
    return float(-(rate * np.log(rate) + (1 - rate) * np.log(1 - rate)))


def score_evidence(trained: TrainedScore, verdict: Verdict, comparison: Comparison, findings: Sequence[Finding] = ()) -> Evidence:
    """Gather what a reviewer of one score needs, named after the score."""
    model, booster, ladder = trained.model, trained.booster, trained.ladder
    review, study = review_evidence(comparison, verdict), study_evidence(findings)
    evidence = Evidence(
        params={k: v for k, v in model.facts.items() if k not in {"weights", "constraints"}} | {"features": len(model.features), **trained.slices},
        metrics=step_zero(trained.metrics) + review.metrics + study.metrics,
        tags={"model_version": model.version, **verdict.tags},
        figures={
            "calibration.png": calibration_figure(trained.test, model.calibration),
            "lift_by_decile.png": lift_figure(trained.test, model.calibration),
            "roc.png": roc_figure(trained.test, trained.metrics["auc"]),
            **review.figures,
            **study.figures,
        },
        texts={CARD: _card(trained, verdict, comparison, findings)},
        dicts={"description.json": _plain(model), "deciles.json": _deciles(trained), **review.dicts, **study.dicts},
    )
    if booster:
        evidence.metrics += [("stopping_log_loss", loss, i) for i, loss in enumerate(booster.losses)]
        evidence.figures["feature_gains.png"] = bars_figure(booster.gains, "What the trees used", "total gain")
        evidence.figures["rounds.png"] = losses_figure(booster.losses, booster.rounds)
        evidence.dicts["feature_gains.json"] = dict(booster.gains)
    if ladder:
        evidence.metrics += step_zero(trained.checks)
        evidence.dicts["weights.json"] = _weights(trained)
        evidence.dicts["weight_table.json"] = [{"act": act, "weight": w.value, "low": w.low, "high": w.high} for act, w in trained.weights.items()]
        evidence.metrics += [(f"{WEIGHT}/{act.replace(' ', '_')}{end}", value, 0) for act, w in trained.weights.items() for end, value in _ends(w)]
        title, unit = "What one act weighs, up the ladder of each channel", "weight of log(1 + acts), 95 % interval"
        evidence.figures["weights.png"] = intervals_figure(list(trained.weights.items()), title, unit, middle=None)
    return evidence.under(model.name)


def native_of(trained: TrainedScore) -> Any:
    """Return what the registry stores: the booster itself, or the JSON of an additive model."""
    return trained.booster.native if trained.booster else {f"{trained.model.name}.json": trained.model.content.decode()}


def _weights(trained: TrainedScore) -> dict[str, float]:
    return {str(w["act"]): float(str(w["weight"])) for w in trained.ladder.weights()} if trained.ladder else {}


def _ends(weight: Interval) -> tuple[tuple[str, float], ...]:
    return (("", weight.value), (LOW, weight.low), (HIGH, weight.high))


def _plain(model: ScoreModel) -> dict[str, Any]:
    return {
        "features": list(model.features), "levels": {k: list(v) for k, v in model.levels.items()}, "calibration": model.calibration.as_dict(),
        "facts": dict(model.facts), "sha256": model.sha256, "version": model.version, "format": model.format,
    }  # fmt: skip


def _deciles(trained: TrainedScore) -> list[dict[str, float]]:
    bins = ranked_bins(trained.test, trained.model.calibration, 10)[::-1]
    return [{"decile": n, "customers": b.rows, "expected": round(b.expected, 6), "observed": round(b.observed, 6)} for n, b in enumerate(bins, 1)]


def _card(trained: TrainedScore, verdict: Verdict, comparison: Comparison, findings: Sequence[Finding]) -> str:
    model, facts = trained.model, trained.model.facts
    purpose = (
        f"Probability of the label `{facts['label']}` in the {facts['horizon_days']} days after the as-of date, "
        f"for {f'customers with an own action among the last {model.active_within_days} days' if model.active_within_days else 'all customers with features'}."
    )
    *earlier, latest = facts["dates"]
    teaching = f"rows of {', '.join(earlier)} teach" if earlier else "with one date only, the split is by customer alone"
    counts = ", ".join(f"{name.removesuffix('_rows')} {rows:,}" for name, rows in trained.slices.items())
    sections = {
        "Purpose and population": [purpose],
        "Rows": [f"{counts}. Calibrated and tested on {latest}; {teaching}. No customer is in two slices."],
        "Measures": [to_markdown(("measure", "held-out customers"), [(name, f"{value:,.4f}") for name, value in trained.metrics.items()])],
        **review_sections(comparison, verdict),
        **study_sections(findings),
        "Deciles": [_decile_table(trained)],
        "What it uses": [_used(trained)],
        **({"What it rests on": said_of(trained.checks)} if trained.checks else {}),
        "Constraints": [_constraints(trained)],
        "Limits": [LIMITS],
    }
    return to_card(f"{model.name} {model.version}", verdict, sections)


def _decile_table(trained: TrainedScore) -> str:
    rows = [(f"{d['decile']}", f"{d['customers']:,.0f}", f"{d['expected']:.1%}", f"{d['observed']:.1%}") for d in _deciles(trained)]
    return to_markdown(("decile", "customers", "mean probability", "outcome"), rows)


def _used(trained: TrainedScore) -> str:
    """Return the features of largest gain; of a ladder every act with its weight."""
    if trained.booster:
        return "\n".join(f"- {name}: {value:,.3f}" for name, value in list(trained.booster.gains.items())[:TOP_FEATURES])
    rows = [(act, f"{w.value:.3f}", f"{w.low:.3f} to {w.high:.3f}") for act, w in trained.weights.items()]
    return to_markdown(("act", "weight of log(1 + acts)", "95 % interval, customers drawn again"), rows)


def _constraints(trained: TrainedScore) -> str:
    if trained.ladder:
        return "Within a channel, an act further up the ladder never weighs less than one below it."
    signs = str(trained.model.facts["constraints"]).strip("()").split(",")
    bound = sorted(f for f, sign in zip(trained.model.features, signs, strict=True) if sign != "0")
    return f"{len(bound)} features may move the score one way only: {', '.join(bound) or 'none'}."
