"""Order histories as the features room hands them to the models."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.values import OrderHistories
from crosschannel.io.staging import small_frame

NAMES = [str(c) for c in OrderHistories.columns]


def histories(spark: SparkSession, day: dt.date, figures: Iterable[Sequence[float]]) -> DataFrame:
    """Return rows of repeat orders, days to the last, age, cents, late orders, late cents; customers are numbered."""
    rows = []
    for number, (x, t_x, age, cents, late, late_cents, *_) in enumerate(figures):
        numbers = (int(v) for v in (x, t_x, age, x if cents else 0, cents, late, late_cents))
        rows.append((f"c{number:05}", day, *numbers, "USD", "USD"))
    return small_frame(spark, rows, OrderHistories.columns)
