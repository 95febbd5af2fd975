"""What each feature adds to a row's margin: Shapley values of trees, and the steps of the omnichannel model.

Exact Shapley values cost about twelve times as much as approximate ones (Saabas, along each tree's
path). Both add up to the margin. Lundberg et al. (2020), From local explanations to global
understanding with explainable AI for trees.
"""

from __future__ import annotations

import numpy as np

from crosschannel.errors import QualityError
from crosschannel.models.ladder import Ladder
from crosschannel.models.sample import Matrix
from crosschannel.models.score_model import Scorer

MAX_ROUNDING = 1e-3  # trees add in single precision; more than this is no rounding


def contributions(scorer: Scorer, inputs: Matrix, *, exact: bool) -> tuple[Matrix, Matrix]:
    """Return what each of the model's features adds (rows x features), and the margins.

    Raises
    ------
    QualityError
        Contributions and bias miss the margin by more than rounding explains.
    """
    margins = scorer.margins(inputs)
    if scorer.ladder is not None:
        return ladder_contributions(scorer.ladder, inputs), margins
    found = tree_contributions(scorer, inputs, exact=exact)
    gap = float(np.abs(found.sum(axis=1) - margins).max(initial=0.0))
    if gap > MAX_ROUNDING:
        raise QualityError(f"{scorer.model.name} {scorer.model.version}: reasons miss the margin by {gap:.4f}; the model's bytes do not fit this XGBoost")
    return found[:, :-1], margins


def tree_contributions(scorer: Scorer, inputs: Matrix, *, exact: bool) -> Matrix:
    """Return the contributions of a booster's features, and its bias last."""
    from xgboost import DMatrix

    types = ["c" if f in scorer.model.levels else "float" for f in scorer.model.features]
    rows = DMatrix(inputs.astype(np.float32), feature_types=types, enable_categorical=True, nthread=1)
    assert scorer.booster is not None
    found = scorer.booster.predict(rows, pred_contribs=True, approx_contribs=not exact, validate_features=False)
    return np.asarray(found, dtype=np.float64)


def ladder_contributions(ladder: Ladder, raw: Matrix) -> Matrix:
    """Return what each step adds, at the place of its nearest count feature."""
    reached, place = ladder.reached(raw), {name: i for i, name in enumerate(ladder.features)}
    found = np.zeros((len(raw), len(place)))
    for i, step in enumerate(ladder.steps):
        found[:, place[step.counts[0][0]]] += reached[:, i] * step.coefficient
    return found
