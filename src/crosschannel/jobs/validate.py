"""Try files against the contract of a source: what ingest would refuse and why; nothing is written.

Reading and judging are those of ingest_events, and so is the law that the records of a file are
good or refused and none is lost. Only counts and a few examples a reason leave the cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pyspark.sql import DataFrame, SparkSession, Window, functions as F

from crosschannel.contracts.bronze import Numbering, Quarantine, RawEvents
from crosschannel.contracts.raw import Account, RawFile
from crosschannel.drafting.masking import shown
from crosschannel.errors import InputError
from crosschannel.ingest.account import accounts, numbering
from crosschannel.ingest.discover import header_names, only_new, readable, with_csv_columns
from crosschannel.ingest.drift import refused_for_columns
from crosschannel.ingest.records import only_good, to_all_records, to_blocks, to_quarantine, with_record_id
from crosschannel.io.raw_files import read_raw, with_content, with_counts
from crosschannel.io.raw_listing import list_files
from crosschannel.io.staging import small_frame, staging
from crosschannel.settings.sources import Source, SourcesSettings

REASON, PLACE, RAW_HEAD = "REASON", "PLACE", "RAW_HEAD"
MAX_EXAMPLES = 3  # a reason and file
MAX_RAW = 16_384  # characters of a refused record that travel to the driver
NEVER = datetime(1970, 1, 1)  # nothing is written, so no moment of ingest is told


@dataclass(frozen=True)
class Example:
    """One refused record: its line in the file, from 1, and what explains the reason, masked."""

    line: int
    shown: str


@dataclass
class FileVerdict:
    """What ingest would make of one file."""

    account: Account
    reasons: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What ingest would make of some files."""

    files: list[FileVerdict]
    repeated: int  # good records that tell of an event another one tells of

    @property
    def rows(self) -> int:
        """Records of all files."""
        return sum(f.account.file.rows_in for f in self.files)

    @property
    def refused(self) -> int:
        """Records that would go to quarantine."""
        return sum(f.account.quarantined for f in self.files)

    @property
    def refused_files(self) -> int:
        """Files that would be refused as a whole."""
        return sum(f.account.file.reason is not None for f in self.files)


def validate(spark: SparkSession, source: Source, paths: Sequence[str]) -> Verdict:
    """Judge some files as ingest would.

    Raises
    ------
    InputError
        A path leads to no file.
    """
    listed = [file for path in paths for file in _files_at(spark, source, path)]
    settings = SourcesSettings(sources=(source,))
    files = with_counts(spark, refused_for_columns(with_csv_columns(only_new(with_content(spark, listed), []), settings), settings))
    if not readable(files):
        return Verdict([FileVerdict(a) for a in accounts(files, [], [])], 0)
    with staging() as keep:
        records = keep(to_all_records(settings, files, read=lambda group: read_raw(spark, group)))
        blocks = records.transform(to_blocks).collect()  # one row per part of a file
        placed = records.transform(with_record_id, small_frame(spark, numbering(files, blocks), Numbering.columns))
        verdicts = {a.file.file_id: FileVerdict(a) for a in accounts(files, blocks, [])}
        _explain(placed, source, verdicts)
        good = placed.transform(only_good).agg(F.count(F.lit(1)), F.count_distinct(RawEvents.event_key)).collect()[0]
    return Verdict(sorted(verdicts.values(), key=lambda v: v.account.file.path), good[0] - good[1])


def _files_at(spark: SparkSession, source: Source, path: str) -> list[RawFile]:
    folder, _, name = path.rstrip("/").rpartition("/")
    # A file's name is no pattern, whatever brackets and stars it has.
    literal = "".join(f"\\{c}" if c in "\\[]{}*?" else c for c in name)
    found = list_files(spark, folder or ("/" if path.startswith("/") else "."), source.source, source.format, literal, source.encoding)
    if not found:
        raise InputError(f"{path}: no such file; give files that the source delivered")
    return [replace(file, path=f"{folder}/{file.path}".lstrip("/") if not path.startswith("/") else f"{folder}/{file.path}") for file in found]


def _explain(placed: DataFrame, source: Source, verdicts: dict[str, FileVerdict]) -> None:
    """Add counts and examples of each reason."""
    refused = placed.transform(to_quarantine, ingest_ts=NEVER).select(
        Quarantine.file_id, Quarantine.line_ordinal, F.explode(Quarantine.reasons).alias(REASON), F.substring(Quarantine.raw, 1, MAX_RAW).alias(RAW_HEAD)
    )
    for file_id, reason, count in refused.groupBy(Quarantine.file_id, REASON).count().orderBy(REASON).collect():
        verdicts[file_id].reasons[reason] = count
    place = F.row_number().over(Window.partitionBy(Quarantine.file_id, REASON).orderBy(Quarantine.line_ordinal))
    first = refused.withColumn(PLACE, place).where(F.col(PLACE) <= MAX_EXAMPLES).orderBy(Quarantine.file_id, REASON, PLACE)
    for row in first.collect():  # at most MAX_EXAMPLES a reason and file
        verdict = verdicts[row[0]]
        header = header_names(verdict.account.file.header, source.delimiter) if source.format == "csv" else ()
        example = Example(row[1] + 1, shown(row[3], row[2], source, header))
        verdict.examples.setdefault(row[2], []).append(example)
