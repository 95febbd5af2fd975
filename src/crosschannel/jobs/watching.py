"""Part of ``watch_drift``: find each model's reference, count today in its bins, and judge.

A reference is counted once, on the latest day the model was trained on, and kept: features that
are repaired later do not move it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.contracts.ml import DriftReferences, ModelMetrics, Models
from crosschannel.jobs.train_segments import SEGMENTS
from crosschannel.models.apply import to_margins, to_scores
from crosschannel.models.drift import Cells, ScoreToday, verdict_on_score_drift, verdict_on_segment_drift
from crosschannel.models.drift_counts import Bins, Counts, bin_counts, distance_counts, fitted_bins, probability_counts
from crosschannel.models.drift_reference import NO_BINS, Reference
from crosschannel.models.drift_report import Watched
from crosschannel.models.histogram import Histogram, to_histograms
from crosschannel.models.score_model import ScoreModel, stored_score, top_features
from crosschannel.models.scores import can_read
from crosschannel.models.segment_model import SegmentModel, stored_segments, to_segments
from crosschannel.models.slices import EVERYBODY
from crosschannel.models.split import labelled, only_as_of
from crosschannel.settings.scores import TrainScoresSettings

COHORT = "cohort"
PROBABILITY = "probability of the outcome"
Say = Callable[..., None]


@dataclass
class Watch:
    """The tables the drift watch reads, and the day it judges; what is counted once serves all models."""

    features: DataFrame
    labels: DataFrame
    models: DataFrame
    segment_models: DataFrame
    metrics: DataFrame
    known: DataFrame
    settings: TrainScoresSettings
    as_of_date: date
    seed: int
    _references: dict[date, tuple[Bins, Counts]] = field(default_factory=dict)
    _todays: list[tuple[Bins, Counts]] = field(default_factory=list)
    _given: dict[date, dict[str, Cells]] = field(default_factory=dict)
    _scores: list[ScoreModel] = field(default_factory=list)

    def all_of(self, champions: Mapping[str, str], say: Say) -> list[Watched]:
        """Judge every champion; one whose training day is no longer in the features is named and left out."""
        self._scores = [m for name, version in champions.items() if name != SEGMENTS and (m := stored_score(self.models, name, version))]
        found = [one for model in self._scores if (one := self._score(model, say))]
        segments = stored_segments(self.segment_models, champions.get(SEGMENTS))
        return found if segments is None or (one := self._segments(segments, say)) is None else [*found, one]

    def _score(self, model: ScoreModel, say: Say) -> Watched | None:
        reference = self._stored(model.name, model.version) or self._score_reference(model)
        if reference is None:
            say(f"{model.name} {model.version} cannot be watched: gold.customer_features no longer holds {_trained_on(model)}")
            return None
        gone = tuple(f for f in model.features if f not in self.features.columns)
        probabilities = reference.cells[PROBABILITY] if gone else self._given_on(self.as_of_date).get(model.name)
        counts = self._today(reference.bins.readable(self.features.columns))
        if probabilities is None or not counts:
            say(f"{model.name} {model.version} cannot be watched: no customer of its population has features as of {self.as_of_date}")
            return None
        today = ScoreToday(
            counts, probabilities, top_features(model, self.settings.scores.drift.top_features), None if gone else self._matured(model),
            model.calibration, self._trained(model), (self.as_of_date - self._day_of(self.models, model.version)).days, gone,
        )  # fmt: skip
        bounds = self.settings.scores.drift
        return Watched(reference, verdict_on_score_drift(reference.counts, reference.cells[PROBABILITY], today, bounds, seed=self.seed))

    def _segments(self, model: SegmentModel, say: Say) -> Watched | None:
        if gone := [f for f in model.geometry.features if f not in self.features.columns]:
            say(f"{SEGMENTS} {model.version} cannot be watched: it reads {', '.join(gone)}, which features.yaml no longer declares")
            return None
        trained = self._day_of(self.segment_models, model.version)
        reference = self._stored(SEGMENTS, model.version) or self._segment_reference(model, trained)
        today = distance_counts(self.features.transform(only_as_of, self.as_of_date).transform(to_segments, model))
        if not reference.cells or not today:
            say(f"{SEGMENTS} {model.version} cannot be watched: there are no customers as of {self.as_of_date} or {trained}")
            return None
        return Watched(reference, verdict_on_segment_drift(reference.cells, today, (self.as_of_date - trained).days, self.settings.scores.drift))

    def _score_reference(self, model: ScoreModel) -> Reference | None:
        day = _trained_on(model)
        cells = self._given_on(day)
        if model.name not in cells:
            return None
        bins, counts = self._counted(day)
        own = Bins({f: bins.edges[f] for f in model.features}, {f: m for f, m in bins.levels.items() if f in model.features})
        return Reference(model.name, model.version, day, own, {f: counts[f] for f in own.edges}, {PROBABILITY: cells[model.name]})

    def _segment_reference(self, model: SegmentModel, day: date) -> Reference:
        cells = distance_counts(self.features.transform(only_as_of, day).transform(to_segments, model))
        return Reference(SEGMENTS, model.version, day, NO_BINS, {}, cells)

    def _given_on(self, day: date) -> dict[str, Cells]:
        """Return the probabilities every model that can read the features gives on a day."""
        if day not in self._given:
            readable = [m for m in self._scores if can_read(self.features, m)]
            self._given[day] = probability_counts(to_scores(self.features.transform(only_as_of, day), readable)) if readable else {}
        return self._given[day]

    def _counted(self, day: date) -> tuple[Bins, Counts]:
        """Count all declared features of a reference day once for all models."""
        if day not in self._references:
            rows = self.features.transform(only_as_of, day)
            bins = fitted_bins(rows, self.settings.features.feature_columns(), seed=self.seed)
            self._references[day] = (bins, bin_counts(rows, bins))
        return self._references[day]

    def _today(self, bins: Bins) -> Counts:
        """Count today in a reference's bins; models that share bins share the pass."""
        for known, counts in self._todays:
            if all(known.edges.get(f) == e for f, e in bins.edges.items()) and all(known.levels.get(f) == m for f, m in bins.levels.items()):
                return {f: counts[f] for f in bins.edges}
        counts = bin_counts(self.features.transform(only_as_of, self.as_of_date), bins)
        self._todays.append((bins, counts))
        return counts if any(c.sum() for c in counts.values()) else {}

    def _stored(self, name: str, version: str) -> Reference | None:
        own = (F.col(DriftReferences.model_name) == F.lit(name)) & (F.col(DriftReferences.model_version) == F.lit(version))
        rows = self.known.where(own).collect()  # one at most
        return next((Reference.from_content(name, version, r[DriftReferences.reference_date], r[DriftReferences.content]) for r in rows), None)

    def _matured(self, model: ScoreModel) -> Histogram | None:
        """Return the newest cohort whose outcomes came in after training; nothing that taught the model is in it."""
        later = self.features.where(F.col(CustomerFeatures.as_of_date) > F.lit(_trained_on(model)))
        rows = labelled(later, self.labels, model.facts["label"], as_of_date=self.as_of_date)
        newest = rows.agg(F.max(CustomerFeatures.as_of_date)).collect()[0][0]
        if newest is None:
            return None
        cohort = rows.transform(only_as_of, newest).withColumn(COHORT, F.lit(EVERYBODY))
        return to_histograms(to_margins(cohort, model, COHORT), COHORT).get(EVERYBODY)

    def _trained(self, model: ScoreModel) -> dict[str, float]:
        own = (F.col(ModelMetrics.model_name) == F.lit(model.name)) & (F.col(ModelMetrics.model_version) == F.lit(model.version))
        rows = self.metrics.where(own & (F.col(ModelMetrics.slice) == F.lit(EVERYBODY))).collect()  # one row per measure
        return {r[ModelMetrics.metric]: r[ModelMetrics.value] for r in rows}

    @staticmethod
    def _day_of(models: DataFrame, version: str) -> date:
        rows: Sequence[date] = [r[0] for r in models.where(F.col(Models.model_version) == F.lit(version)).select(Models.as_of_date).collect()]  # one
        return rows[0]


def _trained_on(model: ScoreModel) -> date:
    """Return the latest day a model learned from."""
    return date.fromisoformat(max(model.facts["dates"]))
