"""Score customers on executors: one pass over the features for all scores, vectorised in Arrow batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.contracts.ml import CustomerScores
from crosschannel.models.histogram import MARGIN, OUTCOME
from crosschannel.models.lloyd import batch_matrix
from crosschannel.models.score_model import ScoreModel, Scorer
from crosschannel.settings.features import OWN_ACTION_RECENCY

SCORED = (
    CustomerScores.customer_id, CustomerScores.score_name, CustomerScores.score, CustomerScores.probability,
    CustomerScores.model_name, CustomerScores.model_version,
)  # fmt: skip
SCORED_TYPE = ", ".join(f"{c} {c.spec.dtype}" for c in SCORED)
SCORED_SCHEMA = pa.schema([(c, pa.float64() if c.spec.dtype == "double" else pa.string()) for c in SCORED])
Batches = Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]


def to_scores(features: DataFrame, models: Sequence[ScoreModel]) -> DataFrame:
    """Score each customer of each model's population.

    Parameters
    ----------
    features
        One row per customer of one as_of_date.

    Returns
    -------
    DataFrame
        One row per customer and score, without decile.
    """
    inputs = {name: value for model in models for name, value in model.inputs().items()}
    member = [_is_member_expr(model).cast("double") for model in models]
    columns = [c.alias(f"x{i}") for i, c in enumerate([*member, *(v.cast("double") for v in inputs.values())])]
    places = [[len(models) + list(inputs).index(name) for name in model.inputs()] for model in models]
    rows = features.select(CustomerFeatures.customer_id, *columns)
    # A model's native predictor takes a block of rows at a time; there is no built-in for it.
    return rows.mapInArrow(_scoring(models, places, len(columns)), SCORED_TYPE)


def to_margins(rows: DataFrame, model: ScoreModel, keep: str) -> DataFrame:
    """Return margin, outcome and one more text column of labelled rows."""
    inputs = [value.cast("double").alias(f"x{i}") for i, value in enumerate(model.inputs().values())]
    selected = rows.select(F.col(keep), F.col(CustomerLabels.label_value).cast("int"), *inputs)
    return selected.mapInArrow(_judging(model, keep, len(inputs)), f"`{keep}` string, {OUTCOME} int, {MARGIN} double")


def _is_member_expr(model: ScoreModel) -> Column:
    """Tell whether a customer is in the model's population; without a window everybody is."""
    if model.active_within_days is None:
        return F.lit(True)
    return F.coalesce(F.col(OWN_ACTION_RECENCY.name) < model.active_within_days, F.lit(False))


def _scoring(models: Sequence[ScoreModel], places: Sequence[Sequence[int]], width: int) -> Batches:
    def score(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        scorers = [Scorer(model) for model in models]
        for batch in batches:
            values = batch_matrix(batch, 1, width)
            for i, scorer in enumerate(scorers):
                member = values[:, i] > 0
                if member.any():
                    yield _scored(batch.column(0).filter(pa.array(member)), scorer, values[member][:, places[i]])

    return score


def _scored(customers: pa.Array, scorer: Scorer, inputs: np.ndarray) -> pa.RecordBatch:
    score, probability = scorer.scores(inputs)
    names = [pa.array([text] * len(customers), pa.string()) for text in (scorer.model.name, scorer.model.name, scorer.model.version)]
    columns = [customers.cast(pa.string()), names[0], pa.array(score), pa.array(probability), names[1], names[2]]
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
