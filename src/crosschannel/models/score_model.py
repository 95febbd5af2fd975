"""A score as it is stored: native bytes, a description in JSON, and a version that names both.

Loading checks the SHA-256 of the bytes first; UBJ and JSON cannot run code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyspark.sql import Column, DataFrame, Row

from crosschannel.contracts.ml import Models
from crosschannel.errors import StorageError
from crosschannel.models.calibration import Calibration
from crosschannel.models.ladder import Ladder
from crosschannel.models.levels import encoded_expr
from crosschannel.models.rows import row_with
from crosschannel.models.sample import Matrix

UBJ, JSON = "ubj", "json"
DIGITS = 6


@dataclass(frozen=True)
class ScoreModel:
    """One version of one score.

    Attributes
    ----------
    features
        Inputs in the order the model reads them.
    levels
        Level map of each text feature.
    active_within_days
        The model speaks of customers with an own action among the last so many days.
    facts
        Whatever else a reader of the stored model should know; plain values.
    """

    name: str
    format: str
    content: bytes
    features: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    calibration: Calibration
    active_within_days: int | None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def description(self) -> str:
        """Everything but the content, as JSON."""
        plain = {
            "name": self.name, "features": list(self.features), "levels": {k: list(v) for k, v in self.levels.items()},
            "calibration": self.calibration.as_dict(), "active_within_days": self.active_within_days,
            "facts": dict(self.facts),
        }  # fmt: skip
        return json.dumps(plain, sort_keys=True, indent=1)

    @property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of content and description."""
        return hashlib.sha256(self.content + self.description.encode()).hexdigest()[:12]

    def inputs(self) -> dict[str, Column]:
        """Return the model's inputs as named expressions over the features; text features are the model's own."""
        return {f"{self.name} {f}" if f in self.levels else f: encoded_expr(f, self.levels) for f in self.features}

    @staticmethod
    def from_row(row: Row) -> ScoreModel:
        """Read a row of ``ml.models``; refuse bytes that are not the ones that were stored."""
        content, plain = bytes(row[Models.content]), json.loads(row[Models.description])
        model = ScoreModel(
            row[Models.model_name], row[Models.format], content, tuple(plain["features"]), {k: tuple(v) for k, v in plain["levels"].items()},
            Calibration.from_dict(plain["calibration"]), plain["active_within_days"], plain["facts"],
        )  # fmt: skip
        if (model.sha256, model.version) != (row[Models.sha256], row[Models.model_version]):
            raise StorageError(f"ml.models: the bytes of {model.name} {row[Models.model_version]} are not the ones that were stored; run train_scores again")
        return model


def stored_score(models: DataFrame, name: str, version: str | None) -> ScoreModel | None:
    """Return a model of ``ml.models``, if there is one of that name and version."""
    row = row_with(models, {Models.model_name: name, Models.model_version: version}) if version else None
    return None if row is None else ScoreModel.from_row(row)


def top_features(model: ScoreModel, count: int) -> tuple[str, ...]:
    """Return the features a model leans on most: by total gain of its trees, or by weight of its steps."""
    if model.format == JSON:
        weights = {name: step.coefficient for step in Ladder.from_content(model.content).steps for name, _ in step.counts}
    else:
        weights = loaded(model.content).get_score(importance_type="total_gain")
    return tuple(sorted(weights, key=lambda name: (-weights[name], name))[:count])


@dataclass
class Scorer:
    """A model ready to score rows in one process; a booster is read once and uses one thread."""

    model: ScoreModel

    def __post_init__(self) -> None:
        self.ladder = Ladder.from_content(self.model.content) if self.model.format == JSON else None
        self.booster = None if self.ladder else loaded(self.model.content)

    def margins(self, inputs: Any) -> Matrix:
        """Return raw margins of rows of the model's inputs, floats of either size."""
        if self.ladder:
            return self.ladder.margins(np.asarray(inputs, dtype=np.float64))
        predicted = self.booster.inplace_predict(np.asarray(inputs, dtype=np.float32), predict_type="margin", validate_features=False)  # type: ignore[union-attr]
        return np.asarray(predicted, dtype=np.float64)

    def scores(self, inputs: Any) -> tuple[Matrix, Matrix]:
        """Return score and probability; they differ for the omnichannel score only."""
        probabilities = np.round(self.model.calibration.probabilities(self.margins(inputs)), DIGITS)
        return (np.round(self.ladder.points(np.asarray(inputs, dtype=np.float64)), DIGITS) if self.ladder else probabilities), probabilities


def loaded(content: bytes) -> Any:
    """Return trees as they were stored, to be used by one thread."""
    from xgboost import Booster

    booster = Booster({"nthread": 1})
    booster.load_model(bytearray(content))
    return booster
