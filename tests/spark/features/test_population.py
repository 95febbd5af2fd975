"""Customers without a row are counted by reason."""

import datetime as dt

from pyspark.sql import SparkSession

from crosschannel.features.population import CUSTOMERS, REASON, only_customers, to_excluded_counts
from crosschannel.settings.features import Population
from tests.spark.features.frames import customer_events
from tests.support.rows import assert_rows, at, row

AS_OF, EARLY = dt.date(2026, 5, 20), dt.date(2026, 5, 1)


def test_each_customer_left_out_is_counted_under_its_first_reason_on_each_date_it_is_known(spark: SparkSession) -> None:
    given = [
        row(customer_id="active", verb="view", event_ts=at("2026-05-19 09:00")),
        row(customer_id="idle", verb="view", event_ts=at("2026-04-30 09:00")),
        row(customer_id="guest", verb="view", event_ts=at("2026-04-01 09:00"), is_identified=False),
        row(customer_id="reached", verb="send", event_ts=at("2026-05-19 09:00")),
        row(customer_id=None, verb="spend", event_ts=at("2026-05-19 09:00"), is_identified=False),
    ]
    events = customer_events(spark, given).transform(only_customers)
    actual = events.transform(to_excluded_counts, population=Population(active_within_days=7), as_of_dates=[AS_OF, EARLY])
    assert_rows(
        actual,
        {"as_of_date": AS_OF, REASON: "inactive", CUSTOMERS: 2},
        {"as_of_date": AS_OF, REASON: "not_identified", CUSTOMERS: 1},
        {"as_of_date": EARLY, REASON: "not_identified", CUSTOMERS: 1},
    )


def test_a_population_that_asks_nothing_leaves_nobody_out(spark: SparkSession) -> None:
    events = customer_events(spark, [row(verb="send", event_ts=at("2026-05-19 09:00"), is_identified=False)])
    everybody = Population(identified_only=False, active_within_days=None)
    assert events.transform(to_excluded_counts, population=everybody, as_of_dates=[AS_OF]).count() == 0
