"""Outcomes in the horizon: who is labelled, with what, and when a date must wait."""

import datetime as dt
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.features.labels import complete_dates, only_in_population, to_customer_labels
from crosschannel.settings.features import OWN_ACTION_RECENCY
from crosschannel.settings.labels import LabelsSettings
from crosschannel.settings.load import validated
from tests.spark.features.frames import customer_events
from tests.support.rows import assert_rows, at, row, rows

AS_OF, LATER = dt.date(2026, 3, 1), dt.date(2026, 3, 29)
LAST = dt.date(2026, 3, 29)  # 28 days after AS_OF
FEATURES = CustomerFeatures.contract.completed([OWN_ACTION_RECENCY.column])
SETTINGS = validated(
    {
        "labels": [
            {"name": "purchase", "outcome": {"any_of": {"verb": "purchase"}}, "horizon_days": 28, "population": {"active_within_days": 84}},
            {"name": "churn", "outcome": {"none_of": {"verb": ["view", "purchase"]}}, "horizon_days": 28, "population": {"active_within_days": 28}},
        ]
    },
    LabelsSettings,
    Path("labels.yaml"),
)
PURCHASE, CHURN = SETTINGS.labels


@pytest.fixture(scope="module")
def features(spark: SparkSession) -> DataFrame:
    recencies = {"recent": 27.0, "older": 28.0, "gone": 84.0, "never": None}
    return rows(spark, FEATURES, *[row(customer_id=c, as_of_date=d, own_action_recency_days=r) for c, r in recencies.items() for d in (AS_OF, LATER)])


def labels_of(spark: SparkSession, features: DataFrame, *given: dict) -> DataFrame:
    made = customer_events(spark, given)
    return made.transform(to_customer_labels, features=features, labels=SETTINGS.labels, as_of_dates=[AS_OF, LATER], last_event_date=LAST)


def test_any_event_of_the_outcome_in_the_horizon_makes_a_1_and_none_a_0(spark: SparkSession, features: DataFrame) -> None:
    bought = row(customer_id="recent", verb="purchase", event_ts=at("2026-03-29 23:59"))
    actual = labels_of(spark, features, bought, bought)
    assert_rows(
        actual,
        row(customer_id="recent", as_of_date=AS_OF, label_name="purchase", label_value=1, horizon_days=28),
        row(customer_id="older", as_of_date=AS_OF, label_name="purchase", label_value=0, horizon_days=28),
        row(customer_id="recent", as_of_date=AS_OF, label_name="churn", label_value=0, horizon_days=28),
    )


@pytest.mark.parametrize("moment", ["2026-03-01 23:59:59", "2026-03-30 00:00:00"])
def test_the_day_itself_and_the_day_after_the_horizon_do_not_count(spark: SparkSession, features: DataFrame, moment: str) -> None:
    given = row(customer_id="recent", verb="purchase", event_ts=at(moment))
    actual = labels_of(spark, features, given).where("customer_id = 'recent'")
    assert_rows(actual, row(label_name="purchase", label_value=0), row(label_name="churn", label_value=1))


def test_what_is_done_to_a_customer_keeps_nobody_from_churning(spark: SparkSession, features: DataFrame) -> None:
    actual = labels_of(spark, features, row(customer_id="recent", verb="send", event_ts=at("2026-03-10 09:00")))
    assert_rows(actual.where("label_name = 'churn'"), row(customer_id="recent", label_value=1))


def test_a_date_waits_until_its_whole_horizon_lies_inside_the_data() -> None:
    assert complete_dates(PURCHASE, [LATER, AS_OF], LAST) == (AS_OF,)
    assert complete_dates(PURCHASE, [AS_OF], LAST - dt.timedelta(days=1)) == ()


def test_without_a_complete_date_there_are_no_labels(spark: SparkSession, features: DataFrame) -> None:
    given = customer_events(spark, [row(verb="purchase", event_ts=at("2026-03-10 09:00"))])
    assert given.transform(to_customer_labels, features=features, labels=SETTINGS.labels, as_of_dates=[LATER], last_event_date=LAST).count() == 0


def test_the_population_of_a_label_is_told_from_features_alone(features: DataFrame) -> None:
    assert_rows(features.transform(only_in_population, label=CHURN), *[row(customer_id="recent", as_of_date=d) for d in (AS_OF, LATER)])
