"""Part of ``score_customers``: what outcomes are worth, and why each customer has their scores."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.acting import ScoreReasons
from crosschannel.errors import UsageError
from crosschannel.models.reasons import families_of, to_exact, to_reasons
from crosschannel.models.score_model import ScoreModel
from crosschannel.publish.lists import to_listed
from crosschannel.runtime.context import JobContext
from crosschannel.settings.acting import Worth
from crosschannel.settings.nearest import choose_from
from crosschannel.settings.scores import TrainScoresSettings


def worths_of(settings: TrainScoresSettings) -> dict[str, Worth]:
    """Return what each score's outcome is worth; a feature that does not exist, or is no number, is refused."""
    numbers = {f.name for f in settings.features.feature_columns() if f.dtype == "double"}
    found = {s.name: s.worth for s in settings.scores.scores if s.worth is not None}
    if wrong := sorted(w.feature for w in found.values() if w.feature not in numbers):
        raise UsageError(f"scores.yaml: worth names {wrong[0]!r}, which is no numeric feature of features.yaml; {choose_from(wrong[0], numbers)}")
    return found


def write_reasons(ctx: JobContext, settings: TrainScoresSettings, features: DataFrame, scores: DataFrame, models: Sequence[ScoreModel]) -> None:
    """Explain the day's scores, exactly for the highest deciles and for everybody on a list.

    Parameters
    ----------
    features, scores
        Rows of one day; the scores as they were stored.
    """
    acting = settings.scores
    features_known = settings.features.feature_columns()
    withheld = acting.reasons.withheld(f.name for f in features_known) | {group.feature for group in acting.review.fairness}
    families = [families_of(model, features_known, acting.reasons, withheld) for model in models]
    exact = to_exact(scores, to_listed(scores, acting.lists), [m.name for m in models], acting.reasons)
    reasons = to_reasons(features, exact, models, families, acting.reasons)
    ctx.write(ScoreReasons, reasons.withColumn(ScoreReasons.as_of_date, F.lit(ctx.as_of_date)), slices=[ctx.as_of_date])
