"""Features with planted segments and a planted outcome, small enough for a test."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.io.fitting import schema_of
from crosschannel.settings.acting import ActionList, ReasonFamily, Reasons, Worth
from crosschannel.settings.cross_channel import CrossChannel, Spreads
from crosschannel.settings.families import Behaviour, Demographic, Purchase
from crosschannel.settings.features import FeaturesSettings, features_contract
from crosschannel.settings.labels import Label, LabelPopulation, LabelsSettings, Outcome
from crosschannel.settings.review import Group, Review
from crosschannel.settings.scores import Holdout, Omnichannel, Ring, Score, ScoresSettings, TrainScoresSettings
from crosschannel.settings.segments import ChoiceOfK, Naming, SegmentInput, SegmentsSettings, Tier, Trait
from tests.support.rows import row, rows

CHANNELS = ("web", "app", "store")
EARLIER, LATEST, TODAY = dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 28)
FEATURES = FeaturesSettings(
    behaviour=(Behaviour(channel=CHANNELS, verb=("view", "purchase"), stats=("count",), window_days=(28,), direction=1),),
    purchase=(Purchase(stats=("order_amount_sum",), window_days=(28,), direction=1),),
    demographics=(Demographic(property="region"),),
    cross_channel=CrossChannel(spreads=(Spreads(channel=CHANNELS, stats=("share",), window_days=(28,)),)),
)
SEGMENTS = SegmentsSettings(
    inputs=(SegmentInput(group="mix", include=("*_share_28d",), transform="sqrt"),),
    choice=ChoiceOfK(smallest=2, largest=4, resamples=4),
    naming=Naming(
        value="order_amount_sum_28d",
        recency="own_action_recency_days",
        channels={c: f"{c}_share_28d" for c in CHANNELS},
        value_tiers=(Tier(phrase="high-value", at_least=1.2), Tier(phrase="mid-value", at_least=0.6), Tier(phrase="low-value")),
        recency_tiers=(Tier(phrase="active", at_most=7), Tier(phrase="occasional")),
        traits=(Trait(feature="web_view_count_28d", phrase="browsers"), Trait(feature="app_view_count_28d", phrase="tappers")),
    ),
    sample_rows=5_000,
    choice_rows=500,
    restarts=3,
)
LABELS = LabelsSettings(
    labels=(
        Label(name="purchase", outcome=Outcome(any_of={"verb": "purchase"}), horizon_days=28, population=LabelPopulation(active_within_days=84)),
    )
)
SCORES = ScoresSettings(
    scores=(
        Score(
            name="purchase", max_rounds=30, early_stopping_rounds=5, learning_rate=0.2, min_child_weight=1.0, min_level_rows=20,
            worth=Worth(feature="order_amount_sum_28d", missing=10.0),
        ),
    ),
    omnichannel=Omnichannel(label="purchase", channels=CHANNELS, rings=(Ring(window_days=28, weight=1.0),)),
    holdout=Holdout(test=0.25, calibrate=0.2, stop=0.1),
    min_positives=10,
    review=Review(slices=(Group(feature="region"),)),
    lists=(ActionList(name="lead_queue", score="purchase", capacity=40),),
    reasons=Reasons(
        families=(ReasonFamily(name="orders", include=("order_*", "*_purchase_*"), raises="they buy", lowers="they do not buy"),), withhold=("region",)
    ),
)
TRAINING = TrainScoresSettings(features=FEATURES, labels=LABELS, scores=SCORES)


def planted(people: int, as_of_date: dt.date, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return features, the segment of each row, and the outcome of each row."""
    draw = np.random.default_rng([seed, as_of_date.toordinal()])
    segment = np.arange(people) % 3
    mix = np.eye(3)[segment] * 0.8 + 0.2 / 3
    views = draw.poisson(mix * draw.gamma(4.0, 5.0, people)[:, None] + 0.3)
    bought = draw.poisson(mix * 0.8)
    share = views / np.maximum(views.sum(axis=1), 1)[:, None]
    columns: dict[str, object] = {"customer_id": [f"c{i:05d}" for i in range(people)], "as_of_date": as_of_date, "max_event_ts": dt.datetime(2026, 1, 1)}
    columns["own_action_recency_days"] = np.where(draw.random(people) < 0.05, 90.0, draw.integers(0, 20, people))
    columns |= {f"{c}_view_count_28d": views[:, i].astype(float) for i, c in enumerate(CHANNELS)}
    columns |= {f"{c}_purchase_count_28d": bought[:, i].astype(float) for i, c in enumerate(CHANNELS)}
    columns |= {f"{c}_share_28d": share[:, i] for i, c in enumerate(CHANNELS)}
    columns["order_amount_sum_28d"] = bought.sum(axis=1) * 20.0
    region = draw.choice(np.array(["north", "south", "rare"]), people, p=[0.5, 0.49, 0.01])
    columns["region"] = np.where(draw.random(people) < 0.1, None, region)
    margin = -2.0 + 1.5 * np.log1p(bought.sum(axis=1)) + 0.6 * np.log1p(views[:, 0]) + (region == "north")
    outcome = (draw.random(people) < 1 / (1 + np.exp(-margin))).astype(int)
    return pd.DataFrame(columns), segment, outcome


def planted_features(spark: SparkSession, people: int, *dates: dt.date, seed: int = 0) -> DataFrame:
    """Return planted features of several dates as a frame of the contract."""
    contract = features_contract(FEATURES)
    rows = pd.concat([planted(people, d, seed)[0] for d in dates]).reindex(columns=[str(c) for c in contract.columns])
    rows[CustomerFeatures.max_event_ts] = pd.Series([t.to_pydatetime() for t in rows[CustomerFeatures.max_event_ts]], index=rows.index, dtype=object)
    records = [tuple(r) for r in rows.astype(object).where(rows.notna(), None).itertuples(index=False)]
    return spark.createDataFrame(records, schema_of(contract))


def planted_labels(spark: SparkSession, people: int, *dates: dt.date, seed: int = 0) -> DataFrame:
    """Return the planted outcomes of several dates."""
    records = []
    for day in dates:
        people_of_day, _, outcome = planted(people, day, seed)
        records += [
            row(customer_id=c, as_of_date=day, label_name="purchase", label_value=int(y), horizon_days=28)
            for c, y in zip(people_of_day["customer_id"], outcome, strict=True)
        ]
    return rows(spark, CustomerLabels, *records)
