"""How a model of customer value fared on days it had not seen, beside plainer ways to foretell.

Counts on a fixed grid of predictions come to the driver, never customers: 200 steps per e-fold, so
that customers whose predictions differ by less than 0.5 % rank as equal. Sums are whole millionths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.values import CustomerValues, OrderHistories

Vector = npt.NDArray[np.float64]
STEPS, MILLION, CENT = 200, 1_000_000, 10_000
RATE_ORDERS, RATE_VALUE = "RATE_ORDERS", "RATE_VALUE"  # what the customer's own rate so far foretells
LIVING = "LIVING_ID"  # id under which a customer of an earlier day is known now
MEASURE, CELL, GUESS, CAME, IS_INSIDE = "MEASURE", "CELL", "GUESS", "CAME", "IS_INSIDE"
N, OFF, SQUARES, INSIDE, ONE = "N", "OFF", "SQUARES", "INSIDE", "ONE"
MODEL, RATE, ITSELF = "model", "rate", "itself"
ORDERS, VALUE = "orders", "value"
BINS = 10


@dataclass(frozen=True)
class Cells:
    """Customers by prediction, lowest first: how many, what was foretold and what came."""

    n: Vector
    guess: Vector
    came: Vector
    off: Vector
    squares: Vector
    inside: Vector

    def gini(self) -> float:
        """Return how unequal what came is along the order of the predictions; customers of a cell share evenly."""
        if not self.came.sum():
            return float("nan")
        heads, came = (np.concatenate([[0.0], np.cumsum(v) / v.sum()]) for v in (self.n, self.came))
        return float(1 - (np.diff(heads) * (came[1:] + came[:-1])).sum())

    def deciles(self) -> list[tuple[float, float]]:
        """Return the mean foretold and the mean that came in tenths of the customers, lowest first; a cell may be divided."""
        heads = np.concatenate([[0.0], np.cumsum(self.n)])
        edges = np.linspace(0, heads[-1], BINS + 1)
        sums = [np.diff(np.interp(edges, heads, np.concatenate([[0.0], np.cumsum(v)]))) for v in (self.guess, self.came)]
        each = heads[-1] / BINS
        return [(float(g / each), float(c / each)) for g, c in zip(*sums, strict=True)]


@dataclass(frozen=True)
class Judgement:
    """Figures by name, and tenths of the customers by what they are of: orders, value."""

    measures: dict[str, float]
    deciles: dict[str, list[tuple[float, float]]]


def judged(foretold: DataFrame, came: DataFrame, *, with_value: bool) -> Judgement:
    """Hold predictions against the days held out.

    Parameters
    ----------
    foretold
        As :func:`.value_model.to_values` gives it, with ``LIVING``: customers who are one today are
        judged as one, by the sum of their predictions.
    came
        Histories that reach over the days held out.
    """
    cells = _cells(_to_cells(foretold, came, with_value).toArrow())
    measures: dict[str, float] = {}
    for what in (ORDERS, VALUE) if with_value else (ORDERS,):
        measures |= _measures(what, cells)
    return Judgement(measures, {what: cells[f"{what}/{MODEL}"].deciles() for what in ((ORDERS, VALUE) if with_value else (ORDERS,))})


def _to_cells(foretold: DataFrame, came: DataFrame, with_value: bool) -> DataFrame:
    orders = (CustomerValues.expected_orders, RATE_ORDERS, CustomerValues.orders_low, CustomerValues.orders_high)
    values = (CustomerValues.expected_value, RATE_VALUE, CustomerValues.low, CustomerValues.high)
    asked = [*orders, *values] if with_value else [*orders]
    # an id that ended is one with the id that goes on
    as_one = foretold.groupBy(LIVING).agg(*[F.sum(F.round(F.col(c) * MILLION).cast("bigint")).alias(c) for c in asked])
    later = came.select(F.col(OrderHistories.customer_id).alias(LIVING), OrderHistories.late_orders, OrderHistories.late_cents)
    # one to at most one; somebody whose identifiers are gone ordered nothing any more
    both = as_one.join(later, on=LIVING, how="left")
    found = [*_guesses(ORDERS, orders, OrderHistories.late_orders, MILLION)]
    found += _guesses(VALUE, values, OrderHistories.late_cents, CENT) if with_value else []
    each = both.select(F.explode(F.array(*found)).alias(ONE)).select(f"{ONE}.*")
    off = F.col(GUESS) - F.col(CAME)
    cell = F.floor(F.log1p(F.col(GUESS).cast("double")) * STEPS)
    squares = off.cast("decimal(19,0)") * off.cast("decimal(19,0)")
    sums = {N: F.count(F.lit(1)), GUESS: F.sum(GUESS), CAME: F.sum(CAME), OFF: F.sum(F.abs(off)), SQUARES: F.sum(squares), INSIDE: F.count_if(F.col(IS_INSIDE))}
    return each.groupBy(MEASURE, cell.alias(CELL)).agg(*[how.alias(name) for name, how in sums.items()])


def _guesses(what: str, columns: tuple[str, ...], late: str, unit: int) -> list[Column]:
    model, rate, low, high = (F.col(c) for c in columns)
    came = F.coalesce(F.col(late), F.lit(0)) * F.lit(unit)
    inside = (came >= low) & (came <= high)
    kinds = {MODEL: model, RATE: rate, ITSELF: came}
    return [
        F.struct(F.lit(f"{what}/{kind}").alias(MEASURE), guess.alias(GUESS), came.cast("bigint").alias(CAME), inside.alias(IS_INSIDE))
        for kind, guess in kinds.items()
    ]


def _cells(table: pa.Table) -> dict[str, Cells]:
    ordered = table.sort_by([(MEASURE, "ascending"), (CELL, "ascending")])
    found = {}
    for measure in ordered.column(MEASURE).unique().to_pylist():
        part = ordered.filter(pc.equal(ordered.column(MEASURE), measure))
        values = {c: np.array([float(v) for v in part.column(c).to_pylist()]) for c in (N, GUESS, CAME, OFF, SQUARES, INSIDE)}
        units = {N: 1, INSIDE: 1, SQUARES: MILLION**2}
        found[measure] = Cells(*(values[c] / units.get(c, MILLION) for c in (N, GUESS, CAME, OFF, SQUARES, INSIDE)))
    return found


def _measures(what: str, cells: Mapping[str, Cells]) -> dict[str, float]:
    model, itself = cells[f"{what}/{MODEL}"], cells[f"{what}/{ITSELF}"]
    customers, came, best = float(model.n.sum()), float(model.came.sum()), itself.gini()
    told = {"customers": customers, "came": came, "between_bounds": float(model.inside.sum()) / customers}
    for prefix, one in (("", model), ("rate_", cells[f"{what}/{RATE}"])):
        told |= {
            f"{prefix}foretold": float(one.guess.sum()), f"{prefix}total_ratio": float(one.guess.sum()) / came if came else float("nan"),
            f"{prefix}gini": one.gini() / best, f"{prefix}mae": float(one.off.sum()) / customers, f"{prefix}rmse": float(np.sqrt(one.squares.sum() / customers)),
        }  # fmt: skip
    told |= {"zero_mae": came / customers, "zero_rmse": float(np.sqrt(_mean_square(itself)))}
    return {f"{what}/{name}": value for name, value in told.items()}


def _mean_square(itself: Cells) -> float:
    """Return the mean square of what came, which is the error of foretelling nothing; customers of a cell are nearly alike."""
    return float((itself.came**2 / itself.n).sum() / itself.n.sum())
