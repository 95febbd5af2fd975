"""What people do with models: list versions, compare two on today's data, promote one, take one back; the reason is kept.

A decision is a row of ``ops.model_actions`` and a tag of the version in the registry. A version
that is worse than the champion on the same customers is not promoted, by hand no more than by
training.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crosschannel.contracts.gold import CustomerLabels
from crosschannel.contracts.ml import Models, SegmentModels
from crosschannel.contracts.ops import ModelActions
from crosschannel.errors import QualityError, UsageError
from crosschannel.exprs.hashing import content_id
from crosschannel.io.lake import Lake
from crosschannel.io.model_registry import ACTION_TAG, CHALLENGER, CHAMPION, Entry
from crosschannel.io.staging import small_frame
from crosschannel.io.tracking import Tracker
from crosschannel.jobs.train_segments import SEGMENTS
from crosschannel.models.comparison import Comparison, compared
from crosschannel.models.gate import Verdict, same_verdict, verdict_on_segments
from crosschannel.models.migration import Migration, migration_of, to_moves
from crosschannel.models.paired import to_pairs
from crosschannel.models.score_model import ScoreModel, stored_score
from crosschannel.models.scores import can_read, held_out_rows, labels_of_scores
from crosschannel.models.segment_model import SegmentModel, stored_segments
from crosschannel.models.slices import slicing_of
from crosschannel.models.split import only_as_of
from crosschannel.settings.features import features_contract
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.scores import ScoresSettings, TrainScoresSettings
from crosschannel.settings.segments import SegmentsSettings

PROMOTE, ROLLBACK = "promote", "rollback"


@dataclass(frozen=True)
class Place:
    """The lake and registry that models are managed in, what they are judged by, and what may be known."""

    lake: Lake
    tracker: Tracker
    settings: TrainScoresSettings
    segments: SegmentsSettings
    as_of: date
    seed: int = 7


@dataclass(frozen=True)
class Beside:
    """Two versions of one model on the same customers."""

    name: str
    challenger: Entry
    champion: Entry
    verdict: Verdict
    comparison: Comparison | None = None
    migration: Migration | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        both = {"model": self.name, "challenger": self.challenger.model_version, "champion": self.champion.model_version}
        slices = [s.as_dict() for s in self.comparison.slices] if self.comparison else []
        return {**both, **self.verdict.as_dict(), "slices": slices, "migration": self.migration.as_dict() if self.migration else None}


@dataclass(frozen=True)
class Decision:
    """Who decided what, why and when."""

    action: str
    by: str
    reason: str
    now: datetime


def model_names(scores: ScoresSettings) -> tuple[str, ...]:
    """Return every model a project may have: the segments and all scores."""
    return (SEGMENTS, *scores.names)


def listed(tracker: Tracker, names: Sequence[str]) -> list[tuple[str, Entry]]:
    """Return every registered version of every model, newest first within a model."""
    return [(name, entry) for name in names for entry in reversed(tracker.registry.entries(name))]


def compare(place: Place, name: str, wanted: str = CHALLENGER, against: str = CHAMPION) -> Beside:
    """Hold one version beside another on the newest outcomes, or on today's customers for segments.

    Raises
    ------
    UsageError
        There is no such model or version, or it reads features that no longer exist.
    """
    _require_known(place, name)
    challenger, champion = (place.tracker.registry.find(name, w) for w in (wanted, against))
    if challenger.number == champion.number:
        return Beside(name, challenger, champion, same_verdict())
    return _segments_beside(place, challenger, champion) if name == SEGMENTS else _scores_beside(place, name, challenger, champion)


def promote(place: Place, name: str, wanted: str, decision: Decision) -> Beside:
    """Make a version champion, unless it is worse than the one there is.

    Raises
    ------
    QualityError
        It is worse on the same customers; nothing was changed.
    """
    _require_reason(decision)
    beside = compare(place, name, wanted)
    if beside.verdict.outcome == "same":
        raise UsageError(f"{name} {beside.champion.model_version} is champion already")
    if beside.verdict.outcome == "worse":
        raise QualityError(f"{name} {beside.challenger.model_version} is not promoted: {beside.verdict.reason}")
    _book(place, name, beside.challenger, beside.champion, decision, beside.verdict.reason)
    place.tracker.registry.promote(name, beside.challenger)
    return beside


def roll_back(place: Place, name: str, decision: Decision) -> tuple[Entry, Entry]:
    """Go back to the champion before; training will not promote the one taken back by itself."""
    _require_reason(decision)
    _require_known(place, name)
    now, before = place.tracker.registry.pair_to_swap(name)
    _book(place, name, before, now, decision, None)
    return place.tracker.registry.roll_back(name, f"{decision.reason} ({decision.by}, {decision.now:%Y-%m-%d})")


def _scores_beside(place: Place, name: str, challenger: Entry, champion: Entry) -> Beside:
    settings, label = place.settings, labels_of_scores(place.settings)[name]
    features, labels = place.lake.read(features_contract(settings.features)), place.lake.read(CustomerLabels.contract)
    rows = held_out_rows(features, labels, settings, label, as_of_date=place.as_of, seed=place.seed)
    ours, theirs = (_score(place, name, entry) for entry in (challenger, champion))
    if gone := [m.version for m in (ours, theirs) if not can_read(rows, m)]:
        raise UsageError(f"{name} {' and '.join(gone)} reads features that features.yaml no longer declares, so it cannot score today's customers")
    segments = stored_segments(place.lake.read(SegmentModels.contract), place.tracker.champion(SEGMENTS))
    slicing = slicing_of(settings.features.feature_columns(), settings.scores.review, segments)
    comparison = compared(to_pairs(rows, ours, theirs, slicing), slicing, settings.scores.review, has_champion=True, seed=place.seed)
    assert comparison.verdict is not None
    return Beside(name, challenger, champion, comparison.verdict, comparison)


def _segments_beside(place: Place, challenger: Entry, champion: Entry) -> Beside:
    features = place.lake.read(features_contract(place.settings.features)).transform(only_as_of, place.as_of)
    ours, theirs = (_segmentation(place, entry) for entry in (challenger, champion))
    if gone := [m.version for m in (ours, theirs) if not set(m.geometry.features) <= set(features.columns)]:
        raise UsageError(f"segments {' and '.join(gone)} reads features that features.yaml no longer declares, so it cannot group today's customers")
    migration = migration_of(to_moves(features, theirs, ours).collect(), theirs, ours)  # one row per pair of segments
    verdict = verdict_on_segments(_stability(place, challenger), place.segments.choice.min_stability, _continued(ours, theirs))
    return Beside(SEGMENTS, challenger, champion, verdict, migration=migration)


def _score(place: Place, name: str, entry: Entry) -> ScoreModel:
    model = stored_score(place.lake.read(Models.contract), name, entry.model_version)
    if model is None:
        raise UsageError(f"{name} {entry.model_version} is registered, but not in ml.models of {place.lake.root}; give the lake it was trained in")
    return model


def _segmentation(place: Place, entry: Entry) -> SegmentModel:
    model = stored_segments(place.lake.read(SegmentModels.contract), entry.model_version)
    if model is None:
        raise UsageError(f"segments {entry.model_version} is registered, but not in ml.segment_models of {place.lake.root}; give the lake it was trained in")
    return model


def _stability(place: Place, entry: Entry) -> float:
    rows = place.lake.read(SegmentModels.contract).collect()  # one row per training
    choice = next(json.loads(r[SegmentModels.choice]) for r in rows if r[SegmentModels.model_version] == entry.model_version)
    return float(next(c["stability"] for c in choice["candidates"] if c["k"] == choice["k"]))


def _continued(ours: SegmentModel, theirs: SegmentModel) -> float:
    return len(set(ours.segment_ids) & set(theirs.segment_ids)) / len(theirs.segment_ids)


def _require_known(place: Place, name: str) -> None:
    if name not in (known := model_names(place.settings.scores)):
        raise UsageError(f"the project has no model {name}; {choose_from(name, known)}")


def _require_reason(decision: Decision) -> None:
    if not decision.reason.strip():
        raise UsageError("--reason is empty; say why, for those who will ask")


def _book(place: Place, name: str, used: Entry, before: Entry, decision: Decision, said: str | None) -> None:
    """Keep the decision before the aliases move: a row without a move is harmless, a move without a row is not."""
    facts = (decision.action, name, used.model_version, before.model_version, decision.now, decision.by, decision.reason, said)
    row = (content_id(*(None if f is None else str(f) for f in facts)), *facts)
    place.lake.write(ModelActions.contract, small_frame(place.lake.spark, [row], ModelActions.contract.columns))
    words = f"{decision.action} by {decision.by} on {decision.now:%Y-%m-%d}: {decision.reason}"
    place.tracker.registry.mark(name, used, {ACTION_TAG: words})
