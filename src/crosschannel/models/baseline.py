"""The logistic baseline a first model is held beside: all features, no trees.

Numbers are signed logarithms in standard deviations, null the mean and a column of its own; texts
are one column a level. Equal rows in equal order give equal figures.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from crosschannel.models.calibration import fitted_calibration
from crosschannel.models.histogram import Histogram
from crosschannel.models.sample import Matrix
from crosschannel.models.split import CALIBRATE, STOP, TEST, TRAIN
from crosschannel.models.study_rows import Mask, StudyRows
from crosschannel.models.threads import one_thread

L2 = 1.0
MARGIN_GRID = 1_000


def baseline_log_odds(rows: StudyRows, texts: Collection[str]) -> Matrix:
    """Return the calibrated log-odds of the rows that judge, by a logistic regression on the rows that teach.

    Parameters
    ----------
    texts
        Features whose values are codes of levels.
    """
    teach = rows.of(TRAIN, STOP)
    design = _design(rows, teach, texts)
    weights = _fitted(design[teach], rows.outcomes[teach])
    return calibrated(rows, design @ weights[1:] + weights[0])


def calibrated(rows: StudyRows, margins: Matrix) -> Matrix:
    """Fit the calibration on the calibration rows, as for any score, and return the log-odds of the test rows."""
    mine = rows.of(CALIBRATE)
    found, place = np.unique(np.rint(margins[mine] * MARGIN_GRID), return_inverse=True)
    positives, counted = (np.bincount(place, w, len(found)).astype(np.float64) for w in (rows.outcomes[mine], np.ones(len(place))))
    calibration = fitted_calibration([Histogram(found / MARGIN_GRID, positives, counted - positives)])
    return calibration.log_odds(margins[rows.of(TEST)])


def _design(rows: StudyRows, teach: Mask, texts: Collection[str]) -> Matrix:
    columns = []
    for i, name in enumerate(rows.features):
        raw = rows.values[:, i]
        missing = np.isnan(raw)
        if name in texts:
            columns += [(raw == code).astype(float) for code in np.unique(raw[teach & ~missing])]
        else:
            value = np.sign(raw) * np.log1p(np.abs(raw))
            known = value[teach & ~missing]
            mean, spread = (known.mean(), known.std()) if len(known) else (0.0, 0.0)
            columns.append(np.where(missing, 0.0, (value - mean) / spread) if spread > 0 else np.zeros(len(raw)))
        if missing[teach].any():
            columns.append(missing.astype(float))
    return np.column_stack(columns)


def _fitted(design: Matrix, outcomes: Matrix) -> Matrix:
    from scipy.optimize import minimize

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        margin = design @ weights[1:] + weights[0]
        error = 1.0 / (1.0 + np.exp(-margin)) - outcomes
        value = np.logaddexp(0.0, margin).sum() - (outcomes * margin).sum() + L2 / 2 * (weights[1:] ** 2).sum()
        return float(value) / len(design), np.concatenate([[error.sum()], design.T @ error + L2 * weights[1:]]) / len(design)

    rate = np.clip(outcomes.mean(), 1e-6, 1 - 1e-6)
    start = np.concatenate([[np.log(rate / (1 - rate))], np.zeros(design.shape[1])])
    with one_thread():  # sums differ by thread count
        return np.asarray(np.round(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300, "ftol": 1e-9}).x, 9), dtype=np.float64)
