"""What one act weighs, and between which bounds: the weight table of the omnichannel score.

Customers are drawn again, each as often as a Poisson number with mean 1 says. A draw is not fitted anew
from the start: its coefficients are one Newton step from those of all customers, kept on the ladder by the same
lower bounds. Hu and Kalbfleisch (2000), The estimating function bootstrap.

Invariant: rows of one customer enter a draw together, so that many dates of few people do not look like many people.
"""

from __future__ import annotations

import numpy as np

from crosschannel.models.bootstrap import Interval, interval_of
from crosschannel.models.ladder import Ladder
from crosschannel.models.sample import Matrix
from crosschannel.models.threads import one_thread
from crosschannel.settings.scores import Omnichannel

DRAWS_AT_ONCE = 20
RIDGE = 1e-9  # of the mean curvature: steps that nobody took leave none of their own


def weight_table(
    ladder: Ladder, raw: Matrix, outcomes: Matrix, customers: Matrix, settings: Omnichannel, *, draws: int, seed: int
) -> dict[str, Interval]:
    """Return the weight of each act with the middle 95 % of its draws.

    Parameters
    ----------
    ladder
        Fitted on the rows.
    customers
        A number per row that is a customer's own; rows of a customer stand together.
    """
    coefficients = np.array([ladder.intercept, *(s.coefficient for s in ladder.steps)])
    lowest = np.array([-np.inf, *[settings.min_step] * len(ladder.steps)])
    with one_thread():  # sums differ by thread count
        slopes, curvature = _at(ladder, raw, outcomes, customers, settings)
        pulled = _drawn(slopes, draws, seed) - settings.l2 * np.array([0.0, *coefficients[1:]])
        drawn = np.array([coefficients + _step(pull, curvature, lowest - coefficients) for pull in pulled])
    spread = drawn[:, 1:] @ _up_to(ladder).T
    return {str(w["act"]): interval_of(float(str(w["weight"])), spread[:, i]) for i, w in enumerate(ladder.weights())}


def _at(ladder: Ladder, raw: Matrix, outcomes: Matrix, customers: Matrix, settings: Omnichannel) -> tuple[Matrix, Matrix]:
    """Return the slope of each customer's log likelihood at the fitted coefficients, and the curvature of all."""
    reached = np.column_stack([np.ones(len(raw)), ladder.reached(raw)])
    chance = 1.0 / (1.0 + np.exp(-ladder.margins(raw)))
    first_rows = np.flatnonzero(np.diff(customers, prepend=np.nan) != 0)
    slopes = np.add.reduceat(reached * (outcomes - chance)[:, None], first_rows, axis=0)
    curvature = reached.T @ (reached * (chance * (1 - chance))[:, None])
    curvature += np.diag([0.0, *[settings.l2] * len(ladder.steps)]) + RIDGE * np.trace(curvature) / len(curvature) * np.eye(len(curvature))
    return slopes, curvature


def _drawn(slopes: Matrix, draws: int, seed: int) -> Matrix:
    """Return the summed slopes of each draw."""
    draw = np.random.default_rng(seed)
    sizes = [min(DRAWS_AT_ONCE, draws - first) for first in range(0, draws, DRAWS_AT_ONCE)]
    return np.concatenate([draw.poisson(1.0, (size, len(slopes))).astype(np.float64) @ slopes for size in sizes])


def _step(pull: Matrix, curvature: Matrix, lowest: Matrix) -> Matrix:
    """Return the step that a slope asks for, none of its parts below ``lowest``."""
    from scipy.linalg import solve_triangular
    from scipy.optimize import lsq_linear

    root = np.linalg.cholesky(curvature)
    target = solve_triangular(root, pull, lower=True)
    return np.asarray(lsq_linear(root.T, target, bounds=(lowest, np.inf), method="bvls").x, dtype=np.float64)


def _up_to(ladder: Ladder) -> Matrix:
    """Return acts x steps: 1 where a step lies in the act's channel, at the act or below it."""
    steps = ladder.steps
    return np.array([[float(j <= i and steps[j].channel == steps[i].channel) for j in range(len(steps))] for i in range(len(steps))])
