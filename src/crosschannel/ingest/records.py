"""From parsed records to judged ones, and to the rows of bronze and quarantine.

Grain: one row per line or Parquet row all the way. Records are numbered by their place in the
file (blank lines and headers count), so an ordinal does not depend on how Spark cut the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import reduce

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.bronze import Blocks, Numbering, Quarantine, RawEvents, RawLines, RawRows, Records
from crosschannel.contracts.raw import RawFile
from crosschannel.exprs.hashing import content_id_expr
from crosschannel.exprs.times import is_ambiguous_expr
from crosschannel.ingest.discover import by_source_and_header, header_names
from crosschannel.ingest.parse import EXTRAS, FIELDS, WHOLE, field_expr, with_fields
from crosschannel.ingest.rules import broken_expr, event_moment_expr, reason_codes_expr, rules_of
from crosschannel.settings.sources import Source, SourcesSettings

OPEN = "open"  # state of a refused record that nothing was done about
BROKEN = "BROKEN"  # array of booleans: which rules the record breaks
Newest = Mapping[str, datetime]  # newest event of each source before this delivery


def to_all_records(
    settings: SourcesSettings, files: Sequence[RawFile], *, read: Callable[[Sequence[RawFile]], DataFrame], newest: Newest | None = None
) -> DataFrame:
    """Read and judge a whole delivery in one frame, so that it is parsed and written by one Spark job each.

    Parameters
    ----------
    read
        Gives the raw lines or rows of some files of one format.
    newest
        Newest event of each source before this delivery.
    """
    by_name = {s.source: s for s in settings.sources}
    parts = []
    for name, header, group in by_source_and_header(files):
        source = by_name[name]
        parts.append(to_records(read(group), source, names_of(source, header), (newest or {}).get(name)))
    return reduce(DataFrame.unionByName, parts)


def names_of(source: Source, header: str) -> tuple[str, ...]:
    """Return the column names of a CSV header; none for other formats."""
    return header_names(header, source.delimiter) if source.format == "csv" else ()


def to_records(raw: DataFrame, source: Source, header: tuple[str, ...] = (), newest: datetime | None = None) -> DataFrame:
    """Read and judge the raw lines or rows of one source; see :class:`Records`."""
    judged = raw.transform(with_fields, source, header).transform(_with_judgement, source, newest)
    return judged.transform(_only_columns_of_records, source).withColumn(Records.content_hash, _content_hash_expr())


def to_blocks(records: DataFrame) -> DataFrame:
    """Count what came in and what was refused, per part of a file; see :class:`Blocks`."""
    is_refused = F.col(Records.is_record) & (F.col(Records.reason_codes) != "")
    return records.groupBy(Records.source, Records.file_no, Records.block_start).agg(
        F.min(Records.scan_position).alias(Blocks.first_position),
        F.count(F.lit(1)).alias(Blocks.line_count),
        F.count_if(F.col(Records.is_record)).alias(Blocks.record_count),
        F.count_if(is_refused).alias(Blocks.refused_count),
        F.count_if(F.col(Records.is_ambiguous)).alias(Blocks.ambiguous_count),
        F.count_if(F.col(Records.extras).isNotNull()).alias(Blocks.extras_count),
    )


def with_record_id(records: DataFrame, numbering: DataFrame) -> DataFrame:
    """Keep records alone and add ``record_id``, ``file_id`` and ``line_ordinal``.

    Parameters
    ----------
    numbering
        One row per block of a file; see :class:`Numbering`. Small: it is sent to every task.
    """
    place = [Numbering.file_no, Numbering.block_start]
    ordinal = (F.col(Records.scan_position) + F.col(Numbering.shift)).alias(RawEvents.line_ordinal)
    return (
        records.where(F.col(Records.is_record))
        .join(F.broadcast(numbering), on=[str(c) for c in place], how="inner")
        .select("*", ordinal)
        .withColumn(RawEvents.record_id, content_id_expr(F.col(RawEvents.file_id), F.col(RawEvents.line_ordinal)))
    )


def only_sources(bronze: DataFrame, sources: Iterable[str]) -> DataFrame:
    """Keep the records of some sources; each source is a folder of the table."""
    return bronze.where(F.col(RawEvents.source).isin(*sorted(set(sources))))


def only_good(records: DataFrame) -> DataFrame:
    """Keep the records that broke no rule."""
    return records.where(F.col(Records.reason_codes) == "")


def to_bronze(good: DataFrame, *, ingest_ts: datetime) -> DataFrame:
    """Return accepted records as rows of ``bronze.events``."""
    return good.withColumn(RawEvents.ingest_ts, F.lit(ingest_ts)).select(*RawEvents.contract.columns)


def to_quarantine(records: DataFrame, *, ingest_ts: datetime) -> DataFrame:
    """Return refused records as rows of ``bronze.quarantine``."""
    return (
        records.where(F.col(Records.reason_codes) != "")
        .withColumn(Quarantine.reasons, F.split(F.col(Records.reason_codes), ","))
        .withColumn(Quarantine.ingest_ts, F.lit(ingest_ts))
        .withColumn(Quarantine.state, F.lit(OPEN))
        .select(*Quarantine.contract.columns)
    )


def _with_judgement(parsed: DataFrame, source: Source, newest: datetime | None) -> DataFrame:
    with_moment = parsed.withColumn(Records.event_ts, event_moment_expr(source))
    rules = rules_of(source, F.col(Records.event_ts), newest)
    broken = with_moment.withColumn(BROKEN, broken_expr(rules))
    return broken.withColumn(Records.reason_codes, reason_codes_expr(rules, F.col(BROKEN)))


def _only_columns_of_records(judged: DataFrame, source: Source) -> DataFrame:
    is_good = F.col(Records.reason_codes) == ""
    is_record = F.lit(True) if source.format == "parquet" else F.col(RawLines.is_record)
    texts = F.struct(*[field_expr(name).alias(name) for name in source.fields])
    time = source.time
    is_ambiguous = is_ambiguous_expr(field_expr(time.field), F.col(Records.event_ts), time.format, time.zone)
    return judged.select(
        F.lit(source.source).alias(Records.source),
        F.lit(source.channel).alias(Records.channel),
        F.col(RawRows.file_no),
        F.col(RawRows.block_start),
        F.col(RawRows.scan_position),
        is_record.alias(Records.is_record),
        F.col(Records.reason_codes),
        _event_key(source).alias(Records.event_key),
        F.col(Records.event_ts),
        F.col(RawLines.arrived_ts).alias(Records.arrived_ts),
        F.when(is_good, F.to_json(texts)).alias(Records.payload),
        F.when(~is_good, F.col(WHOLE)).alias(Records.raw),
        F.col(EXTRAS).alias(Records.extras),
        (is_good & is_ambiguous).alias(Records.is_ambiguous),
    )


def _content_hash_expr() -> Column:
    """Hash of what a record says, whatever the order of its undeclared fields."""
    return F.xxhash64(F.col(Records.payload), F.to_json(F.sort_array(F.map_entries(F.col(Records.extras)))))


def _event_key(source: Source) -> Column:
    """Hash of the key fields; of the whole record where the source has no key or could not be read."""
    whole = content_id_expr(F.col(WHOLE))
    if not source.key:
        return whole
    return F.when(F.col(FIELDS).isNotNull(), content_id_expr(*[field_expr(name) for name in source.key])).otherwise(whole)
