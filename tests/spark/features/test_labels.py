"""Outcomes in the horizon: who is labelled, with what, and when a date must wait."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.customers import IdentityAliases
from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.features.label_audit import to_label_audit
from crosschannel.features.labels import STATUS, complete_dates, only_in_population, to_customer_labels, to_judged, with_living_id
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


def judged_of(spark: SparkSession, features: DataFrame, given, labels=SETTINGS.labels, dates=(AS_OF, LATER), aliases=()) -> DataFrame:
    living = features.transform(with_living_id, rows(spark, IdentityAliases, *aliases))
    return customer_events(spark, given).transform(to_judged, features=living, labels=labels, as_of_dates=list(dates), last_event_date=LAST)


def labels_of(spark: SparkSession, features: DataFrame, *given: dict) -> DataFrame:
    return judged_of(spark, features, given).transform(to_customer_labels)


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
    assert judged_of(spark, features, [row(verb="purchase", event_ts=at("2026-03-10 09:00"))], dates=[LATER]).count() == 0


def test_the_population_of_a_label_is_told_from_features_alone(features: DataFrame) -> None:
    assert_rows(features.transform(only_in_population, label=CHURN), *[row(customer_id="recent", as_of_date=d) for d in (AS_OF, LATER)])


KINDS = validated(
    {
        "labels": [
            {"name": "answer", "outcome": {"response": {"to": {"channel": "email", "verb": "send"}, "by": {"channel": "email", "verb": "engage"}, "within_days": 2}},
             "horizon_days": 14, "gap_days": 3},
            {"name": "big", "outcome": {"spend": {"where": {"verb": "purchase"}, "at_least": 50}}, "horizon_days": 14, "gap_days": 3,
             "exclude": [{"where": {"verb": "unsubscribe"}, "within_days": 10}, {"where": {"verb": "complaint"}, "within_days": 3}]},
            {"name": "left", "outcome": {"attribute": {"property": "status", "is_in": ["gone"], "source": "crm"}}, "horizon_days": 14},
            {"name": "is_left", "outcome": {"attribute": {"property": "status", "is_in": ["gone"]}}, "horizon_days": 0, "min_coverage": 0.1},
        ]
    },
    LabelsSettings,
    Path("labels.yaml"),
)  # fmt: skip
GIVEN = [
    row(customer_id="recent", channel="email", verb="send", event_ts=at("2026-03-05 09:00")),
    row(customer_id="recent", channel="email", verb="engage", event_ts=at("2026-03-07 08:59")),
    row(customer_id="older", channel="email", verb="send", event_ts=at("2026-03-18 09:00")),
    row(customer_id="older", channel="email", verb="engage", event_ts=at("2026-03-20 09:01")),
    row(customer_id="gone", channel="email", verb="send", event_ts=at("2026-03-04 09:00")),
    row(customer_id="recent", verb="purchase", order_amount=Decimal("30.10"), event_ts=at("2026-03-05 09:00")),
    row(customer_id="recent", verb="purchase", order_amount=Decimal("19.90"), event_ts=at("2026-03-18 23:00")),
    row(customer_id="older", verb="purchase", order_amount=Decimal("99.00"), event_ts=at("2026-03-04 23:00")),
    row(customer_id="new_id", verb="unsubscribe", event_ts=at("2026-02-20 09:00")),
    row(customer_id="never", verb="complaint", event_ts=at("2026-02-26 09:00")),
    row(customer_id="recent", source="crm", verb="profile", properties={"status": "gone"}, event_ts=at("2026-02-01 09:00")),
    row(customer_id="recent", source="crm", verb="profile", properties={"status": "back"}, event_ts=at("2026-03-10 09:00")),
    row(customer_id="older", source="web", verb="profile", properties={"status": "gone"}, event_ts=at("2026-03-10 09:00")),
    row(customer_id="new_id", source="crm", verb="profile", properties={"status": "gone"}, event_ts=at("2026-03-10 09:00")),
]


@pytest.fixture(scope="module")
def judged(spark: SparkSession, features: DataFrame) -> DataFrame:
    merged = row(retired_customer_id="gone", customer_id="new_id")
    return judged_of(spark, features, GIVEN, KINDS.labels, [AS_OF], [merged]).cache()


def told(judged: DataFrame, name: str) -> dict[str, tuple]:
    return {r.customer_id: (r[STATUS], r.label_value, r.spent_amount, r.after_days) for r in judged.where(f"label_name = '{name}'").collect()}


def test_a_response_is_an_answer_in_time_to_a_contact_of_the_horizon_and_nobody_else_has_a_label(judged: DataFrame) -> None:
    assert told(judged, "answer") == {
        "recent": ("labelled", 1, None, 6),
        "older": ("labelled", 0, None, None),
        "gone": ("undecided", 0, None, None),
        "never": ("undecided", 0, None, None),
    }


def test_spend_is_a_sum_in_the_horizon_after_the_gap_and_the_excluded_have_none(judged: DataFrame) -> None:
    assert told(judged, "big") == {
        "recent": ("labelled", 1, Decimal("50.00"), 4),
        "older": ("labelled", 0, Decimal("0.00"), None),
        "gone": ("excluded", 0, Decimal("0.00"), None),
        "never": ("labelled", 0, Decimal("0.00"), None),
    }


def test_a_stated_property_is_read_from_its_source_in_the_horizon_under_the_id_a_customer_has_now(judged: DataFrame) -> None:
    assert {c: t[:2] for c, t in told(judged, "left").items()} == {
        "recent": ("labelled", 0),
        "older": ("undecided", 0),
        "gone": ("labelled", 1),
        "never": ("undecided", 0),
    }
    assert told(judged, "is_left")["recent"] == ("labelled", 1, None, -28)


def test_the_audit_counts_population_coverage_outcomes_and_their_delay(judged: DataFrame) -> None:
    assert_rows(
        judged.transform(to_label_audit),
        row(label_name="answer", population=4, excluded=0, undecided=2, labelled=2, positives=1, coverage=0.5, middle_after_days=6, horizon_days=19),
        row(label_name="big", population=4, excluded=1, undecided=0, labelled=3, positives=1, coverage=1.0, middle_after_days=4, horizon_days=17),
        row(label_name="left", population=4, excluded=0, undecided=2, labelled=2, positives=1, coverage=0.5, middle_after_days=9, horizon_days=14),
        row(
            label_name="is_left", population=4, excluded=0, undecided=3, labelled=1, positives=1, coverage=0.25, middle_after_days=-28, horizon_days=0
        ),
    )
