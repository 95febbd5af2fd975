"""Events get the customer of their strongest identifier."""

from __future__ import annotations

from pyspark.sql import SparkSession

from crosschannel.contracts.silver import Events, IdentityMap
from crosschannel.identity.attach import with_customer
from tests.support.rows import assert_rows, row, rows


def test_events_get_their_customer_and_keep_their_number(spark: SparkSession) -> None:
    events = rows(spark, Events, row(event_id="a", node_key=1), row(event_id="b", node_key=1), row(event_id="c", node_key=2))
    known = rows(spark, IdentityMap, row(node_key=1, customer_id="c_1", is_identified=True), row(node_key=2, customer_id="c_2"))
    assert_rows(
        events.transform(with_customer, known),
        row(event_id="a", customer_id="c_1", is_identified=True),
        row(event_id="b", customer_id="c_1", is_identified=True),
        row(event_id="c", customer_id="c_2", is_identified=False),
    )


def test_an_event_without_an_identifier_has_no_customer(spark: SparkSession) -> None:
    events = rows(spark, Events, row(event_id="a", node_key=None))
    known = rows(spark, IdentityMap, row(node_key=1, customer_id="c_1", is_identified=True))
    assert_rows(events.transform(with_customer, known), row(event_id="a", customer_id=None, is_identified=False))
