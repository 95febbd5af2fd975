import numpy as np
import pytest
from pyspark.sql import functions as F
from sklearn.metrics import adjusted_rand_score

from crosschannel.contracts.ml import SegmentModels
from crosschannel.errors import QualityError, StorageError, UsageError
from crosschannel.models.lloyd import cluster_sums
from crosschannel.models.segment_model import SegmentModel, stored_segments, to_segments
from crosschannel.models.segment_report import segment_evidence, verdict_on
from crosschannel.models.segments import train_segments, training_digest
from crosschannel.settings.segments import ChoiceOfK, Density
from tests.support.planted import LATEST, SEGMENTS, TODAY, planted, planted_features
from tests.support.rows import row, rows

PEOPLE = 300


@pytest.fixture(scope="module")
def features(spark):
    return planted_features(spark, PEOPLE, LATEST).cache()


@pytest.fixture(scope="module")
def trained(features):
    return train_segments(features, SEGMENTS, before=None, digest="d1", seed=7)


def segment_of(features, model):
    return {r.customer_id: r.segment_id for r in to_segments(features, model).collect()}


def test_planted_segments_are_found(features, trained):
    _, truth, _ = planted(PEOPLE, LATEST)
    found = segment_of(features, trained.model)
    assert trained.choice.k == 3
    assert adjusted_rand_score(truth, [found[c] for c in sorted(found)]) > 0.95


def test_the_same_rows_in_other_partitions_give_the_same_bytes(features, trained):
    shuffled = features.repartition(5, F.col("max_event_ts"), F.col("web_view_count_28d"))
    assert training_digest(shuffled, SEGMENTS, seed=7) == training_digest(features, SEGMENTS, seed=7)
    again = train_segments(shuffled, SEGMENTS, before=None, digest="d1", seed=7)
    assert again.model.content == trained.model.content
    assert again.profiles == trained.profiles


def test_other_rows_and_other_seeds_have_another_digest(features):
    digests = {training_digest(f, SEGMENTS, seed=s) for f, s in ((features, 7), (features, 8), (features.limit(299), 7))}
    assert len(digests) == 3


def test_a_model_survives_being_stored(trained):
    read = SegmentModel.from_content(trained.model.content)
    assert read == trained.model
    assert read.version == trained.model.version


def test_changed_content_is_refused_before_it_is_used(spark, trained):
    stored = row(model_version=trained.model.version, content=trained.model.content)
    assert stored_segments(rows(spark, SegmentModels, stored), trained.model.version) == trained.model
    forged = stored | {"content": trained.model.content.replace("s01", "s09")}
    with pytest.raises(StorageError, match="not what was stored"):
        stored_segments(rows(spark, SegmentModels, forged), trained.model.version)


def test_ids_are_kept_when_people_change_a_little(spark, trained):
    later = planted_features(spark, PEOPLE, TODAY)
    again = train_segments(later, SEGMENTS, before=trained.model, digest="d2", seed=8)
    assert again.alignment.aligned_from == ("s01", "s02", "s03")
    before, after = segment_of(later, trained.model), segment_of(later, again.model)
    assert np.mean([before[c] == after[c] for c in before]) > 0.97
    assert again.model.continues == trained.model.version


def test_without_comparable_features_ids_start_anew_and_old_ones_stay_retired(features, trained):
    renamed = features.withColumnRenamed("order_amount_sum_28d", "x")
    settings = SEGMENTS.model_copy(update={"naming": SEGMENTS.naming.model_copy(update={"value": "x"})})
    gone = features.withColumn("extra", F.col("web_share_28d"))
    with_extra = train_segments(gone, settings_with("extra"), before=None, digest="d", seed=7)
    fresh = train_segments(renamed, settings, before=with_extra.model, digest="d", seed=7)
    assert fresh.alignment.segment_ids == ("s04", "s05", "s06")


def settings_with(feature):
    group = SEGMENTS.inputs[0].model_copy(update={"include": ("*_share_28d", feature)})
    return SEGMENTS.model_copy(update={"inputs": (group,)})


def test_every_customer_gets_a_segment_with_distance_and_confidence(features, trained):
    rows = to_segments(features, trained.model).collect()
    assert len(rows) == PEOPLE
    assert all(r.distance >= 0 and 0 <= r.confidence <= 1 for r in rows)


def test_profiles_add_up_to_everybody(trained):
    assert sum(p.customers for p in trained.profiles) == PEOPLE
    assert sum(p.share for p in trained.profiles) == pytest.approx(1.0, abs=1e-5)
    assert len(set(trained.model.names)) == 3


def test_sums_count_null_as_the_declared_value(features, trained):
    blanked = features.withColumn("web_share_28d", F.lit(None).cast("double"))
    sums = cluster_sums(blanked, trained.model.geometry, trained.model.centre_matrix, {"web_share_28d": 0.25})
    assert sums.raw_sums.sum() == PEOPLE * 0.25


def test_sparks_own_engine_and_groups_by_density_are_there_for_who_asks(features, trained):
    asked = SEGMENTS.model_copy(update={"engine": "spark", "density": Density(rows=300, min_share=0.1), "choice": ChoiceOfK(smallest=3, largest=3, resamples=2)})
    other = train_segments(features, asked, before=None, digest="d1", seed=7)
    ours, theirs = (segment_of(features, model) for model in (trained.model, other.model))
    assert adjusted_rand_score([ours[c] for c in sorted(ours)], [theirs[c] for c in sorted(ours)]) > 0.3  # one start may end badly
    assert len(other.passes.costs) == 1
    assert sum(other.groups.sizes.values()) == PEOPLE
    assert {segment for _, segment in other.groups.counts} <= set(other.model.segment_ids)
    verdict = verdict_on(other, asked, None)
    evidence = segment_evidence(other, asked, verdict, LATEST)
    assert {"density.png", "density.json"} <= {*evidence.figures, *evidence.dicts}
    assert "## Groups by density" in evidence.card
    assert trained.groups is None


def test_too_few_customers_are_refused(features):
    with pytest.raises(QualityError, match="only 50 customers"):
        train_segments(features.limit(50), SEGMENTS, before=None, digest="d", seed=7)


def test_names_that_use_an_undeclared_feature_are_refused(features):
    with pytest.raises(UsageError, match="order_amount_sum_28d"):
        train_segments(features.drop("order_amount_sum_28d"), SEGMENTS, before=None, digest="d", seed=7)
