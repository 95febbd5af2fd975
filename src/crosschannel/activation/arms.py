"""Arms: whether a lot lies in the control group of a holdout, as a Spark expression and as its plain twin.

A lot is drawn by hash of salt, holdout and draw_id, never by chance: the same customer lies in the
same arm on every machine and every day, and holdouts with different names are independent of each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.activation import CONTROL, TREATMENT, HoldoutDraws, Holdouts
from crosschannel.exprs.hashing import SEPARATOR
from crosschannel.settings.holdouts import DRAW_BITS, HoldoutRule

HEX_DIGITS = DRAW_BITS // 4
DRAW_KIND = "holdout-1"  # a new version draws everybody anew


def is_control_expr(rule: HoldoutRule, draw_id: Column) -> Column:
    """Tell whether a lot lies in the control group of a holdout."""
    text = F.concat_ws(SEPARATOR, F.lit(DRAW_KIND), F.lit(rule.salt), F.lit(rule.name), draw_id)
    place = F.conv(F.left(F.sha2(text, 256), F.lit(HEX_DIGITS)), 16, 10).cast("bigint")
    return place < F.lit(rule.places)


def is_control(rule: HoldoutRule, draw_id: str) -> bool:
    """Tell whether a lot lies in the control group; equal to :func:`is_control_expr`."""
    text = SEPARATOR.join((DRAW_KIND, rule.salt, rule.name, draw_id))
    return int(hashlib.sha256(text.encode()).hexdigest()[:HEX_DIGITS], 16) < rule.places


def to_holdouts(draws: DataFrame, rules: Sequence[HoldoutRule], since: dict[str, date]) -> DataFrame:
    """Return one row per customer and holdout, ready but for the release.

    Parameters
    ----------
    since
        Day on which each holdout began; a customer is in an arm from then, or from the day of its own lot.
    """
    return reduce(DataFrame.unionByName, (_of_rule(draws, rule, since[rule.name]) for rule in rules))


def mixed_expr(rules: Iterable[HoldoutRule], one: Column, other: Column) -> Column:
    """Return the names of the holdouts in which two lots lie in different arms."""
    differing = [F.when(is_control_expr(r, one) != is_control_expr(r, other), F.lit(r.name)) for r in rules]
    return F.array_compact(F.array(*differing)).cast("array<string>")


def _of_rule(draws: DataFrame, rule: HoldoutRule, began: date) -> DataFrame:
    arm = F.when(is_control_expr(rule, F.col(HoldoutDraws.draw_id)), F.lit(CONTROL)).otherwise(F.lit(TREATMENT))
    return draws.select(
        F.col(HoldoutDraws.customer_id),
        F.lit(rule.name).alias(Holdouts.holdout),
        F.lit(rule.covers).alias(Holdouts.covers),
        arm.alias(Holdouts.arm),
        F.greatest(F.col(HoldoutDraws.since_date), F.lit(began)).alias(Holdouts.since_date),
    )
