"""The life of ids: events of a run, and aliases that always lead to an id that lives.

Output  ``silver.identity_events`` and ``silver.identity_aliases``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.customers import GONE, MINT, NEW, UNITED, IdentityAliases, IdentityEvents
from crosschannel.contracts.silver import IdentityMap
from crosschannel.exprs.hashing import content_id, content_id_expr
from crosschannel.identity.naming import Happening

HEIR, RETIRED = "HEIR", "RETIRED"
EventRow = tuple[Any, ...]


@dataclass(frozen=True)
class Occasion:
    """A run: the moment it knew everything up to, what it differed in, and a text that tells it from other runs."""

    moment: datetime
    cause: str
    salt: str


def to_mint_events(anchors: DataFrame, occasion: Occasion) -> DataFrame:
    """Return one event per customer whose id is new; ``anchors`` holds the row of its anchor."""
    customer = F.col(IdentityMap.customer_id)
    return anchors.select(
        content_id_expr(F.lit(MINT), customer).alias(IdentityEvents.event_key),  # an id is minted once
        F.lit(MINT).alias(IdentityEvents.event_type),
        customer.alias(IdentityEvents.customer_id),
        F.array().cast("array<string>").alias(IdentityEvents.other_customer_ids),
        F.lit(NEW).alias(IdentityEvents.reason),
        F.lit(occasion.cause).alias(IdentityEvents.cause),
        F.col(IdentityMap.anchor_key).alias(IdentityEvents.anchor_key),
        F.lit(occasion.moment).cast("timestamp").alias(IdentityEvents.occurred_ts),
    )


def event_rows(happenings: Sequence[Happening], occasion: Occasion) -> list[EventRow]:
    """Return merges, splits and retirements as rows of ``silver.identity_events``."""
    return [
        (
            content_id(h.event_type, h.customer_id, *h.others, occasion.salt),
            h.event_type, h.customer_id, list(h.others), h.reason, occasion.cause, None, occasion.moment,
        )
        for h in happenings
    ]  # fmt: skip


def alias_rows(heirs: Mapping[str, str | None], occasion: Occasion) -> list[tuple[Any, ...]]:
    """Return the ids retired now as rows of ``silver.identity_aliases``."""
    return [(old, heir, occasion.moment, UNITED if heir else GONE) for old, heir in sorted(heirs.items())]


def to_aliases(before: DataFrame, retired: DataFrame) -> DataFrame:
    """Add the ids retired now, and lead older aliases past them.

    Parameters
    ----------
    before, retired
        Rows of ``silver.identity_aliases``; an id that retires was alive, so no id is in both.
    """
    heirs = retired.select(
        F.col(IdentityAliases.retired_customer_id).alias(RETIRED), F.col(IdentityAliases.customer_id).alias(HEIR)
    )
    moved_on = F.col(RETIRED).isNotNull()
    led = before.join(heirs, on=F.col(IdentityAliases.customer_id) == F.col(RETIRED), how="left").withColumn(
        IdentityAliases.customer_id, F.when(moved_on, F.col(HEIR)).otherwise(F.col(IdentityAliases.customer_id))
    )
    return led.select(*before.columns).unionByName(retired.select(*before.columns))
