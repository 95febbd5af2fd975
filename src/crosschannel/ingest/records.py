"""From parsed records to judged ones, and to the rows of bronze and quarantine.

Grain: one row per line or Parquet row all the way. Records are numbered by their place in the
file (blank lines and headers count), so an ordinal does not depend on how Spark cut the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import reduce

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.bronze import Blocks, Numbering, Quarantine, RawEvents, RawLines, RawRows, Records
from crosschannel.contracts.raw import RawFile
from crosschannel.exprs.hashing import content_id_expr
from crosschannel.ingest.discover import by_source_and_header, header_names
from crosschannel.ingest.parse import FIELDS, WHOLE, field_expr, with_fields
from crosschannel.ingest.rules import event_moment_expr, reason_codes_expr
from crosschannel.settings.sources import Source, SourcesSettings


def to_all_records(settings: SourcesSettings, files: Sequence[RawFile], *, read: Callable[[Sequence[RawFile]], DataFrame]) -> DataFrame:
    """Read and judge a whole delivery in one frame, so that it is parsed and written by one Spark job each.

    Parameters
    ----------
    read
        Gives the raw lines or rows of some files of one format.
    """
    by_name = {s.source: s for s in settings.sources}
    parts = []
    for name, header, group in by_source_and_header(files):
        source = by_name[name]
        parts.append(to_records(read(group), source, header_names(header, source.delimiter)))
    return reduce(DataFrame.unionByName, parts)


def to_records(raw: DataFrame, source: Source, header: tuple[str, ...] = ()) -> DataFrame:
    """Read and judge the raw lines or rows of one source; see :class:`Records`."""
    return raw.transform(with_fields, source, header).transform(_with_judgement, source).transform(_only_columns_of_records, source)


def to_blocks(records: DataFrame) -> DataFrame:
    """Count what came in and what was refused, per part of a file; see :class:`Blocks`."""
    is_refused = F.col(Records.is_record) & (F.col(Records.reason_codes) != "")
    return records.groupBy(Records.source, Records.file_no, Records.block_start).agg(
        F.min(Records.scan_position).alias(Blocks.first_position),
        F.count(F.lit(1)).alias(Blocks.line_count),
        F.count_if(F.col(Records.is_record)).alias(Blocks.record_count),
        F.count_if(is_refused).alias(Blocks.refused_count),
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
        .select(*Quarantine.contract.columns)
    )


def _with_judgement(parsed: DataFrame, source: Source) -> DataFrame:
    with_moment = parsed.withColumn(Records.event_ts, event_moment_expr(source))
    return with_moment.withColumn(Records.reason_codes, reason_codes_expr(source, F.col(Records.event_ts)))


def _only_columns_of_records(judged: DataFrame, source: Source) -> DataFrame:
    is_good = F.col(Records.reason_codes) == ""
    is_record = F.lit(True) if source.format == "parquet" else F.col(RawLines.is_record)
    texts = F.struct(*[field_expr(name).alias(name) for name in source.fields])
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
        F.when(is_good, F.to_json(texts)).alias(Records.payload),
        F.when(~is_good, F.col(WHOLE)).alias(Records.raw),
    )


def _event_key(source: Source) -> Column:
    """Hash of the key fields; of the whole record where the source has no key or could not be read."""
    whole = content_id_expr(F.col(WHOLE))
    if not source.key:
        return whole
    return F.when(F.col(FIELDS).isNotNull(), content_id_expr(*[field_expr(name) for name in source.key])).otherwise(whole)
