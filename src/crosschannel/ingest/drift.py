"""Drift: how a delivery differs from its contract though its records are sound.

Field names come from files and may be anything, a person's address included: only what looks like
a name is spelled out, and only the most frequent names of a file are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from pyspark.sql import Column, DataFrame, Window, functions as F

from crosschannel.contracts.bronze import Blocks, Numbering, Records
from crosschannel.contracts.ops import Drift
from crosschannel.contracts.raw import RawFile
from crosschannel.settings.sources import Source, SourcesSettings

PLAIN_NAME = r"^[A-Za-z_$][A-Za-z_.$ \-]*[0-9]{0,3}[A-Za-z_.$ \-]*$"  # no address and no telephone number looks like this
NOT_SPELLED_OUT = "(not spelled out)"
OTHERS = "(others)"
WHOLE_RECORD = "(whole record)"
NAMES_PER_FILE = 50
RANK = "RANK"


def refused_for_columns(files: Iterable[RawFile], settings: SourcesSettings) -> list[RawFile]:
    """Refuse CSV and Parquet files that lack a column without which none of their records could be accepted."""
    by_name = {s.source: s for s in settings.sources}
    return [_judged(file, by_name[file.source]) for file in files]


def missing_columns(file: RawFile, source: Source) -> list[str]:
    """Return the declared fields that a file has no column for, under none of their names, and that have no value otherwise."""
    if not file.columns:
        return []
    held = set(file.columns)
    known_as = {name: (source.path_of(name), *f.aliases) for name, f in source.fields.items() if f.otherwise is None}
    return [name for name, names in known_as.items() if not any(n in held or n.split(".")[0] in held for n in names)]


def file_drift(files: Iterable[RawFile], blocks: Iterable[Any], settings: SourcesSettings, now: datetime) -> list[tuple[Any, ...]]:
    """Return rows of ``ops.drift`` that need no look at records: missing columns, cut lines, and times that clocks showed twice."""
    by_name = {s.source: s for s in settings.sources}
    ambiguous = Counter[int]()
    for block in blocks:
        ambiguous[block[Blocks.file_no]] += block[Blocks.ambiguous_count]
    rows = []
    for file in files:
        source = by_name[file.source]
        rows += [(file.source, file.file_id, name, "missing", file.rows_in, now) for name in missing_columns(file, source)]
        if file.cut and file.reason is None:
            rows.append((file.source, file.file_id, WHOLE_RECORD, "cut", file.cut, now))
        if count := ambiguous[file.file_no]:
            rows.append((file.source, file.file_id, source.time.field, "ambiguous_time", count, now))
    return rows


def to_new_fields(records: DataFrame, numbering: DataFrame, *, now: datetime) -> DataFrame:
    """Return rows of ``ops.drift`` for the fields that records hold beyond their contract."""
    place = [Records.source, Records.file_no]
    held = records.where(F.col(Records.extras).isNotNull())
    named = held.select(*place, F.explode(F.map_keys(Records.extras)).alias(Drift.field)).withColumn(Drift.field, _safe_name_expr())
    counted = named.groupBy(*place, Drift.field).agg(F.count(F.lit(1)).alias(Drift.rows))
    ranked = counted.withColumn(RANK, F.row_number().over(Window.partitionBy(*place).orderBy(F.col(Drift.rows).desc(), Drift.field)))
    kept = ranked.withColumn(Drift.field, F.when(F.col(RANK) <= NAMES_PER_FILE, F.col(Drift.field)).otherwise(OTHERS))
    files = numbering.select(Numbering.file_no, Numbering.file_id).distinct()
    return (
        kept.groupBy(*place, Drift.field)
        .agg(F.sum(Drift.rows).alias(Drift.rows))
        .join(F.broadcast(files), on=str(Records.file_no), how="inner")
        .withColumns({Drift.kind: F.lit("new"), Drift.ingested_ts: F.lit(now)})
        .select(*Drift.contract.columns)
    )


def _safe_name_expr() -> Column:
    return F.when(F.col(Drift.field).rlike(PLAIN_NAME) & (F.length(Drift.field) <= 64), F.col(Drift.field)).otherwise(NOT_SPELLED_OUT)


def _judged(file: RawFile, source: Source) -> RawFile:
    if file.reason is not None:
        return file
    needed = {source.time.field, *([source.verb.field] if source.verb.field else []), *(n for n, f in source.fields.items() if f.required)}
    lacking = [name for name in missing_columns(file, source) if name in needed]
    return replace(file, reason=f"missing_column:{lacking[0]}", rows_in=0) if lacking else file
