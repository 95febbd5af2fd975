"""Maximum likelihood of a few positive parameters, and the reasons not to believe one.

Parameters are sought by their logarithms, from three starts; the best end is polished by Newton
steps. Four things make a fit unfit: a start that did not converge, starts that end in different
places, an optimum on the edge of what was searched, and a likelihood that is flat in some direction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Vector = npt.NDArray[np.float64]
Loss = Callable[[Vector], tuple[float, Vector]]  # of log parameters: mean negative log likelihood and its gradient
SMALLEST, LARGEST = 1e-5, 1e5  # of each parameter, in its scaled unit
STEEP = 1e-5  # a larger slope at the end means that the search did not arrive
APART = 0.02  # logarithms of parameters of two starts may differ by as much
FLAT = 1e-7  # least curvature in proportion to the largest
NEWTON_STEPS = 4
DIGITS = 10  # parameters are kept to so many significant digits: the last ones depend on the machine


@dataclass(frozen=True)
class Fit:
    """Where the likelihood is largest; ``refusal`` says why that is not to be believed, and is empty if it is.

    Attributes
    ----------
    errors
        Standard errors of the logarithms of the parameters; empty for a refused fit.
    """

    parameters: tuple[float, ...]
    log_likelihood: float
    errors: tuple[float, ...]
    refusal: str = ""


def maximised(loss: Loss, starts: Sequence[Sequence[float]], names: Sequence[str], customers: float) -> Fit:
    """Return the fit of ``customers`` many, or the reason against it; parameters in the order of ``names``."""
    edge = np.log([SMALLEST, LARGEST])
    bounds = [tuple(edge)] * len(names)
    options = {"maxiter": 1000, "maxfun": 5000, "ftol": 1e-15, "gtol": 1e-9}
    ends = [minimize(loss, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds, options=options) for start in starts]
    best = min(ends, key=lambda end: float(end.fun))
    at, curvature = _polished(loss, np.asarray(best.x, dtype=np.float64), edge)
    value, slope = loss(at)
    parameters = tuple(float(f"{p:.{DIGITS - 1}e}") for p in np.exp(at))
    refusal = _refusal(names, at, slope, curvature, [np.asarray(end.x) for end in ends], edge)
    errors = () if refusal else tuple(float(e) for e in np.sqrt(np.diag(np.linalg.inv(curvature)) / customers))
    return Fit(parameters, float(-value * customers), errors, refusal)


def _polished(loss: Loss, at: Vector, edge: Vector) -> tuple[Vector, Vector]:
    """Take Newton steps as long as they lower the slope."""
    curvature = _curvature(loss, at)
    for _ in range(NEWTON_STEPS):
        slope = loss(at)[1]
        if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature)[0] <= 0:
            break
        there = np.clip(at - np.linalg.solve(curvature, slope), *edge)
        if not np.abs(loss(there)[1]).max() < np.abs(slope).max():
            break
        at, curvature = there, _curvature(loss, there)
    return at, curvature


def _curvature(loss: Loss, at: Vector, step: float = 1e-4) -> Vector:
    """Return the second derivatives, by central differences of the gradient."""
    rows = [(loss(at + step * unit)[1] - loss(at - step * unit)[1]) / (2 * step) for unit in np.eye(len(at))]
    return np.asarray((np.array(rows) + np.array(rows).T) / 2, dtype=np.float64)


def _refusal(names: Sequence[str], at: Vector, slope: Vector, curvature: Vector, ends: Sequence[Vector], edge: Vector) -> str:
    on_edge = [name for name, x in zip(names, at, strict=True) if x <= edge[0] + 0.01 or x >= edge[1] - 0.01]
    if on_edge:
        return f"the best {' and '.join(on_edge)} lies on the edge of what was searched, {SMALLEST:g} to {LARGEST:g} in scaled units"
    if not np.isfinite(slope).all() or np.abs(slope).max() > STEEP:
        return f"the search did not converge: the slope is still {np.abs(slope).max():.1e} where it ended"
    least, *_, most = np.linalg.eigvalsh(curvature)
    if least <= FLAT * most:
        return "the likelihood is flat or not curved downwards in some direction (its Hessian is not positive definite): other parameters fit as well"
    apart = max(float(np.abs(end - at).max()) for end in ends)
    if apart > APART:
        return f"{len(ends)} starts of the search ended apart, by a factor of {np.exp(apart):.3g} in some parameter"
    return ""
