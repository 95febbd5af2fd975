"""Gradient-boosted trees, fitted by several Spark tasks at once: the same rows give the same bytes.

Rows are dealt to workers by customer hash and sorted there; SparkXGB would otherwise keep whatever
partitions it finds, and one of them may be empty. The booster is cut at its best round: a raw one
keeps, and uses, the rounds of its early stopping.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.errors import UsageError
from crosschannel.models.levels import LevelMap, encoded_expr
from crosschannel.models.split import SLICE, STOP, TRAIN
from crosschannel.settings.recipes import FeatureColumn
from crosschannel.settings.scores import Score

IS_STOPPING = "is_stopping_row"


@dataclass(frozen=True)
class Booster:
    """Fitted trees, and how the loss fell on the stopping rows.

    Attributes
    ----------
    losses
        Log loss on the stopping rows, by round.
    gains
        Total gain by feature, largest first.
    """

    native: Any
    content: bytes
    rounds: int
    losses: tuple[float, ...]
    gains: Mapping[str, float]


def fitted_booster(rows: DataFrame, features: Sequence[FeatureColumn], levels: Mapping[str, LevelMap], score: Score, *, seed: int) -> Booster:
    """Fit trees on the training rows; the stopping rows say when to stop."""
    from xgboost.spark import SparkXGBClassifier

    check_workers(rows, score.workers, "scores.yaml")
    logging.getLogger("XGBoost-PySpark").setLevel(logging.WARNING)  # it prints every parameter of every fit
    names = [f.name for f in features]
    estimator = SparkXGBClassifier(
        features_col=names, label_col=str(CustomerLabels.label_value), validation_indicator_col=IS_STOPPING, num_workers=score.workers,
        n_estimators=score.max_rounds, early_stopping_rounds=score.early_stopping_rounds, eval_metric="logloss", tree_method="hist",
        learning_rate=score.learning_rate, max_depth=score.max_depth, min_child_weight=score.min_child_weight, reg_lambda=score.l2, verbose=False,
        subsample=score.row_share, colsample_bytree=score.column_share, max_cat_to_onehot=8, random_state=seed, verbosity=0,
        feature_types=["c" if f.name in levels else "q" for f in features], monotone_constraints=constraints_of(features, score),
    )  # fmt: skip
    fitted = estimator.fit(dealt(rows, names, levels, score.workers))
    whole = fitted.get_booster()
    cut = whole[: whole.best_iteration + 1]
    cut.feature_names, cut.feature_types = names, ["c" if f.name in levels else "float" for f in features]
    gains = sorted(cut.get_score(importance_type="total_gain").items(), key=lambda g: (-g[1], g[0]))
    (losses,) = fitted.training_summary.validation_objective_history.values()
    return Booster(cut, bytes(cut.save_raw("ubj")), cut.num_boosted_rounds(), tuple(losses), dict(gains))


def constraints_of(features: Sequence[FeatureColumn], score: Score) -> str:
    """Return the monotone constraints as XGBoost spells them; a text feature has none."""
    signs = (f.direction * score.direction if f.dtype == "double" else 0 for f in features)
    return f"({','.join(str(sign) for sign in signs)})"


def dealt(rows: DataFrame, names: Sequence[str], levels: Mapping[str, LevelMap], workers: int) -> DataFrame:
    """Return the rows to learn from in exactly ``workers`` partitions, all rows of a customer in one.

    Fewer partitions would be fewer tasks, and those that run would wait for the others for ever.
    """
    # A hash of the customer and not the customer: rows that a join has left by customer are "there already" for Spark, which
    # drops this exchange and may then, as the join turns out small, read them in another number of partitions.
    worker = F.xxhash64(CustomerFeatures.customer_id)
    return (
        rows.where(F.col(SLICE).isin(TRAIN, STOP))
        .repartition(workers, worker)
        .sortWithinPartitions(CustomerFeatures.customer_id, CustomerFeatures.as_of_date)
        .select(
            *[encoded_expr(name, levels).alias(name) for name in names],
            F.col(CustomerLabels.label_value).cast("float").alias(str(CustomerLabels.label_value)),
            (F.col(SLICE) == F.lit(STOP)).alias(IS_STOPPING),
        )
    )


def check_workers(rows: DataFrame, workers: int, file: str) -> None:
    """Refuse to start more workers than there are places for."""
    slots = rows.sparkSession.sparkContext.defaultParallelism
    if slots < workers:  # Spark would wait ten minutes before it says so
        raise UsageError(f"{file} asks for {workers} workers, but Spark runs {slots} tasks at once: give it more cores, or set workers lower")
