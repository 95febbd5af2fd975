"""Customers without a row are counted by reason."""

import datetime as dt

from pyspark.sql import DataFrame, SparkSession

from crosschannel.features.assemble import to_added_up
from crosschannel.features.population import CUSTOMERS, REASON, to_excluded_counts
from tests.spark.features.frames import known_of, settings_of
from tests.support.rows import assert_rows, at, row

AS_OF, EARLY = dt.date(2026, 5, 20), dt.date(2026, 5, 1)
BEHAVIOUR = "behaviour: [{name: own_action, verb: [view], stats: [active_days], window_days: [7]}]"


def excluded(spark: SparkSession, given: list, population: str, dates: list[dt.date]) -> DataFrame:
    known = known_of(spark, given, settings_of(f"population: {population}\n{BEHAVIOUR}"), dates)
    return to_excluded_counts(to_added_up(known), tiles=known.tiles, members=known.members, population=known.settings.population)


def test_each_customer_left_out_within_window_under_its_first_reason_on_each_date_it_is_known(spark: SparkSession) -> None:
    given = [
        row(customer_id="active", verb="view", event_ts=at("2026-05-18 09:00")),
        row(customer_id="active", verb="view", event_ts=at("2026-05-19 09:00")),
        row(customer_id="once", verb="view", event_ts=at("2026-05-19 09:00")),
        row(customer_id="idle", verb="view", event_ts=at("2026-04-24 09:00")),
        row(customer_id="guest", verb="view", event_ts=at("2026-04-01 09:00"), is_identified=False),
        row(customer_id="reached", verb="send", event_ts=at("2026-05-19 09:00")),
        row(customer_id=None, verb="spend", event_ts=at("2026-05-19 09:00"), is_identified=False),
    ]
    assert_rows(
        excluded(spark, given, "{active_within_days: 7, min_active_days: 2}", [AS_OF, EARLY]),
        {"as_of_date": AS_OF, REASON: "inactive", CUSTOMERS: 2},
        {"as_of_date": AS_OF, REASON: "barely_seen", CUSTOMERS: 1},
        {"as_of_date": AS_OF, REASON: "not_identified", CUSTOMERS: 1},
        {"as_of_date": EARLY, REASON: "inactive", CUSTOMERS: 1},
        {"as_of_date": EARLY, REASON: "not_identified", CUSTOMERS: 1},
    )


def test_a_population_that_asks_nothing_leaves_nobody_out(spark: SparkSession) -> None:
    given = [row(verb="send", event_ts=at("2026-05-19 09:00"), is_identified=False)]
    assert excluded(spark, given, "{identified_only: false, active_within_days: null}", [AS_OF]).count() == 0
