"""Texts: blank ones, numbers in them, and JSON in them."""

from __future__ import annotations

from functools import reduce
from operator import or_

from pyspark.sql import Column, functions as F

BYTE_ORDER_MARK = "\ufeff"


def present_expr(text: Column) -> Column:
    """Return the text, or null where it is empty or blank."""
    return F.when(F.trim(text) != "", text)


def is_json_container_expr(text: Column) -> Column:
    """Tell whether a text is a JSON object or array; text that merely opens with a bracket is not."""
    return (
        F.when(text.startswith("{"), F.json_object_keys(text).isNotNull())
        .when(text.startswith("["), F.json_array_length(text).isNotNull())
        .otherwise(False)
    )  # fmt: skip


def finite_expr(text: Column) -> Column:
    """Return the number in a text as double; null for no number, NaN and the infinities."""
    number = text.try_cast("double")
    return F.when(F.abs(number) < float("inf"), number)


def any_expr(conditions: list[Column]) -> Column:
    """Tell whether any of the conditions holds; false for none."""
    return reduce(or_, conditions, F.lit(False))
