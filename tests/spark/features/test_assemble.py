"""Features against a plain-Python oracle, and what must never move them."""

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.features.assemble import to_added_up, to_customer_features
from crosschannel.settings.features import features_contract
from tests.spark.features.frames import EVERY_RECIPE, known_of, settings_of
from tests.spark.features.oracle import features_of, random_events
from tests.support.rows import assert_rows, at, row

AS_OF = dt.date(2026, 5, 20)
DATES = (AS_OF, dt.date(2026, 3, 15))
SETTINGS = settings_of(EVERY_RECIPE)
SMALL = settings_of("behaviour: [{channel: [web], verb: [view], stats: [count], window_days: [7]}]\nfamilies: [behaviour]")


def built(spark: SparkSession, events: Any, settings=SETTINGS, dates=DATES, partitions: int = 1) -> DataFrame:
    known = known_of(spark, events, settings, dates, partitions)
    return to_customer_features(known, to_added_up(known))


def stored(features: DataFrame) -> list[Any]:
    return sorted(features.collect())


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    return random_events(customers=25, each=60, seed=11)


@pytest.fixture(scope="module")
def features(spark: SparkSession, events) -> list[Any]:
    return stored(built(spark, events))


def test_every_recipe_agrees_with_the_oracle(events, features) -> None:
    assert len(features) == 2 * len({e["customer_id"] for e in events})
    for one in features:
        own = [e for e in events if e["customer_id"] == one.customer_id]
        expected = features_of(own, SETTINGS.feature_columns(), one.as_of_date)
        for name, value in expected.items():
            actual = one[name]
            if isinstance(value, float) and actual is not None:
                assert actual == pytest.approx(value, abs=1e-9), (name, one.customer_id, one.as_of_date)
            else:
                assert actual == value, (name, one.customer_id, one.as_of_date)


def test_no_row_knows_a_moment_after_its_date(features) -> None:
    assert all(one.max_event_ts.date() <= one.as_of_date for one in features)


def test_events_after_the_date_change_no_bit(spark: SparkSession, events, features) -> None:
    pick = random.Random(5)
    earlier = [e for e in events if e["event_date"] <= DATES[1]]
    later = [e | {"customer_id": f"c{pick.randrange(25):03}", "verb": "purchase"} for e in events if e["event_date"] > DATES[1]]
    expected = [one for one in features if one.as_of_date == DATES[1]]
    for given in (earlier, earlier + later):
        assert stored(built(spark, given, dates=DATES[1:])) == expected


def test_order_and_partitioning_of_the_events_change_no_bit(spark: SparkSession, events, features) -> None:
    shuffled = random.Random(3).sample(events, len(events))
    assert stored(built(spark, shuffled, partitions=7)) == features


def test_columns_are_those_of_the_contract_and_a_family_switched_off_is_absent() -> None:
    without = settings_of(EVERY_RECIPE + "\nfamilies: [behaviour]")
    names = [str(c) for c in features_contract(without).columns]
    assert names[:5] == [*map(str, CustomerFeatures.contract.columns), "own_action_recency_days"]
    assert "web_view_count_7d" in names
    assert not [n for n in names if n.startswith(("order_", "view_", "region", "channels_"))]


def test_the_last_second_of_the_date_counts_and_the_next_does_not(spark: SparkSession) -> None:
    moments = (at("2026-05-14 00:00:00"), at("2026-05-13 23:59:59"), at("2026-05-20 23:59:59"), at("2026-05-21 00:00:00"))
    given = [row(event_id=str(n), channel="web", verb="view", event_ts=m) for n, m in enumerate(moments)]
    assert_rows(built(spark, given, SMALL, [AS_OF]), row(web_view_count_7d=2.0, max_event_ts=moments[2]))


def test_counts_of_nothing_are_0_and_recencies_of_nothing_null(spark: SparkSession) -> None:
    given = [row(channel="email", verb="send", event_ts=at("2026-05-01 09:00"))]
    assert_rows(built(spark, given, SMALL, [AS_OF]), row(web_view_count_7d=0.0, own_action_recency_days=None))


def test_a_customer_unknown_on_a_date_has_no_row_for_it(spark: SparkSession) -> None:
    given = [row(channel="web", verb="view", event_ts=at("2026-05-01 09:00"))]
    assert_rows(built(spark, given, SMALL), row(customer_id="c1", as_of_date=AS_OF))


def test_only_identified_and_active_customers_get_a_row(spark: SparkSession) -> None:
    settings = SMALL.model_copy(update={"population": SMALL.population.model_copy(update={"active_within_days": 10})})
    given = [
        row(customer_id="active", verb="view", event_ts=at("2026-05-11 09:00")),
        row(customer_id="idle", verb="view", event_ts=at("2026-05-10 09:00")),
        row(customer_id="reached", verb="send", event_ts=at("2026-05-19 09:00")),
        row(customer_id="guest", verb="view", event_ts=at("2026-05-19 09:00"), is_identified=False),
        row(customer_id=None, verb="spend", event_ts=at("2026-05-19 09:00"), is_identified=False),
    ]
    assert_rows(built(spark, given, settings, [AS_OF]), row(customer_id="active"))


def test_an_order_over_two_days_counts_once_on_its_first_day(spark: SparkSession) -> None:
    settings = settings_of("purchase: [{stats: [order_count, order_amount_sum], window_days: [7, 28]}]")
    given = [
        row(event_id="a", verb="purchase", order_id="o1", order_amount=Decimal("10.10"), event_ts=at("2026-05-13 09:00")),
        row(event_id="b", verb="purchase", order_id="o1", order_amount=Decimal("0.20"), event_ts=at("2026-05-14 09:00")),
        row(event_id="c", verb="purchase", order_id=None, order_amount=None, event_ts=at("2026-05-14 09:00")),
    ]
    expected = row(order_count_7d=1.0, order_count_28d=2.0, order_amount_sum_7d=0.2, order_amount_sum_28d=10.3)
    assert_rows(built(spark, given, settings, [AS_OF]), expected)
