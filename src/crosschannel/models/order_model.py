"""BG/NBD: how often a customer orders while alive, and whether they still are (Fader, Hardie, Lee 2005).

A customer orders at random at a rate of their own (gamma ``r``, ``alpha``) and may leave after any order
with a chance of their own (beta ``a``, ``b``). Of a customer only three numbers count: repeat orders
``x``, age at the last one ``t_x`` and age ``T``, here in days; an order is a day with orders.

Everything is computed for many customers at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, digamma, gammaln, hyp2f1

from crosschannel.models.maximum import Fit, Vector, maximised

NAMES = ("r", "alpha", "a", "b")
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.25, 0.1, 0.8, 2.5), (2.0, 0.3, 0.1, 5.0))  # alpha in mean ages
NEAR_ONE = 1e-3  # the closed form divides by a - 1
TAIL = 1e-9
MOST_ORDERS = 5_000


@dataclass(frozen=True)
class Histories:
    """Customers by what they did: repeat orders, days to the last one, days of age; ``n`` customers share each."""

    x: Vector
    t_x: Vector
    age: Vector
    n: Vector


@dataclass(frozen=True)
class OrderModel:
    """The four parameters, ``alpha`` in days, and what follows for a customer."""

    r: float
    alpha: float
    a: float
    b: float

    def p_alive(self, x: Vector, t_x: Vector, age: Vector) -> Vector:
        """Return the probability that a customer still orders; who ordered once cannot have left yet."""
        odds_gone = np.log(self.a) - np.log(self.b + np.maximum(x, 1) - 1) + (self.r + x) * np.log((self.alpha + age) / (self.alpha + t_x))
        return np.where(x > 0, 1 / (1 + np.exp(np.minimum(odds_gone, 700))), 1.0)

    def expected(self, x: Vector, t_x: Vector, age: Vector, days: float) -> Vector:
        """Return the mean number of orders in the ``days`` to come."""
        share = days / (self.alpha + age + days)
        last = self.a + self.b + x - 1
        if_alive = np.full_like(share, np.nan)
        if abs(self.a - 1) > NEAR_ONE:
            with np.errstate(all="ignore"):
                inner = np.exp((self.r + x) * np.log1p(-share)) * hyp2f1(self.r + x, self.b + x, last, share)
                if_alive = last / (self.a - 1) * (1 - inner)
        bad = ~np.isfinite(if_alive) | (if_alive < 0) | (last <= 0)
        if bad.any():  # many orders overflow the function; the sum over all numbers of orders does not
            if_alive[bad] = sum((s for s in self._at_least(x[bad], age[bad], days)), np.zeros(int(bad.sum())))
        return np.asarray(self.p_alive(x, t_x, age) * if_alive, dtype=np.float64)

    def between(self, x: Vector, t_x: Vector, age: Vector, days: int, share: float, stretch: Vector | float = 1.0) -> tuple[Vector, Vector]:
        """Return the fewest and the most orders in the ``days`` to come, so that ``share`` of such customers lie between.

        Parameters
        ----------
        stretch
            Of the time: a customer expected to order twice as often as the model says lives twice as fast.
        """
        alive, tail = self.p_alive(x, t_x, age), (1 - share) / 2
        low, high = np.zeros_like(x), np.zeros_like(x)
        for number, at_least in enumerate(self._at_least(x, age, days * stretch), 1):
            low += alive * at_least > 1 - tail
            high += alive * at_least > tail
            if number == days or (alive * at_least <= tail).all():
                break
        return low, high

    def _at_least(self, x: Vector, age: Vector, days: Vector | float) -> Iterator[Vector]:
        """Yield, for 1, 2, 3 ..., the chance of at least so many orders if the customer is alive now."""
        stays, share = np.ones_like(x), days / (self.alpha + age + days)
        for number in range(1, MOST_ORDERS + 1):
            yield (at_least := stays * betainc(number, self.r + x, share))
            if at_least.max(initial=0.0) < TAIL:
                return
            stays = stays * (self.b + x + number - 1) / (self.a + self.b + x + number - 1)


def fit_orders(customers: Histories) -> tuple[OrderModel, Fit]:
    """Fit the four parameters to customers."""
    total = float(customers.n.sum())
    unit = float((customers.n * customers.age).sum() / total) or 1.0  # the search wants ages near one
    scaled = Histories(customers.x, customers.t_x / unit, customers.age / unit, customers.n)
    fit = maximised(lambda at: _loss(np.exp(at), scaled), STARTS, NAMES, total)
    r, alpha, a, b = fit.parameters
    # Densities of times shrink with the unit: one factor per repeat order.
    known = fit.log_likelihood - float((customers.n * customers.x).sum() * np.log(unit))
    return OrderModel(r, alpha * unit, a, b), Fit((r, alpha * unit, a, b), known, fit.errors, fit.refusal)


def _loss(p: Vector, c: Histories) -> tuple[float, Vector]:
    """Return the mean negative log likelihood and its slope by the logarithms of the parameters."""
    r, alpha, a, b = p
    again, before = c.x > 0, np.maximum(c.x, 1) - 1
    aged, seen = alpha + c.age, alpha + c.t_x
    stays = gammaln(a + b) + gammaln(b + c.x) - gammaln(b) - gammaln(a + b + c.x)
    orders = gammaln(r + c.x) - gammaln(r) + r * np.log(alpha)
    alive = -(r + c.x) * np.log(aged)
    gone = np.where(again, np.log(a) - np.log(b + before) - (r + c.x) * np.log(seen), -np.inf)
    either = np.logaddexp(alive, gone)
    w = np.exp(gone - either)  # the chance of having left
    by_r = digamma(r + c.x) - digamma(r) + np.log(alpha) - (1 - w) * np.log(aged) - w * np.log(seen)
    by_alpha = r / alpha - (r + c.x) * ((1 - w) / aged + w / seen)
    by_a = digamma(a + b) - digamma(a + b + c.x) + w / a
    by_b = digamma(a + b) + digamma(b + c.x) - digamma(b) - digamma(a + b + c.x) - w / (b + before)
    slopes = np.array([(c.n * by).sum() for by in (by_r, by_alpha, by_a, by_b)]) * p
    total = c.n.sum()
    return -float((c.n * (stays + orders + either)).sum() / total), -slopes / total
