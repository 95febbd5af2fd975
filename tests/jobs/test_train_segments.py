"""Training segments on a real lake and a real registry: ids, aliases, evidence, reruns."""

from __future__ import annotations

import datetime as dt

import pytest
from pyspark.sql import SparkSession

from crosschannel.contracts.ml import SegmentModels, SegmentProfiles
from crosschannel.io.lake import Lake
from crosschannel.jobs.manage_models import Place, compare
from crosschannel.jobs.train_segments import JOB, SEGMENTS
from crosschannel.settings.features import features_contract
from crosschannel.settings.scores import TrainScoresSettings, TrainSegmentsSettings
from tests.support import planted
from tests.support.training import Trained, artifacts, job_context, model_files, opened

SETTINGS = TrainSegmentsSettings(features=planted.FEATURES, segments=planted.SEGMENTS)
CONTRACT = features_contract(planted.FEATURES)


def train(place: Trained, day: dt.date, seed: int = 7) -> list[str]:
    said: list[str] = []
    with place.tracker.stage(JOB.name):
        JOB.run(job_context(place, JOB.name, day, said, seed), SETTINGS)
    return said


@pytest.fixture(scope="module")
def place(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    made = opened(spark, tmp_path_factory.mktemp("segments"))
    days = (planted.LATEST, planted.TODAY)
    made.lake.write(CONTRACT, planted.planted_features(spark, 300, *days), slices=days)
    train(made, planted.LATEST)
    return made


def versions(lake: Lake) -> set[str]:
    return {r.model_version for r in lake.read(SegmentModels.contract).collect()}


def test_the_first_model_is_stored_profiled_and_champion(place):
    (version,) = versions(place.lake)
    assert place.tracker.champion(SEGMENTS) == version
    profiles = place.lake.read(SegmentProfiles.contract).collect()
    assert {p.segment_id for p in profiles} == {"s01", "s02", "s03"}
    assert sum(p.customers for p in profiles) == 300
    assert all(p.aligned_from is None for p in profiles)


def test_training_again_on_the_same_features_changes_nothing(place):
    before = place.lake.version(SegmentModels.contract)
    assert "nothing to do" in train(place, planted.LATEST)[0]
    assert place.lake.version(SegmentModels.contract) == before


def test_a_run_holds_what_a_reviewer_decides_by(place):
    found = artifacts(place.tracker, JOB.name)
    assert {"figures/choice_of_k.png", "figures/profile_heat_map.png", "figures/segment_sizes.png", "model_card.md", "choice.json"} <= found
    assert "segments.json" in model_files(place.tracker)


def test_a_later_day_keeps_the_ids(place):
    train(place, planted.TODAY)
    assert len(versions(place.lake)) == 2
    champion = place.tracker.champion(SEGMENTS)
    profiles = [p for p in place.lake.read(SegmentProfiles.contract).collect() if p.model_version == champion]
    assert {p.segment_id: p.aligned_from for p in profiles} == {"s01": "s01", "s02": "s02", "s03": "s03"}
    assert {"figures/migration.png", "migration.json", "gate.json", "segment_cards.json"} <= artifacts(place.tracker, JOB.name)


def test_people_see_who_would_move_before_they_go_back(place):
    settings = TrainScoresSettings(features=planted.FEATURES, labels=planted.LABELS, scores=planted.SCORES)
    beside = compare(Place(place.lake, place.tracker, settings, planted.SEGMENTS, planted.TODAY), SEGMENTS, "previous")
    assert beside.migration is not None
    assert sum(beside.migration.cells.values()) == 300
    assert beside.migration.kept > 0.95
    assert set(beside.migration.before) == {"s01", "s02", "s03"}
