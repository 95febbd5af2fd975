"""Compare pairs: one level of agreement per attribute, all of them packed into one code.

Grain: one row per pair. Equality, missing values, days, numbers and shared words are native
expressions; Jaro-Winkler and typing slips are not in Spark and are measured on the distinct pairs
of values of a batch (:mod:`.similarity`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
from pyspark.sql import Column, DataFrame, functions as F
from pyspark.sql.pandas.functions import pandas_udf

from crosschannel.identity.records.blocking import LEFT, RIGHT
from crosschannel.identity.records.keys import RECORD, SOURCE, rows_of, value_of
from crosschannel.identity.records.patterns import ABSENT, radices
from crosschannel.identity.records.similarity import SCORERS, scores
from crosschannel.identity.records.values import DATE, ELEMENT_MARK
from crosschannel.settings.records import Defaults, Level, RecordsSettings

CODE = "CODE"  # the packed pattern
MARGIN = 1e-9  # a similarity that equals its bound up to rounding reaches it
EXACT_NUMBER = "decimal(38,9)"


def with_code(pairs: DataFrame, records: DataFrame, settings: RecordsSettings) -> DataFrame:
    """Add CODE, and the number of records that share a value both agree on (``ROWS_n``).

    Parameters
    ----------
    pairs
        LEFT and RIGHT, and whatever is to be kept.
    records
        Values of :func:`.keys.to_records`, with ROWS_n where rare values weigh more.
    """
    kept = [F.col(c) for c in pairs.columns]
    ends = [
        records.drop(SOURCE).withColumnsRenamed({c: end + c for c in records.columns if c not in (RECORD, SOURCE)} | {RECORD: end})
        for end in (LEFT, RIGHT)
    ]
    both = pairs.join(ends[0], on=LEFT, how="inner").join(ends[1], on=RIGHT, how="inner")  # many pairs to one record, twice
    resolved = [a.resolved for a in settings.attributes.values()]
    measured = both.withColumns({name: expr for k, r in enumerate(resolved) for name, expr in _measures(k, r).items()})
    levels = [_level_expr(k, r) for k, r in enumerate(resolved)]
    code = F.lit(0).cast("bigint")
    for level, radix in zip(levels, radices(tops(settings)), strict=True):
        code = code * radix + (level - ABSENT)
    agreed = [F.when(_is_equal(k), F.col(LEFT + rows_of(k))).alias(rows_of(k)) for k, r in enumerate(resolved) if r.term_frequency]
    return measured.select(*kept, code.alias(CODE), *agreed)


def tops(settings: RecordsSettings) -> tuple[int, ...]:
    """Return the level of equality, per attribute."""
    return tuple(len(a.resolved.levels) + 1 for a in settings.attributes.values())


def _ends(number: int) -> tuple[Column, Column]:
    return F.col(LEFT + value_of(number)), F.col(RIGHT + value_of(number))


def _is_equal(number: int) -> Column:
    left, right = _ends(number)
    return left == right


def _measures(number: int, resolved: Defaults) -> dict[str, Column]:
    """Return the similarities that no native function gives; equal values are not sent to them."""
    left, right = _ends(number)
    used = sorted({level.measure for level in resolved.levels} & set(SCORERS))
    return {_measured(number, m): _similarity(m)(F.when(left != right, left), F.when(left != right, right)) for m in used}


def _measured(number: int, measure: str) -> str:
    return f"{measure.upper()}_{number}"


def _similarity(measure: str) -> Callable[[Column, Column], Column]:
    # Neither measure is native in Spark 4.1; each distinct pair of values of a batch is measured once.
    udf: Callable[[Column, Column], Column] = pandas_udf(_series_of(measure), "double")  # type: ignore[call-overload]
    return udf


def _series_of(measure: str) -> Callable[[pd.Series, pd.Series], pd.Series]:
    def measured(left: pd.Series, right: pd.Series) -> pd.Series:
        return pd.Series(scores(left, right, measure), index=left.index)

    return measured


def _level_expr(number: int, resolved: Defaults) -> Column:
    """Return the level: missing, equal, or the first declared level that is reached."""
    left, right = _ends(number)
    top = len(resolved.levels) + 1
    expr = F.when(left.isNull() | right.isNull(), F.lit(ABSENT)).when(left == right, F.lit(top))
    for below, level in enumerate(resolved.levels, start=1):
        expr = expr.when(_reaches(level, number, left, right), F.lit(top - below))
    return expr.otherwise(F.lit(0))


def _reaches(level: Level, number: int, left: Column, right: Column) -> Column:
    reached: dict[str, Callable[[float], Column]] = {
        "jaro_winkler": lambda bound: F.col(_measured(number, "jaro_winkler")) >= bound - MARGIN,
        "edits": lambda bound: F.col(_measured(number, "edits")) <= bound,
        "days": partial(_days_apart, left, right),
        "number": partial(_numbers_apart, left, right),
        "share": partial(_words_shared, left, right),
        "overlap": lambda bound: F.size(F.array_intersect(F.split(left, ELEMENT_MARK), F.split(right, ELEMENT_MARK))) >= bound,
    }
    return F.coalesce(reached[level.measure](level.bound), F.lit(False))


def _days_apart(left: Column, right: Column, bound: float) -> Column:
    first, second = (F.try_to_timestamp(text, F.lit(DATE)) for text in (left, right))
    return F.abs(F.datediff(first, second)) <= bound


def _numbers_apart(left: Column, right: Column, bound: float) -> Column:
    return F.abs(left.try_cast(EXACT_NUMBER) - right.try_cast(EXACT_NUMBER)) <= bound


def _words_shared(left: Column, right: Column, bound: float) -> Column:
    words = F.split(left, " "), F.split(right, " ")
    return F.size(F.array_intersect(*words)) / F.size(F.array_union(*words)) >= bound - MARGIN
