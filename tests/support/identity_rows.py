"""Rows and settings for tests of identity: an identifier is its namespace and a small number."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.silver import Identifiers
from crosschannel.settings.identity import IdentitySettings, Namespace
from tests.support.rows import at, row, rows

SETTINGS = IdentitySettings(
    namespaces={
        "crm_id": Namespace(kind="person", priority=100, limit=1),
        "email": Namespace(kind="person", priority=60, limit=3, weak_limit=1),
        "phone": Namespace(kind="person", priority=50, limit=3),
        "cookie_id": Namespace(kind="device", priority=20),
        "device_id": Namespace(kind="device", priority=20),
        "landline": Namespace(kind="household", priority=5),
    },
)
CRM, EMAIL, PHONE, COOKIE, DEVICE, LANDLINE = 1000, 2000, 3000, 4000, 5000, 6000  # CRM + 7 is the node_key of CRM row 7
DAYS = ("2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09")
Rows = list[dict[str, Any]]
_NAMESPACES = dict(zip((1, 2, 3, 4, 5, 6), SETTINGS.namespaces, strict=True))


def event(event_id: str, *nodes: int, when: str = "09:00", source: str = "shop", **columns: Any) -> Rows:
    """Rows of one event that carried these identifiers."""
    return [
        row(
            event_id=event_id,
            node_key=node,
            namespace=(namespace := _NAMESPACES[node // 1000]),
            kind=SETTINGS.namespaces[namespace].kind,
            identifier_hash=f"h{node}",
            source=source,
            event_ts=at(when),
            **columns,
        )
        for node in nodes
    ]


def repeated(prefix: str, times: int, *nodes: int, **columns: Any) -> Rows:
    """Rows of the same identifiers on several events of one day."""
    return [one for n in range(times) for one in event(f"{prefix}-{n}", *nodes, **columns)]


def lasting(prefix: str, times: int, *nodes: int) -> Rows:
    """Rows of the same identifiers on several events, on one day after the other."""
    return [one for n in range(times) for one in event(f"{prefix}-{n}", *nodes, when=f"{DAYS[n % len(DAYS)]} 09:{n // len(DAYS):02d}")]


def identifiers(spark: SparkSession, *events: Rows) -> DataFrame:
    """Build ``silver.identifiers`` from events."""
    return rows(spark, Identifiers, *[one for rows_of_event in events for one in rows_of_event])


def shifted(given: Rows, by: int) -> Rows:
    """Move a scenario to keys and events of its own, so that many share one Spark run."""
    moved = []
    for one in given:
        key = one["node_key"] + by
        moved.append({**one, "event_id": f"{by}:{one['event_id']}", "node_key": key, "identifier_hash": f"h{key}"})
    return moved
