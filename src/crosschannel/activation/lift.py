"""Lift: what a campaign brought, as the difference between its arms, with intervals.

Each arm gets an interval of its own: Wilson's score interval where outcomes are yes or no (it stays
sound with few successes), Student's where they are amounts. Difference and ratio are put together from
the two by the method of variance estimates recovery (Newcombe 1998; Donner and Zou 2012), which keeps
their asymmetry. ``tests/unit/activation`` proves the coverage by simulation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf, sqrt
from typing import Any

from scipy import stats

from crosschannel.errors import UsageError

LEVEL = 0.95
DIGITS = 9


@dataclass(frozen=True)
class Arm:
    """One arm: customers, sum of their outcomes, sum of the squares."""

    customers: int
    total: float
    total_squares: float

    @property
    def mean(self) -> float:
        """Mean outcome."""
        return self.total / self.customers

    @property
    def is_binary(self) -> bool:
        """Whether every outcome is 0 or 1, as far as the sums can tell."""
        return self.total == self.total_squares and 0 <= self.total <= self.customers

    @property
    def variance(self) -> float:
        """Variance of the outcomes."""
        return max(self.total_squares - self.total**2 / self.customers, 0.0) / (self.customers - 1)


@dataclass(frozen=True)
class Interval:
    """A value between its bounds; ``high`` is infinite where the data allow any."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the effect differs from none at the level asked for."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Lift:
    """Effect of the treatment: per customer, relative to the control, and for all treated together."""

    treatment: Interval
    control: Interval
    difference: Interval
    relative: Interval | None
    incremental: Interval
    customers: dict[str, int]
    level: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a bound that is infinite is null."""
        return {k: _plain(v) for k, v in asdict(self).items()}


def lift_of(treatment: Arm, control: Arm, level: float = LEVEL) -> Lift:
    """Return the effect of the treatment with intervals.

    Raises
    ------
    UsageError
        An arm holds fewer than two customers, so that nothing can be said.
    """
    if min(treatment.customers, control.customers) < 2:
        raise UsageError(f"too few customers with an outcome: {treatment.customers} in treatment, {control.customers} in control; two each are needed")
    is_binary = treatment.is_binary and control.is_binary
    treated, held = (_of_arm(arm, level, is_binary=is_binary) for arm in (treatment, control))
    difference = _difference(treated, held)
    everyone = Interval(*(bound * treatment.customers for bound in (difference.value, difference.low, difference.high)))
    sizes = {"treatment": treatment.customers, "control": control.customers}
    return Lift(treated, held, difference, _relative(treated, held), everyone, sizes, level)


def _of_arm(arm: Arm, level: float, *, is_binary: bool) -> Interval:
    if is_binary:
        return _wilson(arm.total, arm.customers, float(stats.norm.ppf(0.5 + level / 2)))
    half = float(stats.t.ppf(0.5 + level / 2, arm.customers - 1)) * sqrt(arm.variance / arm.customers)
    return Interval(arm.mean, arm.mean - half, arm.mean + half)


def _wilson(successes: float, n: int, z: float) -> Interval:
    rate = successes / n
    middle = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    return Interval(rate, min(max(middle - half, 0.0), rate), max(min(middle + half, 1.0), rate))


def _difference(treated: Interval, held: Interval) -> Interval:
    value = treated.value - held.value
    down = sqrt((treated.value - treated.low) ** 2 + (held.high - held.value) ** 2)
    up = sqrt((treated.high - treated.value) ** 2 + (held.value - held.low) ** 2)
    return Interval(value, value - down, value + up)


def _relative(treated: Interval, held: Interval) -> Interval | None:
    """Return treatment over control less one; ``None`` where the control brought nothing."""
    t, c = treated.value, held.value
    if c <= 0 or t < 0:
        return None
    down, up = treated.low * (2 * t - treated.low), treated.high * (2 * t - treated.high)
    below, above = held.high * (2 * c - held.high), held.low * (2 * c - held.low)
    span = t * c + sqrt(max((t * c) ** 2 - down * below, 0.0))
    low = down / span if span > 0 else 0.0  # the root of the quadratic, written so that nothing cancels
    high = (t * c + sqrt(max((t * c) ** 2 - up * above, 0.0))) / above if above > 0 else inf  # the control may have brought nothing
    return Interval(t / c - 1, low - 1, high - 1)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, float):
        return None if value in (inf, -inf) else round(value, DIGITS)
    return value
