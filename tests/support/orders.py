"""Orders in a lake, each of a customer with one identifier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from crosschannel.contracts.silver import Events, IdentityMap
from tests.support.rows import row, rows
from tests.support.training import Trained

Order = tuple[int, dt.date, Decimal]  # identifier, day, amount


def write_orders(place: Trained, orders: Iterable[Order], people: int) -> None:
    """Write orders and whose they are, identifiers from 1 to ``people``."""
    spark = place.lake.spark
    plain = {"verb": "purchase", "currency_code": "USD"}
    given = [
        row(event_id=f"e{n:05}", node_key=node, event_date=day, event_ts=dt.datetime.combine(day, dt.time(9)), order_amount=amount, **plain)
        for n, (node, day, amount) in enumerate(orders)
    ]
    place.lake.write(Events.contract, rows(spark, Events, *given))
    nodes = [
        row(node_key=n, kind="person", customer_id=f"c_{n:04}", is_identified=True, valid_from=dt.datetime(2025, 1, 1), valid_to=dt.datetime(9999, 12, 31))
        for n in range(1, people + 1)
    ]
    place.lake.write(IdentityMap.contract, rows(spark, IdentityMap, *nodes))
