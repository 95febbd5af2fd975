"""Gamma-Gamma: what an order of a customer is worth, from few orders (Fader, Hardie, Lee 2005).

Orders of a customer vary around a mean of their own (gamma ``p``), and the means vary from customer
to customer (gamma ``q``, ``v``). Few orders say little, so their mean is drawn towards everybody's.

It supposes that how much a customer spends has nothing to do with how often; where that is clearly
wrong the model is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import digamma, gammaln

from crosschannel.models.maximum import Fit, Vector, maximised

NAMES = ("p", "q", "v")
STARTS = ((2.0, 2.0, 1.0), (6.0, 4.0, 0.5), (1.0, 8.0, 5.0))  # v in mean order values


@dataclass(frozen=True)
class Spenders:
    """Customers who came back: repeat orders with a value ``x`` and their mean value; ``n`` customers share each."""

    x: Vector
    mean: Vector
    n: Vector


@dataclass(frozen=True)
class SpendModel:
    """The three parameters, ``v`` in the currency, and what follows for a customer."""

    p: float
    q: float
    v: float

    def order_value(self, x: Vector, mean: Vector) -> Vector:
        """Return the mean value of the orders to come; of a customer without a known order, everybody's."""
        return np.asarray(self.p * (self.v + x * np.where(x > 0, mean, 0.0)) / (self.p * x + self.q - 1), dtype=np.float64)


def fit_spend(customers: Spenders, most_correlation: float) -> tuple[SpendModel, Fit]:
    """Fit the three parameters, and refuse them where the model's own suppositions do not hold."""
    total = float(customers.n.sum())
    unit = float((customers.n * customers.mean).sum() / total)
    scaled = Spenders(customers.x, customers.mean / unit, customers.n)
    fit = maximised(lambda at: _loss(np.exp(at), scaled), STARTS, NAMES, total)
    p, q, v = fit.parameters
    model, fit = SpendModel(p, q, v * unit), replace(fit, parameters=(p, q, v * unit), log_likelihood=fit.log_likelihood - total * float(np.log(unit)))
    together = correlation(customers)
    if not abs(together) < most_correlation:
        said = f"orders and their value go together: correlation {together:+.2f}, {most_correlation:g} at most is supposed to be"
        return model, replace(fit, refusal=said)
    if not fit.refusal and q <= 1:
        return model, replace(fit, refusal=f"the mean value of an order has no expectation: q is {q:.3f}, not above 1")
    return model, fit


def correlation(customers: Spenders) -> float:
    """Return how repeat orders and mean value go together; 0 if either does not vary."""
    share = customers.n / customers.n.sum()
    x, mean = (values - (share * values).sum() for values in (customers.x, customers.mean))
    spread = float((share * x**2).sum() * (share * mean**2).sum())
    return float((share * x * mean).sum() / np.sqrt(spread)) if spread > 0 else 0.0


def _loss(parameters: Vector, c: Spenders) -> tuple[float, Vector]:
    """Return the mean negative log likelihood and its slope by the logarithms of the parameters."""
    p, q, v = parameters
    px, pot = p * c.x, v + c.x * c.mean
    likelihood = (
        gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(v) + (px - 1) * np.log(c.mean) + px * np.log(c.x) - (px + q) * np.log(pot)
    )
    by_p = c.x * (digamma(px + q) - digamma(px) + np.log(c.mean) + np.log(c.x) - np.log(pot))
    by_q = digamma(px + q) - digamma(q) + np.log(v) - np.log(pot)
    by_v = q / v - (px + q) / pot
    slopes = np.array([(c.n * by).sum() for by in (by_p, by_q, by_v)]) * parameters
    total = c.n.sum()
    return -float((c.n * likelihood).sum() / total), -slopes / total
