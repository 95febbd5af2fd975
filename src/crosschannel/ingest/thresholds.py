"""How much of a source's newest delivery was refused, and whether that is too much.

Judged from the ledger, so that a run that follows a failed one fails again, until the records came
back (``replay``), the contract allows more, or a better delivery came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.ops import Files, TopicBatches
from crosschannel.errors import QualityError
from crosschannel.ingest.records import OPEN
from crosschannel.settings.sources import Source, SourcesSettings

NEWEST, REFUSED, TAKEN = "NEWEST", "REFUSED", "TAKEN"


@dataclass(frozen=True)
class Refusal:
    """What was refused of the newest delivery of a source."""

    source: str
    refused: int
    rows_in: int
    came_from: str = "files"

    @property
    def share(self) -> float:
        """Refused records by all."""
        return self.refused / self.rows_in if self.rows_in else 0.0

    def __str__(self) -> str:
        """Say how much it is."""
        place = "" if self.came_from == "files" else f" of its {self.came_from}"
        return f"{self.source}: {self.refused:,} of {self.rows_in:,} records{place} refused ({self.share:.1%})"


def newest_refusals(ledger: Iterable[Any]) -> list[Refusal]:
    """Sum up the newest delivery of files of each source; ``ledger`` are rows of ``ops.files``."""
    rows = list(ledger)
    newest = {s: max(r[Files.ingested_ts] for r in rows if r[Files.source] == s) for s in sorted({r[Files.source] for r in rows})}
    found = []
    for source, moment in newest.items():
        delivered = [r for r in rows if r[Files.source] == source and r[Files.ingested_ts] == moment]
        found.append(Refusal(source, sum(r[Files.rows_quarantined] for r in delivered), sum(r[Files.rows_in] for r in delivered)))
    return found


def to_newest_rounds(batches: DataFrame, quarantine: DataFrame) -> DataFrame:
    """Sum up the newest delivery of messages of each source: what one round took in, and what of it is refused to this day.

    Parameters
    ----------
    batches
        Rows of ``ops.topic_batches``; they stay as they are when a replay brings records back.
    quarantine
        Rows of ``bronze.quarantine``.
    """
    round_of = F.coalesce(TopicBatches.round_ts, TopicBatches.ingested_ts)
    newest = batches.groupBy(TopicBatches.source).agg(F.max(round_of).alias(NEWEST))
    delivered = batches.join(newest, on=str(TopicBatches.source), how="inner").where(round_of == F.col(NEWEST))
    place = [TopicBatches.source, TopicBatches.file_id, TopicBatches.first_offset, TopicBatches.next_offset]
    is_within = (F.col(Quarantine.line_ordinal) >= F.col(TopicBatches.first_offset)) & (F.col(Quarantine.line_ordinal) < F.col(TopicBatches.next_offset))
    is_open = F.coalesce(Quarantine.state, F.lit(OPEN)) == OPEN
    at = [str(TopicBatches.source), str(TopicBatches.file_id)]
    refused = quarantine.where(is_open).join(F.broadcast(delivered.select(*place)), on=at, how="inner").where(is_within)
    counts = refused.groupBy(TopicBatches.source).agg(F.count(F.lit(1)).alias(REFUSED))
    taken = delivered.groupBy(TopicBatches.source).agg(F.sum(TopicBatches.rows_in).alias(TAKEN))
    return taken.join(counts, on=str(TopicBatches.source), how="left").select(TopicBatches.source, F.coalesce(REFUSED, F.lit(0)).alias(REFUSED), TAKEN)


def round_refusals(rounds: Iterable[Any]) -> list[Refusal]:
    """Return what rows of :func:`to_newest_rounds` say."""
    return [Refusal(f"{source}", refused, taken, "topic") for source, refused, taken in sorted(rounds)]


def judge_refusals(refusals: Iterable[Refusal], settings: SourcesSettings, log: Callable[..., None]) -> None:
    """Say which sources were refused more than they may, and end the run if one was refused too much.

    Raises
    ------
    QualityError
        A source is above ``fail_share`` or ``fail_count``. Everything is written by then.
    """
    by_name = {s.source: s for s in settings.sources}
    failed = []
    for refusal in refusals:
        limit = _broken_limit(refusal, by_name[refusal.source]) if refusal.source in by_name else None
        if limit is not None:
            failed.append(f"{refusal}, {limit}")
        elif refusal.source in by_name and refusal.share > by_name[refusal.source].thresholds.warn_share:
            log(f"warning: {refusal}, warn_share is {by_name[refusal.source].thresholds.warn_share:.1%}")
    if failed:
        named = "; ".join(failed)
        raise QualityError(
            f"{named}. Nothing is lost: good records are in bronze.events, the others in bronze.quarantine with their reasons. "
            "Mend the contract and type `crosschannel replay --source NAME`, or raise its thresholds; then type this command again"
        )


def _broken_limit(refusal: Refusal, source: Source) -> str | None:
    limits = source.thresholds
    if refusal.share > limits.fail_share:
        return f"fail_share is {limits.fail_share:.1%}"
    if limits.fail_count is not None and refusal.refused > limits.fail_count:
        return f"fail_count is {limits.fail_count:,}"
    return None
