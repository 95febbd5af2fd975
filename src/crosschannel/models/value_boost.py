"""Trees on top of customer value: by how much a customer's orders are corrected, and what the trees see.

The closed form supposes that a customer orders at a steady rate until they leave. Trees see what it cannot,
such as that somebody has lately ordered more often than before, and multiply its expected orders by
a factor. They start from it: where they have nothing to say the factor is 1.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from crosschannel.contracts.values import CustomerValues, OrderHistories
from crosschannel.models.bootstrap import Interval
from crosschannel.models.order_model import OrderModel
from crosschannel.models.sample import Matrix
from crosschannel.models.score_model import loaded
from crosschannel.models.value_judgement import Judgement

READ = (
    OrderHistories.customer_id, OrderHistories.repeat_orders, OrderHistories.last_order_days, OrderHistories.age_days,
    OrderHistories.valued_orders, OrderHistories.valued_cents, OrderHistories.late_orders, OrderHistories.late_cents,
)  # fmt: skip
NAMES = (
    "repeats", "days_to_last", "age", "silence", "silence_share", "rate", "mean_gap", "silence_in_gaps", "recent", "recent_share",
    "mean_value", "recent_value", str(CustomerValues.p_alive), str(CustomerValues.expected_orders),
)  # fmt: skip
MOST = 5.0  # factors lie between a fifth and this
PLACES = 6


@dataclass(frozen=True)
class Boost:
    """Fitted trees.

    Attributes
    ----------
    days
        In which the orders fell that were learned from.
    losses
        Mean negative Poisson log likelihood on the stopping rows, by round.
    lessons, buyers
        Customers learned from, and those of them who ordered in the days learned from.
    """

    content: bytes
    days: int
    rounds: int
    losses: tuple[float, ...]
    gains: Mapping[str, float]
    lessons: int
    buyers: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; the trees as text."""
        return {
            "features": NAMES, "days": self.days, "rounds": self.rounds, "lessons": self.lessons, "buyers": self.buyers, "gains": dict(self.gains),
            "sha256": hashlib.sha256(self.content).hexdigest(), "ubj_base64": base64.b64encode(self.content).decode(),
        }  # fmt: skip


@dataclass(frozen=True)
class Boosted:
    """What became of the trees: in use, or the reason why not.

    Attributes
    ----------
    boost
        For the customers of the day, learned from the days held out; ``None`` if refused.
    gap
        Poisson deviance of a customer with the trees minus without, on days the trees that are judged had not seen.
    set_aside
        Customers of the earlier day who have become one with another since: nobody is learned from twice.
    """

    refusal: str = ""
    boost: Boost | None = None
    gap: Interval | None = None
    judgement: Judgement | None = None
    set_aside: int = 0
    losses: tuple[float, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        gap = {} if self.gap is None else {"value": self.gap.value, "low": self.gap.low, "high": self.gap.high}
        measures = self.judgement.measures if self.judgement else {}
        return {"refusal": self.refusal, "deviance_gap": gap, "measures": measures, "set_aside": self.set_aside, "trees": self.boost.as_dict() if self.boost else {}}


def inputs_of(numbers: Matrix, orders: OrderModel, days: int) -> Any:
    """Return what the trees see of rows of :data:`READ` without the customer; last, what the closed form expects in so many days."""
    x, t_x, age, valued, cents, late, late_cents = numbers.T
    silence, nothing = age - t_x, np.full_like(x, np.nan)

    def ratio(over: Matrix, under: Matrix) -> Matrix:
        return np.asarray(np.divide(over, under, out=nothing.copy(), where=under > 0))

    columns = [
        x, t_x, age, silence, ratio(silence, age), ratio(x, age), ratio(t_x, x), ratio(silence * x, t_x), late, ratio(late, x + 1),
        ratio(cents / 100, valued), late_cents / 100, orders.p_alive(x, t_x, age), orders.expected(x, t_x, age, days),
    ]  # fmt: skip
    return np.round(np.column_stack(columns), PLACES).astype(np.float32)


def opened(boost: Boost | None) -> Any:
    """Return trees ready to be used in one process."""
    return None if boost is None else loaded(boost.content)


def factors_of(trees: Any, inputs: Any) -> Matrix:
    """Return by how much to multiply the expected orders of each row."""
    margins = trees.inplace_predict(inputs, predict_type="margin", base_margin=np.zeros(len(inputs), np.float32), validate_features=False)
    return np.asarray(np.round(np.exp(np.clip(np.asarray(margins, dtype=np.float64), -np.log(MOST), np.log(MOST))), PLACES), dtype=np.float64)
