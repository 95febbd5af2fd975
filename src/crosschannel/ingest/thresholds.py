"""How much of a source's newest delivery was refused, and whether that is too much.

Judged from the ledger, so that a run that follows a failed one fails again, until the records came
back (``replay``), the contract allows more, or a better delivery came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from crosschannel.contracts.ops import Files
from crosschannel.errors import QualityError
from crosschannel.settings.sources import Source, SourcesSettings


@dataclass(frozen=True)
class Refusal:
    """What was refused of the newest delivery of a source."""

    source: str
    refused: int
    rows_in: int

    @property
    def share(self) -> float:
        """Refused records by all."""
        return self.refused / self.rows_in if self.rows_in else 0.0

    def __str__(self) -> str:
        """Say how much it is."""
        return f"{self.source}: {self.refused:,} of {self.rows_in:,} records refused ({self.share:.1%})"


def newest_refusals(ledger: Iterable[Any]) -> list[Refusal]:
    """Sum up the newest delivery of each source."""
    rows = list(ledger)
    newest = {s: max(r[Files.ingested_ts] for r in rows if r[Files.source] == s) for s in sorted({r[Files.source] for r in rows})}
    found = []
    for source, moment in newest.items():
        delivered = [r for r in rows if r[Files.source] == source and r[Files.ingested_ts] == moment]
        found.append(Refusal(source, sum(r[Files.rows_quarantined] for r in delivered), sum(r[Files.rows_in] for r in delivered)))
    return found


def judge_refusals(ledger: Iterable[Any], settings: SourcesSettings, log: Callable[..., None]) -> None:
    """Say which sources were refused more than they may, and end the run if one was refused too much.

    Raises
    ------
    QualityError
        A source is above ``fail_share`` or ``fail_count``. Everything is written by then.
    """
    by_name = {s.source: s for s in settings.sources}
    failed = []
    for refusal in newest_refusals(ledger):
        limit = _broken_limit(refusal, by_name[refusal.source]) if refusal.source in by_name else None
        if limit is not None:
            failed.append(f"{refusal}, {limit}")
        elif refusal.source in by_name and refusal.share > by_name[refusal.source].thresholds.warn_share:
            log(f"warning: {refusal}, warn_share is {by_name[refusal.source].thresholds.warn_share:.1%}")
    if failed:
        named = "; ".join(failed)
        raise QualityError(
            f"{named}. Nothing is lost: good records are in bronze.events, the others in bronze.quarantine with their reasons. "
            "Mend the contract and type `crosschannel replay --source NAME`, or raise its thresholds"
        )


def _broken_limit(refusal: Refusal, source: Source) -> str | None:
    limits = source.thresholds
    if refusal.share > limits.fail_share:
        return f"fail_share is {limits.fail_share:.1%}"
    if limits.fail_count is not None and refusal.refused > limits.fail_count:
        return f"fail_count is {limits.fail_count:,}"
    return None
