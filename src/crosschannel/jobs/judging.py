"""Hold what came in last against the thresholds of its source: files and topics alike, once everything is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crosschannel.contracts.bronze import Quarantine
from crosschannel.contracts.ops import TopicBatches
from crosschannel.ingest.records import only_sources
from crosschannel.ingest.thresholds import judge_refusals, newest_refusals, round_refusals, to_newest_rounds
from crosschannel.runtime.context import JobContext
from crosschannel.settings.sources import SourcesSettings


def judge(ctx: JobContext, settings: SourcesSettings, ledger: Iterable[Any]) -> None:
    """Say which sources were refused more than they may.

    Parameters
    ----------
    ledger
        Rows of ``ops.files`` as they are now.

    Raises
    ------
    QualityError
        A source is above a limit that fails the run.
    """
    streamed = [s.source for s in settings.sources if s.stream is not None]
    rounds = []
    if streamed:
        batches, quarantine = (ctx.read(t).transform(only_sources, streamed) for t in (TopicBatches, Quarantine))
        rounds = batches.transform(to_newest_rounds, quarantine).collect()  # one row a source
    judge_refusals([*newest_refusals(ledger), *round_refusals(rounds)], settings, ctx.log)
