import dataclasses

import numpy as np
import pytest
from pyspark.sql import functions as F

from crosschannel.contracts.ml import Models
from crosschannel.errors import QualityError, StorageError, UsageError
from crosschannel.models.apply import to_scores
from crosschannel.models.boosted import dealt
from crosschannel.models.calibration import Calibration
from crosschannel.models.measures import measured
from crosschannel.models.paired import to_pairs
from crosschannel.models.reasons import families_of, to_exact, to_reasons
from crosschannel.models.rows import to_table
from crosschannel.models.score_model import ScoreModel, Scorer, stored_score
from crosschannel.models.score_report import model_rows
from crosschannel.models.scores import can_read, train_scores
from crosschannel.models.slices import slicing_of
from crosschannel.models.split import SLICE, TRAIN
from crosschannel.models.study_rows import study_rows
from crosschannel.settings.review import Group, Review
from tests.support.planted import EARLIER, FEATURES, LATEST, SCORES, TODAY, TRAINING, planted_features, planted_labels

PEOPLE = 600
PLANNED, FOUND = "spark.sql.autoBroadcastJoinThreshold", "spark.sql.adaptive.autoBroadcastJoinThreshold"  # largest table sent to all, as foretold and as measured


@pytest.fixture(scope="module")
def features(spark):
    return planted_features(spark, PEOPLE, EARLIER, LATEST).cache()


@pytest.fixture(scope="module")
def labels(spark):
    return planted_labels(spark, PEOPLE, EARLIER, LATEST).cache()


@pytest.fixture(scope="module")
def trained(features, labels):
    return train_scores(features, labels, TRAINING, as_of_date=TODAY, seed=7)


@pytest.fixture(scope="module")
def scored(features, trained):
    return to_scores(features.where(F.col("as_of_date") == F.lit(LATEST)), [t.model for t in trained]).collect()


def test_each_score_ranks_customers_it_has_not_seen(trained):
    assert [t.model.name for t in trained] == ["purchase", "omnichannel"]
    assert all(t.metrics["auc"] > 0.65 for t in trained)
    assert all(t.metrics["rows"] == t.slices["test_rows"] for t in trained)


def test_the_same_rows_in_other_partitions_give_the_same_bytes(features, labels, trained):
    again = train_scores(features.repartition(5), labels.repartition(3), TRAINING, as_of_date=TODAY, seed=7)
    assert [t.model.version for t in again] == [t.model.version for t in trained]
    assert [t.metrics for t in again] == [t.metrics for t in trained]


def test_rows_are_dealt_to_as_many_workers_as_asked_though_a_join_before_shrinks(spark):
    """Spark found an exchange by customer there already, and read it in one partition when a join turned out to be small: training hung."""
    session = spark.newSession()
    for name, value in ((PLANNED, "-1"), (FOUND, "10MB")):
        session.conf.set(name, value)
    rows = session.range(300).select(
        F.concat(F.lit("c"), "id").alias("customer_id"), F.lit(LATEST).alias("as_of_date"), F.lit(TRAIN).alias(SLICE), F.lit(1.0).alias("label_value")
    )
    some = session.range(3).select(F.concat(F.lit("c"), "id").alias("customer_id")).distinct()
    shared = dealt(rows.join(some, on="customer_id", how="left_anti"), [], {}, 2)
    parts = shared.mapInPandas(lambda frames: frames, shared.schema).rdd.mapPartitions(lambda part: [sum(1 for _ in part)]).collect()
    assert len(parts) == 2
    assert sum(parts) == 297
    assert min(parts) > 100


def test_outcomes_whose_horizon_ends_after_the_as_of_date_are_not_known_yet(features, labels, trained):
    purchase = train_scores(features, labels, TRAINING, as_of_date=LATEST, seed=7)[0]
    assert purchase.model.facts["dates"] == [str(EARLIER)]
    assert trained[0].model.facts["dates"] == [str(EARLIER), str(LATEST)]


def test_scores_are_probabilities_of_customers_in_the_population(features, scored):
    recency = {r.customer_id: r.own_action_recency_days for r in features.where(F.col("as_of_date") == F.lit(LATEST)).collect()}
    by_name = {name: [r for r in scored if r.score_name == name] for name in ("purchase", "omnichannel")}
    active = {c for c, days in recency.items() if days < 84}
    assert 0 < len(active) < PEOPLE
    for rows in by_name.values():
        assert {r.customer_id for r in rows} == active
        assert all(0 <= r.probability <= 1 for r in rows)
    assert all(r.score == r.probability for r in by_name["purchase"])
    assert max(r.score for r in by_name["omnichannel"]) > 50


def test_the_expression_for_scoring_is_the_one_for_training(features, trained):
    model = trained[0].model
    assert model.levels["region"] == ("north", "south")
    text = features.select(model.inputs()["purchase region"].alias("x"), "region").distinct().collect()
    codes = {r.region: r.x for r in text}
    assert (codes["north"], codes["south"], codes["rare"]) == (1.0, 2.0, 0.0)
    assert np.isnan(codes[None])


