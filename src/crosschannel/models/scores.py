"""Train the scores: rows with outcomes, slices, fit, calibration, judgement on rows no fit has seen.

Grain in: features of several as_of_dates, and outcomes by customer, date and label. Customers of
the held-out slices are in no other; see ``models/split.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.errors import QualityError, UsageError
from crosschannel.models.apply import to_margins
from crosschannel.models.boosted import Booster, constraints_of, fitted_booster
from crosschannel.models.bootstrap import Interval
from crosschannel.models.calibration import Calibration, fitted_calibration
from crosschannel.models.histogram import Histogram, to_histograms
from crosschannel.models.ladder import Ladder, declared_ladder, fitted_ladder, with_knots
from crosschannel.models.ladder_checks import DIGITS, GAP_TO_TREES, loyalty
from crosschannel.models.ladder_weights import weight_table
from crosschannel.models.levels import fitted_levels
from crosschannel.models.measures import measured
from crosschannel.models.sample import SAMPLE_ORDER, sampled
from crosschannel.models.score_model import JSON, UBJ, ScoreModel
from crosschannel.models.split import CALIBRATE, SLICE, STOP, TEST, TRAIN, labelled, labelled_dates, to_calibrating, with_slice
from crosschannel.settings.scores import OMNICHANNEL, Score, TrainScoresSettings

UNCALIBRATED = Calibration(1.0, 0.0)


@dataclass(frozen=True)
class TrainedScore:
    """A score and what its held-out rows say of it; ``sliced`` are all labelled rows with ``slice``.

    ``weights`` and ``checks`` are of a ladder: what each act weighs, and what the score rests on.
    """

    model: ScoreModel
    metrics: Mapping[str, float]
    test: Histogram
    held_out: DataFrame
    sliced: DataFrame
    booster: Booster | None = None
    ladder: Ladder | None = None
    slices: Mapping[str, int] = field(default_factory=dict)
    weights: Mapping[str, Interval] = field(default_factory=dict)
    checks: Mapping[str, float] = field(default_factory=dict)


def train_scores(features: DataFrame, labels: DataFrame, settings: TrainScoresSettings, *, as_of_date: date, seed: int) -> list[TrainedScore]:
    """Train every score of a project on the outcomes known by ``as_of_date``."""
    trained = []
    for name, label in labels_of_scores(settings).items():
        rows = labelled(features, labels, label, as_of_date=as_of_date)
        dates = labelled_dates(rows, label)
        sliced = rows.transform(with_slice, dates=dates, holdout=settings.scores.holdout, seed=seed)
        counts = _counts(sliced, name, settings.scores.min_positives)
        score = settings.scores.score(name)
        fit = _fit_boosted(sliced, score, settings, seed) if score else _fit_ladder(sliced, settings, dates[-1], seed)
        known = settings.labels.label(label)
        facts = {"label": label, "horizon_days": known.horizon_days, "dates": [str(d) for d in dates], "seed": seed, **fit.model.facts}
        model = replace(fit.model, active_within_days=known.population.active_within_days, facts=facts)
        trained.append(_judged(replace(fit, model=model, slices=counts), sliced, dates, known.horizon_days))
    return [_beside_trees(one, trained) for one in trained]


def held_out_rows(features: DataFrame, labels: DataFrame, settings: TrainScoresSettings, label: str, *, as_of_date: date, seed: int) -> DataFrame:
    """Return the rows that judge a score: customers no fit has seen, on the latest date whose outcomes are known by ``as_of_date``."""
    rows = labelled(features, labels, label, as_of_date=as_of_date)
    sliced = rows.transform(with_slice, dates=labelled_dates(rows, label), holdout=settings.scores.holdout, seed=seed)
    return sliced.where(F.col(SLICE) == F.lit(TEST))


def can_read(rows: DataFrame, model: ScoreModel) -> bool:
    """Tell whether every feature a model reads is there."""
    return set(model.features) <= set(rows.columns)


def labels_of_scores(settings: TrainScoresSettings) -> dict[str, str]:
    """Return every score with the label it learns; a label that is not declared is refused."""
    wanted = {s.name: s.learns for s in settings.scores.scores} | {OMNICHANNEL: settings.scores.omnichannel.label}
    known = {label.name for label in settings.labels.labels}
    if missing := sorted(set(wanted.values()) - known):
        raise UsageError(f"scores.yaml learns {', '.join(missing)}, which labels.yaml does not declare; it has {', '.join(sorted(known))}")
    return wanted


def _beside_trees(one: TrainedScore, trained: Sequence[TrainedScore]) -> TrainedScore:
    """Say of a ladder how much better trees rank that learned the same label: both are judged on the same customers."""
    label = one.model.facts["label"]
    trees = next((t for t in trained if t.booster and t.model.facts["label"] == label), None)
    if one.ladder is None or trees is None:
        return one
    return replace(one, checks={**one.checks, GAP_TO_TREES: round(trees.metrics["auc"] - one.metrics["auc"], DIGITS)})


def _counts(sliced: DataFrame, name: str, min_positives: int) -> dict[str, int]:
    """Count rows and outcomes per slice; refuse to learn from too few."""
    outcomes = F.col(CustomerLabels.label_value)
    found = sliced.where(F.col(SLICE).isNotNull()).groupBy(SLICE).agg(F.count(outcomes), F.sum(outcomes)).collect()
    rows, positives = {r[0]: int(r[1]) for r in found}, {r[0]: int(r[2]) for r in found}
    for part in (TRAIN, CALIBRATE, TEST):
        least = min(positives.get(part, 0), rows.get(part, 0) - positives.get(part, 0))
        if least < min_positives:
            raise QualityError(
                f"{name}: the {part} rows hold {least} of one outcome, {min_positives} needed (scores.yaml: min_positives); "
                "take more customers, more snapshots or a longer horizon"
            )
    return {f"{part}_rows": rows.get(part, 0) for part in (TRAIN, STOP, CALIBRATE, TEST)}


def _fit_boosted(sliced: DataFrame, score: Score, settings: TrainScoresSettings, seed: int) -> TrainedScore:
    features = [f for f in settings.features.feature_columns() if score.takes(f)]
    learning = sliced.where(F.col(SLICE) == F.lit(TRAIN))
    levels = fitted_levels(learning, [f.name for f in features if f.dtype == "string"], min_rows=score.min_level_rows)
    booster = fitted_booster(sliced, features, levels, score, seed=seed)
    facts = {"workers": score.workers, "rounds": booster.rounds, "constraints": constraints_of(features, score)}
    model = ScoreModel(score.name, UBJ, booster.content, tuple(f.name for f in features), levels, UNCALIBRATED, 0, facts)
    return _unjudged(model, sliced, booster=booster)


def _fit_ladder(sliced: DataFrame, settings: TrainScoresSettings, latest: date, seed: int) -> TrainedScore:
    wanted = settings.scores.omnichannel
    ladder = declared_ladder(wanted, [f.name for f in settings.features.feature_columns()])
    if not ladder.steps:
        raise UsageError("scores.yaml: omnichannel finds no count features; declare some, such as {channel: [web], verb: [view], stats: [count]}")
    learning = sliced.where(F.col(SLICE).isin(TRAIN, STOP))
    sample = sampled(learning, [*ladder.features, CustomerLabels.label_value, SAMPLE_ORDER], limit=wanted.sample_rows, seed=seed)
    raw, (outcomes, customers) = sample.of(ladder.features), sample.of([CustomerLabels.label_value, SAMPLE_ORDER]).T
    ladder = fitted_ladder(ladder, raw, outcomes, wanted)
    checks = loyalty(ladder, raw, outcomes, wanted)
    weights = weight_table(ladder, raw, outcomes, customers, wanted, draws=settings.scores.review.draws, seed=seed)
    latest_rows = sliced.where(F.col(CustomerFeatures.as_of_date) == F.lit(latest))
    ladder = with_knots(ladder, sampled(latest_rows, ladder.features, limit=wanted.sample_rows, seed=seed).values)
    model = ScoreModel(OMNICHANNEL, JSON, ladder.content, ladder.features, {}, UNCALIBRATED, 0, {"weights": ladder.weights()})
    return replace(_unjudged(model, sliced, ladder=ladder), weights=weights, checks=checks)


def _unjudged(model: ScoreModel, sliced: DataFrame, *, booster: Booster | None = None, ladder: Ladder | None = None) -> TrainedScore:
    nothing = Histogram(np.empty(0), np.empty(0), np.empty(0))
    return TrainedScore(model, {}, nothing, sliced.where(F.col(SLICE) == F.lit(TEST)), sliced, booster, ladder)


def _judged(fit: TrainedScore, sliced: DataFrame, dates: Sequence[date], horizon_days: int) -> TrainedScore:
    """Calibrate on rows no fit has seen and measure on others; both in one pass over the rows."""
    # A ladder is fitted to the stopping rows; for trees they only say when to end.
    rows = sliced.transform(to_calibrating, with_stop=fit.ladder is None)
    margins = to_margins(rows, fit.model, SLICE)
    counts = to_histograms(margins, SLICE)
    parts = [counts[str(day)] for day in dates if str(day) in counts]
    overlap = len(dates) / (1 + (dates[-1] - dates[0]).days / horizon_days)
    model = replace(fit.model, calibration=fitted_calibration(parts, overlap=overlap))
    return replace(fit, model=model, test=counts[TEST], metrics=measured(counts[TEST], model.calibration))
