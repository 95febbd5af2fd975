"""Order histories: a day is an order, the first begins the history, and nobody knows more than the day did."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame, SparkSession, functions as F

from crosschannel.contracts.silver import Events
from crosschannel.features.orders import ACTS, OWNED_ACTS, to_order_days, to_order_histories, to_owned_counts
from crosschannel.features.windows import DATES
from crosschannel.settings.conditions import to_conditions
from tests.support.rows import assert_rows, row, rows

CUTOFF, TODAY = dt.date(2026, 5, 1), dt.date(2026, 5, 31)
ORDERED = (  # node, day, amount, further columns
    (1, "2026-04-01", "20.00", {}),
    (1, "2026-04-11", "10.00", {"order_id": "a"}),
    (1, "2026-04-11", "5.50", {"order_id": "b"}),
    (2, "2026-04-21", None, {"currency_code": None}),
    (2, "2026-05-11", "7.00", {"currency_code": "EUR"}),
    (3, "2026-05-02", "9.00", {}),
    (4, "2026-06-01", "9.00", {}),
    (5, "2026-04-01", "9.00", {"verb": "return"}),
    (None, "2026-04-01", "9.00", {}),
)


def happened(spark: SparkSession) -> DataFrame:
    given = []
    for number, (node, day, amount, more) in enumerate(ORDERED):
        plain = {"verb": "purchase", "currency_code": "USD", "order_amount": Decimal(amount) if amount else None}
        given.append(row(**{"event_id": f"e{number}", "node_key": node, "event_date": dt.date.fromisoformat(day), **plain, **more}))
    return rows(spark, Events, *given)


def owners(spark: SparkSession) -> DataFrame:
    """Nodes 1 and 2 are one customer today; before, 2 was nobody identified."""
    known = ((1, "ann", [CUTOFF, TODAY]), (2, "ann", [TODAY]), (3, "bob", [CUTOFF, TODAY]), (4, "cal", [TODAY]), (5, "dan", [TODAY]))
    return spark.createDataFrame(known, f"node_key bigint, customer_id string, {DATES} array<date>")


def days(spark: SparkSession, last: dt.date = TODAY) -> DataFrame:
    return happened(spark).transform(to_order_days, orders=to_conditions({"verb": "purchase"}), last=last)


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> DataFrame:
    return days(spark).transform(to_order_histories, owners=owners(spark), held_out_days=30).cache()


def test_each_date_counts_the_orders_and_identities_it_knew(found):
    columns = ("customer_id", "as_of_date", "repeat_orders", "last_order_days", "age_days", "late_orders", "late_cents")
    expected = (("ann", CUTOFF, 1, 10, 30, 1, 1550), ("ann", TODAY, 3, 40, 60, 1, 700), ("bob", TODAY, 0, 0, 29, 1, 900))
    assert_rows(found, *[dict(zip(columns, one, strict=True)) for one in expected])


def test_value_is_of_repeat_orders_whose_value_is_known(found):
    columns = ("customer_id", "as_of_date", "valued_orders", "valued_cents", "first_currency", "last_currency")
    expected = (("ann", CUTOFF, 1, 1550, "USD", "USD"), ("ann", TODAY, 2, 2250, "EUR", "USD"), ("bob", TODAY, 0, 0, "USD", "USD"))
    assert_rows(found, *[dict(zip(columns, one, strict=True)) for one in expected])


def test_orders_of_later_days_change_nothing_before_them(spark, found):
    early = days(spark, CUTOFF).transform(to_order_histories, owners=owners(spark), held_out_days=30)
    then = F.col("as_of_date") == F.lit(CUTOFF)
    assert sorted(early.where(then).collect()) == sorted(found.where(then).collect())


def test_orders_of_nobody_known_are_counted(spark):
    counts = days(spark).transform(to_owned_counts, owners=owners(spark), as_of_date=CUTOFF).collect()[0]
    assert (counts[ACTS], counts[OWNED_ACTS]) == (7, 4)  # one without an identifier, two of an identifier nobody owned then
