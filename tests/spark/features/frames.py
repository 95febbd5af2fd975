"""Frames of customers' events for the tests of this room, and the settings they are computed with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.column import Column, ColumnSpec
from crosschannel.contracts.silver import CustomerEvents, Events, KnownMembers
from crosschannel.features.assemble import Known
from crosschannel.features.plan import plan_of
from crosschannel.features.tiles import to_daily_tiles
from crosschannel.settings.features import FeaturesSettings
from crosschannel.settings.load import validated
from tests.spark.features.oracle import FIRST_DAY
from tests.support.rows import rows

# What a frame of events looks like once with_customer has joined the customers on.
CUSTOMER_EVENTS = Events.contract.completed(Column(str(c), ColumnSpec(c.spec.dtype, c.spec.meaning, nullable=True)) for c in CustomerEvents.columns)

EVERY_RECIPE = """
population: {active_within_days: null}
behaviour:
  - {channel: [web, app], verb: [view, engage], stats: [count, per_week], window_days: [7, 28, 100]}
  - {stats: [active_days], window_days: [1, 62, 63, 130]}
  - {name: promo_open, channel: [email], verb: [engage], where: {property: {campaign_type: promo}}, stats: [count, active_days, recency_days], window_days: [28]}
purchase:
  - {stats: [order_count, order_amount_sum, order_amount_mean, line_count, item_count, order_per_week], window_days: [7, 100]}
  - {stats: [order_recency_days, tenure_days]}
  - {name: shoes, where: {category: shoes}, stats: [order_count, line_count, order_recency_days], window_days: [28]}
  - {name: return, verb: return, stats: [order_count, order_amount_sum], window_days: [28]}
interest:
  - {name: view, where: {verb: view}, category: [shoes, hats], window_days: [100]}
  - {name: bought, of: line_amount, where: {verb: purchase}, category: [shoes, hats], window_days: [100]}
demographics:
  - {property: region}
  - {property: birth_year, type: age}
cross_channel:
  spreads: [{channel: [web, app, store], stats: [share, active, entropy], window_days: [28]}]
  conjunctions:
    - {name: pricing_and_promo_14d, within_days: 14, all: [{channel: [web, app], verb: view, content_id: pricing}, {channel: email, property: {campaign_type: promo}}]}
    - {name: promo_then_pricing_28d, within_days: 28, ordered: true, max_gap_hours: 72, all: [{channel: email, property: {campaign_type: promo}}, {channel: [web, app], content_id: pricing}]}
    - {name: three_in_a_row_100d, within_days: 100, ordered: true, output: count, all: [{verb: view}, {verb: engage}, {verb: purchase}], max_gap_hours: 400}
    - {name: view_then_bought_recency_28d, within_days: 28, ordered: true, output: recency_days, all: [{verb: view}, {verb: purchase}], none: [{channel: email, verb: return}]}
    - {name: close_100d, within_days: 100, max_gap_hours: 30, output: count, all: [{channel: web}, {channel: store}, {channel: app}]}
    - {name: close_recency_28d, within_days: 28, max_gap_hours: 48, output: recency_days, all: [{channel: web}, {channel: store}]}
    - {name: both_without_28d, within_days: 28, all: [{channel: web}, {channel: store}], none: [{channel: app, verb: return}]}
    - {name: both_recency_28d, within_days: 28, output: recency_days, all: [{channel: web, verb: view}, {channel: store, verb: purchase}]}
    - {name: pricing_and_promo_times_100d, within_days: 100, output: count, all: [{content_id: pricing}, {property: {campaign_type: promo}}]}
"""


def settings_of(text: str) -> FeaturesSettings:
    return validated(yaml.safe_load(text), FeaturesSettings, Path("features.yaml"))


def customer_events(spark: SparkSession, events: Iterable[dict[str, Any]]) -> DataFrame:
    """Events with their customers; what an event does not say is plain."""
    plain = {"customer_id": "c1", "is_identified": True, "order_amount": None}
    return rows(spark, CUSTOMER_EVENTS, *[plain | _dated(e) for e in events])


def known_of(
    spark: SparkSession, events: Iterable[dict[str, Any]], settings: FeaturesSettings, dates: Iterable[dt.date], partitions: int = 1
) -> Known:
    """Tiles of the events, each customer with one identifier that was theirs on all dates."""
    given = [{"customer_id": "c1", "is_identified": True, "order_amount": None} | _dated(e) for e in events]
    nodes = {c: n for n, c in enumerate(sorted({e["customer_id"] for e in given if e["customer_id"]}), 1)}
    own = [{k: v for k, v in e.items() if k not in ("customer_id", "is_identified")} | {"node_key": nodes.get(e["customer_id"])} for e in given]
    tiles = rows(spark, Events, *own).repartition(partitions).transform(to_daily_tiles, plan=plan_of(settings), rules="rules")
    guests = {e["customer_id"] for e in given if not e["is_identified"]}
    calendar = sorted(dates)
    members = [(node, customer, calendar, [] if customer in guests else calendar) for customer, node in nodes.items()]
    schema = ", ".join(f"{c} {c.spec.dtype}" for c in KnownMembers.columns)
    return Known(tiles, spark.createDataFrame(members, schema), settings, FIRST_DAY)


def _dated(event: dict[str, Any]) -> dict[str, Any]:
    return event | {"event_date": event["event_ts"].date()}