def test_declared_directions_hold_for_every_row(trained):
    model = trained[0].model
    draw = np.random.default_rng(1)
    rows = draw.integers(0, 20, (1_000, len(model.features))).astype(float)
    rows[:, model.features.index("region")] = draw.integers(0, 3, 1_000)
    more = rows.copy()
    more[:, model.features.index("web_purchase_count_28d")] += 3
    scorer = Scorer(model)
    assert (scorer.margins(more) >= scorer.margins(rows)).all()


def test_a_stored_model_scores_like_the_fitted_one(spark, trained, scored):
    stored = to_table(spark, Models, model_rows(trained, LATEST))
    for t in trained:
        read = stored_score(stored, t.model.name, t.model.version)
        assert read is not None
        assert read.version == t.model.version
        assert read.description == t.model.description
    assert stored_score(stored, "purchase", "another") is None


def test_changed_bytes_are_refused_before_they_are_loaded(spark, trained):
    (row,) = to_table(spark, Models, model_rows(trained[:1], LATEST)).collect()
    changed = dataclasses.replace(trained[0].model, content=trained[0].model.content + b" ")
    forged = to_table(spark, Models, [{**row.asDict(), "content": changed.content}]).collect()[0]
    with pytest.raises(StorageError, match="not the ones that were stored"):
        ScoreModel.from_row(forged)


def test_two_models_are_counted_on_the_same_customers_in_every_slice_whatever_the_partitions(trained):
    purchase, omnichannel = trained
    slicing = slicing_of(FEATURES.feature_columns(), Review(slices=(Group(feature="region"), Group(feature="own_action_recency_days", bands=(7, 14)))), None)
    pairs = to_pairs(purchase.held_out, purchase.model, omnichannel.model, slicing)
    again = to_pairs(purchase.held_out.repartition(5), purchase.model, omnichannel.model, slicing)
    rows = {name: int(p.rows.sum()) for name, p in pairs.items()}
    assert set(rows) == {
        "all", *(f"channel={c}" for c in ("web", "app", "store")), *(f"region={r}" for r in ("north", "south", "rare", "unknown")),
        *(f"own_action_recency_days={b}" for b in ("under 7", "7 to 14", "14 and over")),
    }  # fmt: skip
    for kind in ("channel=", "region=", "own_action_recency_days="):
        assert sum(n for name, n in rows.items() if name.startswith(kind)) == rows["all"] == purchase.slices["test_rows"]
    for name, one in pairs.items():
        assert all((getattr(one, part) == getattr(again[name], part)).all() for part in ("ours", "theirs", "outcomes", "rows"))
    ours = measured(pairs["all"].histogram(pairs["all"].ours), Calibration(1.0, 0.0))
    assert ours["auc"] == pytest.approx(purchase.metrics["auc"], abs=0.01)
    assert ours["log_loss"] == pytest.approx(purchase.metrics["log_loss"], abs=0.001)
    assert not can_read(purchase.held_out, dataclasses.replace(purchase.model, features=("no_such_feature",)))


def test_a_study_draws_about_as_many_rows_as_asked_and_the_same_ones_whatever_the_partitions(trained):
    purchase = trained[0]
    one, other = (study_rows(rows, purchase.model, purchase.slices, limit=100, seed=7) for rows in (purchase.sliced, purchase.sliced.repartition(5)))
    assert one.features == purchase.model.features
    assert np.array_equal(one.values, other.values, equal_nan=True)
    assert (one.outcomes == other.outcomes).all()
    assert (one.slices == other.slices).all()
    assert 60 < one.of("train", "stop").sum() < 140
    assert 60 < one.of("calibrate", "test").sum() < 140


def test_reasons_are_the_same_whatever_the_partitions(features, trained, scored):
    models = [t.model for t in trained]
    families = [families_of(m, FEATURES.feature_columns(), SCORES.reasons, frozenset()) for m in models]
    today = features.where(F.col("as_of_date") == F.lit(LATEST))
    chosen = features.sparkSession.createDataFrame([(r.customer_id, r.score_name, 1 + i % 10) for i, r in enumerate(scored)], "customer_id string, score_name string, decile int")
    exact = to_exact(chosen, None, [m.name for m in models], SCORES.reasons)
    one, other = (sorted(map(str, to_reasons(rows, exact, models, families, SCORES.reasons).collect())) for rows in (today, today.repartition(5)))
    assert one == other
    assert len(one) == len(scored)


def test_too_few_outcomes_are_refused_with_the_remedy(features, labels):
    with pytest.raises(QualityError, match="min_positives"):
        train_scores(features, labels.where("label_value = 0 or customer_id < 'c00030'"), TRAINING, as_of_date=TODAY, seed=7)


def test_more_workers_than_spark_has_tasks_are_refused_at_once(features, labels):
    greedy = SCORES.scores[0].model_copy(update={"workers": 64})
    settings = TRAINING.model_copy(update={"scores": SCORES.model_copy(update={"scores": (greedy,)})})
    with pytest.raises(UsageError, match="64 workers"):
        train_scores(features, labels, settings, as_of_date=TODAY, seed=7)


def test_a_label_nobody_declared_is_refused(features, labels):
    unknown = SCORES.scores[0].model_copy(update={"label": "return"})
    settings = TRAINING.model_copy(update={"scores": SCORES.model_copy(update={"scores": (unknown,)})})
    with pytest.raises(UsageError, match="return"):
        train_scores(features, labels, settings, as_of_date=TODAY, seed=7)
