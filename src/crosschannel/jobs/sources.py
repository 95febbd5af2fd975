"""How each source fares: its last file, records, refused share, drift and freshness, from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.ops import Drift, Files, TopicBatches
from crosschannel.io.lake import Lake
from crosschannel.settings.sources import SourcesSettings

DRIFTS_SHOWN = 8
BOOKED = (Files.source, Files.path, Files.reason, Files.rows_in, Files.rows_quarantined, Files.ingested_ts)


@dataclass(frozen=True)
class SourceFacts:
    """One source as it stands; ``behind`` is the age of its newest event."""

    source: str
    last_file: str | None = None
    last_seen: datetime | None = None
    files: int = 0
    refused_files: int = 0
    rows_in: int = 0
    refused_share: float = 0.0
    newest_event: datetime | None = None
    behind: timedelta | None = None
    drift: tuple[str, ...] = ()


def source_facts(lake: Lake, settings: SourcesSettings, now: datetime) -> list[SourceFacts]:
    """Return the facts of every source of a project, those that nothing came from included."""
    booked = lake.read(Files.contract).select(*BOOKED).union(_partitions(lake)).collect()  # one row a file or partition
    newest = {r[0]: r[1] for r in lake.read(RawEvents.contract).groupBy(RawEvents.source).agg(F.max(RawEvents.event_ts)).collect()}
    drift = lake.read(Drift.contract).groupBy(Drift.source, Drift.field, Drift.kind).agg(F.sum(Drift.rows).alias(Drift.rows))
    drifts = drift.orderBy(F.col(Drift.rows).desc(), Drift.field, Drift.kind).collect()  # names a file are limited
    names = [s.source for s in settings.sources]
    return [_facts(n, [b for b in booked if b[Files.source] == n], newest.get(n), [d for d in drifts if d[Drift.source] == n], now) for n in names]


def _partitions(lake: Lake) -> DataFrame:
    """Return what is booked of topics, one row a partition, as if a partition were a file."""
    per_partition = lake.read(TopicBatches.contract).groupBy(TopicBatches.source, TopicBatches.file_id)
    sums = [F.sum(c).alias(c) for c in (TopicBatches.rows_in, TopicBatches.rows_quarantined)]
    rows = per_partition.agg(*sums, F.max(TopicBatches.ingested_ts).alias(TopicBatches.ingested_ts))
    return rows.select(Files.source, F.col(TopicBatches.file_id).alias(Files.path), F.lit(None).cast("string").alias(Files.reason), *BOOKED[3:])


def _facts(source: str, booked: list[Any], newest: datetime | None, drifts: list[Any], now: datetime) -> SourceFacts:
    if not booked:
        return SourceFacts(source)
    last = max(booked, key=lambda b: (b[Files.ingested_ts], b[Files.path]))
    rows_in = sum(b[Files.rows_in] for b in booked)
    shown = [f"{d[Drift.kind]} {d[Drift.field]} ({d[Drift.rows]:,})" for d in drifts]
    more = [f"{len(shown) - DRIFTS_SHOWN} more"] if len(shown) > DRIFTS_SHOWN else []
    return SourceFacts(
        source,
        last_file=last[Files.path],
        last_seen=last[Files.ingested_ts],
        files=len(booked),
        refused_files=sum(b[Files.reason] is not None for b in booked),
        rows_in=rows_in,
        refused_share=sum(b[Files.rows_quarantined] for b in booked) / rows_in if rows_in else 0.0,
        newest_event=newest,
        behind=now - newest if newest else None,
        drift=(*shown[:DRIFTS_SHOWN], *more),
    )
