"""Customers as weighted groups of equal histories: all that a fit of customer value needs on the driver.

At most ``max_groups`` groups come. If exact days or values make more, they are rounded: days to weeks,
then to four weeks; values to 0.1 %, then to 1 %. If even those make more, there is no fit. Groups
are sorted, so that sums over them do not depend on partitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.values import OrderHistories
from crosschannel.models.order_model import Histories
from crosschannel.models.spend_model import Spenders

DAY_UNITS = (1, 7, 28)  # days
VALUE_GRIDS = (None, 1000, 100)  # steps per e-fold; None is exact
THOUSANDTHS = 1000  # of a cent, in which mean values are told
AS_OF = OrderHistories.as_of_date
X, T_X, AGE, BIN, MEANS, N = "X", "T_X", "AGE", "BIN", "MEANS", "N"


def order_groups(histories: DataFrame, max_groups: int) -> tuple[Mapping[date, Histories], int]:
    """Return groups by as_of_date and the days they are rounded to; an empty mapping if there are too many."""
    for unit in DAY_UNITS:
        t_x, age = (_rounded(F.col(c), unit) for c in (OrderHistories.last_order_days, OrderHistories.age_days))
        keys = (F.col(AS_OF), F.col(OrderHistories.repeat_orders).alias(X), t_x.alias(T_X), age.alias(AGE))
        groups = _collected(histories.groupBy(*keys).agg(F.count(F.lit(1)).alias(N)), [X, T_X, AGE], max_groups)
        if groups is not None:
            return {day: Histories(*(_floats(g, c) for c in (X, T_X, AGE, N))) for day, g in groups.items()}, unit
    return {}, 0


def spend_groups(histories: DataFrame, max_groups: int) -> Mapping[date, Spenders]:
    """Return, by as_of_date, groups of customers who came back and spent; an empty mapping if there are too many."""
    mean = F.round(F.col(OrderHistories.valued_cents) * THOUSANDTHS / F.col(OrderHistories.valued_orders)).cast("bigint")
    spent = histories.where(F.col(OrderHistories.valued_orders) > 0).select(AS_OF, F.col(OrderHistories.valued_orders).alias(X), mean.alias(MEANS))
    for grid in VALUE_GRIDS:
        step = F.col(MEANS) if grid is None else F.floor(F.log(MEANS) * grid)
        grouped = spent.groupBy(AS_OF, X, step.alias(BIN)).agg(F.sum(MEANS).alias(MEANS), F.count(F.lit(1)).alias(N))
        groups = _collected(grouped, [X, BIN], max_groups)
        if groups is not None:
            return {day: _spenders(g) for day, g in groups.items()}
    return {}


def _spenders(group: pa.Table) -> Spenders:
    n = _floats(group, N)
    return Spenders(_floats(group, X), _floats(group, MEANS) / n / (100 * THOUSANDTHS), n)


def _rounded(days: Column, unit: int) -> Column:
    return days if unit == 1 else F.floor((days + unit // 2) / unit) * unit


def _collected(grouped: DataFrame, order: list[str], most: int) -> dict[date, pa.Table] | None:
    table = grouped.limit(most + 1).toArrow()
    if table.num_rows > most:
        return None
    ordered = table.sort_by([(name, "ascending") for name in (str(AS_OF), *order)])
    days = ordered.column(str(AS_OF)).to_numpy()
    return {day: ordered.filter(pa.array(days == np.datetime64(day))) for day in ordered.column(str(AS_OF)).unique().to_pylist()}


def _floats(group: pa.Table, name: str) -> np.ndarray:
    return np.asarray(group.column(name).to_numpy(), dtype=np.float64)
