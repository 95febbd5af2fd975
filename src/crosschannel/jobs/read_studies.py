"""Read what joining channels is worth, as ``train_scores`` found it: of the published model, else of the newest one studied."""

from __future__ import annotations

from typing import Any

from pyspark.sql import functions as F

from crosschannel.contracts.acting import ModelStudies
from crosschannel.errors import UsageError
from crosschannel.io.lake import Lake
from crosschannel.io.releases import current_release
from crosschannel.models.variants import BASELINE, CHANNEL, EVERYTHING
from crosschannel.settings.nearest import choose_from

MAX_ROWS = 1_000  # of one study: three metrics for each channel and family


def read_study(lake: Lake, score: str | None = None) -> list[dict[str, Any]]:
    """Return the rows of one study, best variant first; none before the first.

    Raises
    ------
    UsageError
        The score asked for was never studied.
    """
    studies = lake.read(ModelStudies.contract).where(F.col(ModelStudies.study) != F.lit(BASELINE))
    named = (ModelStudies.model_name, ModelStudies.model_version)
    newest = studies.groupBy(*named).agg(F.max(ModelStudies.as_of_date).alias(ModelStudies.as_of_date))
    known = newest.orderBy(F.col(ModelStudies.as_of_date).desc(), *named).limit(MAX_ROWS).collect()
    if score and score not in {row[0] for row in known}:
        choices = choose_from(score, {row[0] for row in known}) if known else "nothing was studied yet"
        raise UsageError(f"{score} was not studied; name it in scores.yaml as study: {{score: {score}}} and train; {choices}")
    release = current_release(lake)
    published = release.model_versions if release else {}
    candidates = [row for row in known if score in (None, row[0])]
    chosen = next((row for row in candidates if published.get(row[0]) == row[1]), next(iter(candidates), None))
    if chosen is None:
        return []
    mine = (F.col(ModelStudies.model_name) == chosen[0]) & (F.col(ModelStudies.model_version) == chosen[1])
    rows = [row.asDict() for row in studies.where(mine).limit(MAX_ROWS).collect()]
    return sorted(rows, key=lambda r: (r[ModelStudies.study], -r[ModelStudies.variant_auc], r[ModelStudies.variant_name], r[ModelStudies.metric]))


def answer_of(rows: list[dict[str, Any]]) -> str:
    """Say in one sentence whether all channels together beat the best single one."""
    single = [r for r in rows if (r[ModelStudies.study], r[ModelStudies.metric]) == (CHANNEL, "auc") and r[ModelStudies.variant_name] != EVERYTHING]
    if not single:
        return "No feature belongs to one channel alone, so there is nothing to compare."
    best = max(single, key=lambda r: (r[ModelStudies.variant_auc], r[ModelStudies.variant_name]))
    low, high = best[ModelStudies.low], best[ModelStudies.high]
    word = "Joining channels pays" if low > 0 else "Joining channels does not pay" if high < 0 else "It is not shown that joining channels pays"
    gained = f"{best[ModelStudies.whole_minus_variant]:+.3f} ({low:+.3f} to {high:+.3f})"
    return f"{word}: {best[ModelStudies.model_name]} gains {gained} AUC over {best[ModelStudies.variant_name]}, the best single channel, on {best[ModelStudies.customers]:,} customers."
