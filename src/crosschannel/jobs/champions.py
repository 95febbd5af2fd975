"""The models in use, as the registry's aliases say: what scoring loads, and a reason to score and watch again."""

from __future__ import annotations

from crosschannel.contracts.ml import Models
from crosschannel.jobs.train_segments import SEGMENTS
from crosschannel.models.score_model import ScoreModel, stored_score
from crosschannel.runtime.context import JobContext
from crosschannel.settings.scores import TrainScoresSettings


def champion_names(ctx: JobContext, settings: TrainScoresSettings) -> str:
    """Name the champions: another one is a reason to run again."""
    return " ".join(str(ctx.tracker.champion(name)) for name in (SEGMENTS, *settings.scores.names))


def score_champions(ctx: JobContext, settings: TrainScoresSettings) -> list[ScoreModel]:
    """Return the champion of every score that has one; those without are named and counted, and nobody gets them."""
    models = {name: stored_score(ctx.read(Models), name, ctx.tracker.champion(name)) for name in settings.scores.names}
    if missing := [name for name, model in models.items() if model is None]:
        ctx.check("scores left out: no champion", observed=len(missing), passed=True)  # counted, never a failure
        ctx.log(f"{', '.join(missing)} left out: no champion; `crosschannel models list` says why the gate refused the first model")
    return [model for model in models.values() if model]
