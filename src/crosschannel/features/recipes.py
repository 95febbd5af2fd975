"""From window tiles to a feature: one aggregate expression per recipe.

Each function returns a Column for ``agg`` over the tiles of one customer and as_of_date. Sums are
of whole numbers; what is divided is rounded to 9 decimals, so that no bit depends on row order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add, or_
from typing import Any

from pyspark.sql import Column, functions as F

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.features.atoms import Atoms, holds_expr
from crosschannel.features.facts import QUANTITY_COLUMNS, SCALES
from crosschannel.features.windows import ACT_DATE, BUCKET, DAY_BITS, ORDERS, Buckets
from crosschannel.settings.recipes import ActiveDays, PerWeek, Ratio, Recipe, SinceFirst, SinceLast, Spread, Together, Total

DECIMALS = 9
DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class Frame:
    """What the tiles were built with; ``first_event_date`` bounds the part of a window inside the data."""

    atoms: Atoms
    buckets: Buckets
    first_event_date: date | None = None


def recipe_expr(recipe: Recipe, frame: Frame) -> Column:
    """Return the feature of a recipe as a double."""
    return _MAKERS[type(recipe)](recipe, frame)


def total_expr(total: Total, frame: Frame) -> Column:
    """Sum of a quantity in a window; 0 if there is nothing."""
    whole = _whole_expr(total, frame).cast("double")  # exact below 2^53
    return whole / F.lit(SCALES[total.quantity]) if total.quantity in SCALES else whole


def per_week_expr(recipe: PerWeek, frame: Frame) -> Column:
    """Total per week of the observed part of its window."""
    window = F.lit(recipe.total.window_days)
    if frame.first_event_date is not None:
        observed = F.datediff(F.col(CustomerFeatures.as_of_date), F.lit(frame.first_event_date)) + 1
        window = F.greatest(F.least(window, observed), F.lit(1))
    return total_expr(recipe.total, frame) * DAYS_PER_WEEK / window


def ratio_expr(recipe: Ratio, frame: Frame) -> Column:
    """One total by another; null where there is nothing to divide by."""
    return F.try_divide(total_expr(recipe.over, frame), total_expr(recipe.under, frame))


def active_days_expr(recipe: ActiveDays, frame: Frame) -> Column:
    """Distinct days with a matching event: the bits set in the buckets of the window."""
    holds = holds_expr(recipe.where, frame.atoms)
    in_bucket = [F.when(holds & (F.col(BUCKET) == n), F.col(DAY_BITS)) for n in frame.buckets.within(recipe.window_days)]
    return reduce(add, [F.coalesce(F.bit_count(F.bit_or(bits)), F.lit(0)) for bits in in_bucket]).cast("double")


def since_last_expr(recipe: SinceLast, frame: Frame) -> Column:
    """Days since the last matching event; null if there is none."""
    return _days_since_expr(F.max(F.when(holds_expr(recipe.where, frame.atoms), F.col(ACT_DATE))))


def since_first_expr(recipe: SinceFirst, frame: Frame) -> Column:
    """Days since the first matching event; null if there is none."""
    return _days_since_expr(F.min(F.when(holds_expr(recipe.where, frame.atoms), F.col(ACT_DATE))))


def spread_expr(recipe: Spread, frame: Frame) -> Column:
    """How many totals are positive, or the entropy of their shares in nats (null if all are 0)."""
    totals = [total_expr(total, frame) for total in recipe.over]
    if recipe.output == "active":
        return reduce(add, [(total > 0).cast("int") for total in totals]).cast("double")
    # -sum p ln p = ln n - sum(x ln x) / n: always in the declared order, whatever the rows' order
    everything = reduce(add, totals)
    surprise = reduce(add, [F.when(total > 0, total * F.ln(total)).otherwise(F.lit(0.0)) for total in totals])
    return F.when(everything > 0, F.abs(F.round(F.ln(everything) - surprise / everything, DECIMALS)))


def together_expr(recipe: Together, frame: Frame) -> Column:
    """How many times over all parts were met: the smallest count; as a flag 1 or 0; or days since the last event of a part."""
    times = F.least(*[total_expr(part, frame) for part in recipe.parts])
    barred = reduce(or_, [total_expr(part, frame) > 0 for part in recipe.none], F.lit(False))
    times = F.when(barred, F.lit(0.0)).otherwise(times)
    if recipe.output == "recency_days":
        in_any = reduce(or_, [holds_expr(part.where, frame.atoms) & _in_window(part.window_days, frame) for part in recipe.parts])
        return F.when(times > 0, _days_since_expr(F.max(F.when(in_any, F.col(ACT_DATE)))))
    return times if recipe.output == "count" else (times > 0).cast("double")


def _whole_expr(total: Total, frame: Frame) -> Column:
    counted = holds_expr(total.where, frame.atoms) & _in_window(total.window_days, frame)
    quantity = ORDERS if total.quantity == "orders" else QUANTITY_COLUMNS[total.quantity]
    return F.sum(F.when(counted, F.col(quantity)).otherwise(F.lit(0).cast("bigint")))


def _in_window(window_days: int, frame: Frame) -> Column:
    return F.col(BUCKET) <= F.lit(frame.buckets.within(window_days)[-1])


def _days_since_expr(day: Column) -> Column:
    return F.datediff(F.col(CustomerFeatures.as_of_date), day).cast("double")


_MAKERS: dict[type, Callable[[Any, Frame], Column]] = {
    Total: total_expr,
    PerWeek: per_week_expr,
    Ratio: ratio_expr,
    ActiveDays: active_days_expr,
    SinceLast: since_last_expr,
    SinceFirst: since_first_expr,
    Spread: spread_expr,
    Together: together_expr,
}
