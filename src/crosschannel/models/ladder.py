"""The omnichannel model: what a customer did, weighed by channel and by how far up the ladder it lies.

For each channel, ``u[j] = log1p(number of acts at step j of the ladder or above)``; the margin is a
sum of ``u`` with coefficients that are never below ``min_step``. So one more act, or the same act
one step up, never lowers the score: a purchase weighs more than a view by construction.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from crosschannel.models.sample import Matrix
from crosschannel.models.threads import one_thread
from crosschannel.settings.scores import LADDER, Omnichannel

DIGITS = 6
KNOTS = 101


@dataclass(frozen=True)
class Step:
    """One verb of one channel: its count features from near to far, and what being on this step adds."""

    channel: str
    verb: str
    counts: tuple[tuple[str, float], ...]
    coefficient: float = 0.0


@dataclass(frozen=True)
class Ladder:
    """Steps in the order of channels and, within a channel, up the ladder; ``knots`` map margins to 0-100."""

    steps: tuple[Step, ...]
    intercept: float = 0.0
    knots: tuple[float, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """Count features the model reads, each once."""
        return tuple(dict.fromkeys(name for step in self.steps for name, _ in step.counts))

    @property
    def content(self) -> bytes:
        """The model as JSON."""
        return json.dumps(asdict(self), sort_keys=True, indent=1).encode()

    @staticmethod
    def from_content(content: bytes) -> Ladder:
        """Read what :attr:`content` wrote."""
        plain = json.loads(content)
        steps = tuple(Step(s["channel"], s["verb"], tuple((n, w) for n, w in s["counts"]), s["coefficient"]) for s in plain["steps"])
        return Ladder(steps, plain["intercept"], tuple(plain["knots"]))

    def reached(self, raw: Matrix) -> Matrix:
        """Return ``u`` for raw rows of :attr:`features`: rows x steps."""
        place = {name: i for i, name in enumerate(self.features)}
        counts = np.maximum(np.nan_to_num(raw), 0.0)
        own = np.zeros((len(raw), len(self.steps)))
        for i, step in enumerate(self.steps):
            nearer = np.zeros(len(raw))
            for name, weight in step.counts:  # a wider window holds the narrower one
                own[:, i] += weight * np.maximum(counts[:, place[name]] - nearer, 0.0)
                nearer = np.maximum(nearer, counts[:, place[name]])
        for i in reversed(range(len(self.steps) - 1)):
            if self.steps[i].channel == self.steps[i + 1].channel:
                own[:, i] += own[:, i + 1]
        return np.log1p(own)

    def margins(self, raw: Matrix) -> Matrix:
        """Return the margin of raw rows, added step by step so that it is a row's own."""
        reached = self.reached(raw)
        total = np.full(len(raw), self.intercept)
        for i, step in enumerate(self.steps):
            total += reached[:, i] * step.coefficient
        return total

    def points(self, raw: Matrix) -> Matrix:
        """Return the score from 0 to 100: the share of customers with a lower margin; no acts give 0."""
        margins = self.margins(raw)
        scale = np.linspace(0.0, 100.0, len(self.knots))
        return np.where(margins <= self.intercept, 0.0, np.interp(margins, np.array(self.knots), scale))

    def weights(self) -> list[dict[str, object]]:
        """Return the weight of each act: the sum of the steps up to it."""
        table, total, channel = [], 0.0, ""
        for step in self.steps:
            total = step.coefficient + (total if step.channel == channel else 0.0)
            channel = step.channel
            table.append({"act": f"{step.channel} {step.verb}", "weight": round(total, DIGITS)})
        return table


def declared_ladder(settings: Omnichannel, features: Sequence[str]) -> Ladder:
    """Return the unfitted ladder of the count features a project declares."""
    steps = []
    for channel in settings.channels:
        for verb in LADDER:
            named = [(settings.count_feature(channel, verb, ring.window_days), ring.weight) for ring in settings.rings]
            if counts := tuple((name, weight) for name, weight in named if name in features):
                steps.append(Step(channel, verb, counts))
    return Ladder(tuple(steps))


def fitted_ladder(ladder: Ladder, raw: Matrix, outcomes: Matrix, settings: Omnichannel) -> Ladder:
    """Fit coefficients by bounded logistic regression; equal rows in equal order give equal bytes."""
    from scipy.optimize import minimize

    reached, count = ladder.reached(raw), len(ladder.steps)

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        margin = reached @ weights[1:] + weights[0]
        error = 1.0 / (1.0 + np.exp(-margin)) - outcomes
        value = np.logaddexp(0.0, margin).sum() - (outcomes * margin).sum() + settings.l2 / 2 * (weights[1:] ** 2).sum()
        gradient = np.concatenate([[error.sum()], reached.T @ error + settings.l2 * weights[1:]])
        return float(value) / len(raw), gradient / len(raw)

    rate = np.clip(outcomes.mean(), 1e-6, 1 - 1e-6)
    start = np.concatenate([[np.log(rate / (1 - rate))], np.full(count, settings.min_step)])
    bounds = [(None, None), *[(settings.min_step, None)] * count]
    with one_thread():  # sums differ by thread count
        weights = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500, "ftol": 1e-10}).x
    rounded = [max(round(float(w), DIGITS), settings.min_step) for w in weights[1:]]
    steps = tuple(Step(s.channel, s.verb, s.counts, w) for s, w in zip(ladder.steps, rounded, strict=True))
    return Ladder(steps, round(float(weights[0]), DIGITS))


def with_knots(ladder: Ladder, raw: Matrix) -> Ladder:
    """Fix the scale: the margins' quantiles among customers who did something."""
    margins = ladder.margins(raw)
    active = margins[margins > ladder.intercept]
    quantiles = np.quantile(active, np.linspace(0, 1, KNOTS)) if len(active) else np.linspace(0, 1, KNOTS)
    # Equal knots would make the scale jump where many customers did the same: spread them by a hair.
    knots = np.round(quantiles, DIGITS) + np.arange(KNOTS) * 10.0**-DIGITS
    return Ladder(ladder.steps, ladder.intercept, tuple(round(float(k), DIGITS) for k in knots))
