"""Texts: blank ones, numbers in them, and JSON in them."""

from __future__ import annotations

from functools import reduce
from operator import or_

from pyspark.sql import Column, functions as F

BYTE_ORDER_MARK = "\ufeff"
NOT_TEXT = "base64:"  # opens the kept copy of a record that is no UTF-8


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


def safe_text_expr(text: Column) -> Column:
    """Return a text that can be stored: bytes that are no UTF-8 are kept as base64."""
    return F.when(F.is_valid_utf8(text), text).otherwise(F.concat(F.lit(NOT_TEXT), F.base64(text.cast("binary"))))
