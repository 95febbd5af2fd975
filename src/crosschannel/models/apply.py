"""Score customers on executors: one pass over the features for all scores, vectorised in Arrow batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.contracts.ml import CustomerScores
from crosschannel.models.histogram import MARGIN, OUTCOME
from crosschannel.models.lloyd import batch_matrix
from crosschannel.models.score_model import DIGITS, ScoreModel, Scorer
from crosschannel.settings.acting import Worth
from crosschannel.settings.features import OWN_ACTION_RECENCY

SCORED = (
    CustomerScores.customer_id, CustomerScores.score_name, CustomerScores.score, CustomerScores.probability,
    CustomerScores.outcome_value, CustomerScores.model_name, CustomerScores.model_version,
)  # fmt: skip
SCORED_TYPE = ", ".join(f"{c} {c.spec.dtype}" for c in SCORED)
SCORED_SCHEMA = pa.schema([(c, pa.float64() if c.spec.dtype == "double" else pa.string()) for c in SCORED])
Batches = Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]


def to_scores(features: DataFrame, models: Sequence[ScoreModel], worths: Mapping[str, Worth] | None = None) -> DataFrame:
    """Score each customer of each model's population.

    Parameters
    ----------
    features
        One row per customer of one as_of_date.
    worths
        What the outcome is worth, by score; null for the others.

    Returns
    -------
    DataFrame
        One row per customer and score, without decile.
    """
    inputs = {name: value for model in models for name, value in model.inputs().items()}
    known = worths or {}
    leading = [*(is_member_expr(m).cast("double") for m in models), *(_worth_expr(known.get(m.name)) for m in models)]
    columns = [c.alias(f"x{i}") for i, c in enumerate([*leading, *inputs.values()])]
    rows = features.select(CustomerFeatures.customer_id, *columns)
    # A model's native predictor takes a block of rows at a time; there is no built-in for it.
    return rows.mapInArrow(_scoring(models, places_of(models, first=0), len(inputs)), SCORED_TYPE)


def to_margins(rows: DataFrame, model: ScoreModel, keep: str) -> DataFrame:
    """Return margin, outcome and one more text column of labelled rows."""
    inputs = [value.cast("double").alias(f"x{i}") for i, value in enumerate(model.inputs().values())]
    selected = rows.select(F.col(keep), F.col(CustomerLabels.label_value).cast("int"), *inputs)
    return selected.mapInArrow(_judging(model, keep, len(inputs)), f"`{keep}` string, {OUTCOME} int, {MARGIN} double")


def places_of(models: Sequence[ScoreModel], *, first: int) -> list[list[int]]:
    """Return, for each model, where its inputs stand behind ``first`` leading columns; inputs that models share stand once."""
    order = {name: first + i for i, name in enumerate({name: None for model in models for name in model.inputs()})}
    return [[order[name] for name in model.inputs()] for model in models]


def is_member_expr(model: ScoreModel) -> Column:
    """Tell whether a customer is in the model's population; without a window everybody is."""
    if model.active_within_days is None:
        return F.lit(True)
    return F.coalesce(F.col(OWN_ACTION_RECENCY.name) < model.active_within_days, F.lit(False))


def _worth_expr(worth: Worth | None) -> Column:
    """Return what the outcome is worth, never below 0; NaN where nobody said."""
    if worth is None:
        return F.lit(float("nan"))
    return F.greatest(F.coalesce(F.col(worth.feature).cast("double"), F.lit(worth.missing)), F.lit(0.0))


def _scoring(models: Sequence[ScoreModel], places: Sequence[Sequence[int]], width: int) -> Batches:
    def score(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        scorers = [Scorer(model) for model in models]
        for batch in batches:
            members, worths = (batch_matrix(batch, 1 + n * len(scorers), len(scorers)) for n in (0, 1))
            inputs = batch_matrix(batch, 1 + 2 * len(scorers), width, np.float32)  # as encoded: single floats
            for i, scorer in enumerate(scorers):
                mine = members[:, i] > 0
                if mine.any():
                    yield _scored(batch.column(0).filter(pa.array(mine)), scorer, _block(inputs, mine, places[i]), worths[mine, i])

    return score


def _block(inputs: np.ndarray, mine: np.ndarray, places: Sequence[int]) -> np.ndarray:
    """Return some rows and columns; a copy only where something is left out."""
    columns = inputs if list(places) == list(range(inputs.shape[1])) else inputs[:, places]
    return columns if mine.all() else columns[mine]


def _scored(customers: pa.Array, scorer: Scorer, inputs: np.ndarray, worth: np.ndarray) -> pa.RecordBatch:
    score, probability = scorer.scores(inputs)
    names = [pa.repeat(text, len(customers)) for text in (scorer.model.name, scorer.model.name, scorer.model.version)]
    worth = pa.array(np.round(worth, DIGITS), mask=np.isnan(worth))
    columns = [customers.cast(pa.string()), names[0], pa.array(score), pa.array(probability), worth, *names[1:]]
    return pa.RecordBatch.from_arrays(columns, schema=SCORED_SCHEMA)


def _judging(model: ScoreModel, keep: str, width: int) -> Batches:
    schema = pa.schema([(keep, pa.string()), (OUTCOME, pa.int32()), (MARGIN, pa.float64())])

    def judge(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        scorer = Scorer(model)
        for batch in batches:
            margins = scorer.margins(batch_matrix(batch, 2, width))
            columns = [batch.column(0).cast(pa.string()), batch.column(1).cast(pa.int32()), pa.array(margins)]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return judge
