"""Things that happened one after the other, or close together, whatever channel and identifier they came by.

Input   ``gold.activity_tiles`` with their atoms in words and their owners
Output  one row per customer and as_of_date on which a step of some sequence was known

Tiles keep the moments of the events that sequences look at, so hours count exactly, over midnight and
over identifiers. Several events of one kind at one moment are one.
"""

from __future__ import annotations

from collections.abc import Sequence as Several
from functools import reduce
from operator import and_, or_

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import ActivityTiles, CustomerFeatures
from crosschannel.features.atoms import holds_expr
from crosschannel.features.plan import TilePlan
from crosschannel.features.windows import to_seen
from crosschannel.settings.conditions import Conditions
from crosschannel.settings.recipes import FeatureColumn, Sequence

HOUR_US = 3_600_000_000
KEYS = (CustomerFeatures.customer_id, CustomerFeatures.as_of_date)


def to_sequence_values(owned: DataFrame, *, features: Several[FeatureColumn], plan: TilePlan) -> DataFrame:
    """Return the features whose recipe is a sequence; who is not in the result has met no step of any."""
    sequences = [(f.name, f.recipe) for f in features if isinstance(f.recipe, Sequence)]
    seen = owned.where(F.col(ActivityTiles.moment_us) != 0).repartition(CustomerFeatures.customer_id).transform(to_seen)
    gathered = [
        _moments_expr(where, recipe, plan).alias(_place(name, n))
        for name, recipe in sequences
        for n, where in enumerate((*recipe.steps, *recipe.none))
    ]
    moments = seen.groupBy(*KEYS).agg(*gathered)
    return moments.select(*KEYS, *[_value_expr(name, recipe).alias(name) for name, recipe in sequences])


def _moments_expr(where: Conditions, recipe: Sequence, plan: TilePlan) -> Column:
    """Return the moments at which a filter was met inside the window, ascending."""
    in_window = F.datediff(CustomerFeatures.as_of_date, ActivityTiles.event_date) < recipe.window_days
    return F.array_sort(F.collect_set(F.when(holds_expr(where, plan.atoms) & in_window, F.col(ActivityTiles.moment_us))))


def _value_expr(name: str, recipe: Sequence) -> Column:
    steps = [F.col(_place(name, n)) for n in range(len(recipe.steps))]
    barred = reduce(or_, [F.size(_place(name, len(steps) + n)) > 0 for n in range(len(recipe.none))], F.lit(False))
    ends = _ordered_ends(steps, recipe) if recipe.ordered else _close_ends(steps, recipe)
    times = F.when(barred, F.lit(0)).otherwise(F.size(ends))
    match recipe.output:
        case "flag":
            return (times > 0).cast("double")
        case "count":
            return times.cast("double")
        case _:
            last_date = F.to_date(F.timestamp_micros(F.array_max(ends)))
            return F.when(times > 0, F.datediff(F.col(CustomerFeatures.as_of_date), last_date).cast("double"))


def _ordered_ends(steps: list[Column], recipe: Sequence) -> Column:
    """Return the moments of the last step that come after all steps before it, each soon enough after the one before."""
    return reduce(lambda reached, step: F.filter(step, lambda t: F.exists(reached, lambda s: _follows(s, t, recipe))), steps)


def _close_ends(steps: list[Column], recipe: Sequence) -> Column:
    """Return the moments by which every step was met within the gap, in whatever order."""

    def is_met(end: Column) -> Column:
        return reduce(and_, [F.exists(step, lambda s: (s <= end) & (end - s <= _gap_us(recipe))) for step in steps])

    return F.filter(F.array_sort(F.array_distinct(F.flatten(F.array(*steps)))), is_met)


def _follows(before: Column, after: Column, recipe: Sequence) -> Column:
    is_later = before < after
    return is_later if recipe.max_gap_hours is None else is_later & (after - before <= _gap_us(recipe))


def _gap_us(recipe: Sequence) -> int:
    return (recipe.max_gap_hours or 0) * HOUR_US


def _place(name: str, step: int) -> str:
    return f"{name} step {step}"
