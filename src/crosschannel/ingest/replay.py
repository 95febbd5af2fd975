"""Replay: refused records are read and judged once more, by the contract as it is now.

A record comes back once: it is then marked as replayed, or as a duplicate of what came meanwhile,
and never looked at again. A record that was on time when it came is not held to be late now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.bronze import Numbering, Quarantine, RawLines, Records
from crosschannel.contracts.ops import Files
from crosschannel.contracts.raw import ENCODINGS, undecodable_code
from crosschannel.exprs.encodings import restored_expr
from crosschannel.ingest.records import OPEN, names_of, to_records
from crosschannel.ingest.rules import TOO_LONG
from crosschannel.settings.sources import Source

REPLAYED, DUPLICATE = "replayed", "duplicate"  # states
WAS_LATE = "WAS_LATE"
IS_DUPLICATE = "IS_DUPLICATE"
SAID = "SAID"  # the record as it is read now


def only_open(quarantine: DataFrame, source: str) -> DataFrame:
    """Keep the refused records of a source that nothing was done about."""
    is_open = F.coalesce(Quarantine.state, F.lit(OPEN)) == OPEN
    return quarantine.where((F.col(Quarantine.source) == source) & is_open)


def to_readings(refused: DataFrame) -> DataFrame:
    """Return the ways the records are to be read: CSV header, and whether lateness counts. A short list."""
    return refused.select(Quarantine.header, _was_late().alias(WAS_LATE)).distinct()


def numbering_of(ledger: Iterable[Any], source: str) -> list[tuple[int, int, str, None, int]]:
    """Return rows of :class:`Numbering` that give back to each record the place it had in its file or topic.

    Parameters
    ----------
    ledger
        Rows with ``source`` and ``file_id``, of files and of partitions.
    """
    file_ids = sorted({r[Files.file_id] for r in ledger if r[Files.source] == source})
    return [(number, 0, file_id, None, 0) for number, file_id in enumerate(file_ids)]


def to_records_again(refused: DataFrame, readings: Sequence[Any], source: Source, numbering: DataFrame, newest: datetime | None) -> DataFrame:
    """Judge refused records by the present contract; see :class:`Records`.

    Parameters
    ----------
    readings
        Rows of :func:`to_readings`; not empty.
    """
    # What was a row of a Parquet file is kept as a JSON object with the same names.
    readable = source.model_copy(update={"format": "json_lines"}) if source.format == "parquet" else source
    files = numbering.select(Numbering.file_no, Numbering.file_id)
    parts = []
    for reading in readings:
        alike = refused.where(F.col(Quarantine.header).eqNullSafe(reading[Quarantine.header]) & (_was_late() == F.lit(reading[WAS_LATE])))
        header = names_of(source, reading[Quarantine.header] or "")
        parts.append(to_records(_to_lines(alike, files, source.encoding), readable, header, newest if reading[WAS_LATE] else None))
    return reduce(DataFrame.unionByName, parts)


def to_marked(refused: DataFrame, judged: DataFrame, duplicates: DataFrame) -> DataFrame:
    """Return the rows of quarantine whose fate is another one now.

    Parameters
    ----------
    judged
        What was judged again, with ``record_id``.
    duplicates
        Those of them that are known events.
    """
    key = Quarantine.record_id
    known = duplicates.select(key, F.lit(True).alias(IS_DUPLICATE))
    fates = judged.select(key, Records.reason_codes, Records.raw).join(known, on=str(key), how="left")
    fate = F.when(F.col(Records.reason_codes) != "", OPEN).when(F.col(IS_DUPLICATE), DUPLICATE).otherwise(REPLAYED)
    reasons = F.when(F.col(Records.reason_codes) != "", F.split(F.col(Records.reason_codes), ","))
    # What could not be decoded then and can be now is kept as the text it is.
    said = F.col(Records.raw).alias(SAID)
    marked = refused.drop(Quarantine.state).join(
        fates.select(key, fate.alias(Quarantine.state), reasons.alias(Records.reason_codes), said), on=str(key), how="inner"
    )
    is_other = (F.col(Quarantine.state) != OPEN) | (F.col(Records.reason_codes) != F.col(Quarantine.reasons))
    return marked.where(is_other).withColumns(
        {Quarantine.reasons: F.coalesce(Records.reason_codes, Quarantine.reasons), Quarantine.raw: F.coalesce(SAID, Quarantine.raw)}
    )


def to_state_counts(quarantine: DataFrame, source: str) -> DataFrame:
    """Count the records of a source by file and state."""
    state = F.coalesce(Quarantine.state, F.lit(OPEN))
    return quarantine.where(F.col(Quarantine.source) == source).groupBy(Quarantine.file_id, state.alias(Quarantine.state)).count()


def replayed_rows(ledger: Iterable[Any], counts: Iterable[Any], source: str) -> list[tuple[Any, ...]]:
    """Return the rows of ``ops.files`` that quarantine now tells otherwise; the same however often it is done."""
    states: dict[str, dict[str, int]] = defaultdict(dict)
    for file_id, state, count in counts:
        states[file_id][state] = count
    rows = []
    for booked in ledger:
        if booked[Files.source] != source or booked[Files.file_id] not in states:
            continue
        row, now = booked.asDict(), states[booked[Files.file_id]]
        back, before = now.get(REPLAYED, 0), row[Files.rows_replayed] or 0
        row[Files.rows_good] += back - before
        row[Files.rows_quarantined], row[Files.rows_replayed] = now.get(OPEN, 0), back
        row[Files.rows_duplicate] = row[Files.rows_in] - row[Files.rows_good] - row[Files.rows_quarantined] - (row[Files.rows_suppressed] or 0)
        rows.append(tuple(row[c] for c in Files.contract.columns))
    return rows


def _was_late() -> Any:
    return F.array_contains(Quarantine.reasons, "too_late")


def _to_lines(refused: DataFrame, files: DataFrame, encoding: str) -> DataFrame:
    raw = F.col(Quarantine.raw)
    is_bytes = F.arrays_overlap(Quarantine.reasons, F.array(*[F.lit(undecodable_code(e)) for e in ENCODINGS]))
    line = F.when(is_bytes, restored_expr(raw, encoding)).otherwise(raw)
    return refused.join(F.broadcast(files), on=str(Quarantine.file_id), how="inner").select(
        RawLines.file_no,
        F.lit(0).cast("bigint").alias(RawLines.block_start),
        F.col(Quarantine.line_ordinal).alias(RawLines.scan_position),
        line.alias(RawLines.line),
        F.lit(True).alias(RawLines.is_record),
        F.array_contains(Quarantine.reasons, TOO_LONG).alias(RawLines.is_cut),
        F.coalesce(Quarantine.arrived_ts, Quarantine.ingest_ts).alias(RawLines.arrived_ts),
    )
