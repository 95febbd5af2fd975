"""Model inputs as numbers: text features through a fitted level map, everything else as it stands.

Codes: 0 for a level that was rare or unseen when the map was fitted, then 1, 2, ... by the
alphabet; null is NaN, which the trees treat as missing. The expression that encodes a training row
is the one that encodes a row to be scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from pyspark.sql import Column, DataFrame, functions as F

LevelMap = tuple[str, ...]  # the level at place i has code i + 1
MAX_LEVELS = 200
FEATURE, LEVEL, ROWS = "feature", "level", "rows"


def fitted_levels(rows: DataFrame, text_features: Sequence[str], *, min_rows: int) -> dict[str, LevelMap]:
    """Find the levels of each text feature that occur in at least ``min_rows`` rows."""
    if not text_features:
        return {}
    pairs = F.explode(F.array(*[F.struct(F.lit(f).alias(FEATURE), F.col(f).alias(LEVEL)) for f in text_features]))
    counted = (
        rows.select(pairs.alias("pair"))
        .select("pair.*")
        .where(F.col(LEVEL).isNotNull())
        .groupBy(FEATURE, LEVEL)
        .agg(F.count(F.lit(1)).alias(ROWS))
        .where(F.col(ROWS) >= min_rows)
        .orderBy(F.col(ROWS).desc(), FEATURE, LEVEL)
        .limit(MAX_LEVELS * len(text_features))
        .collect()
    )
    return {f: tuple(sorted(r[LEVEL] for r in counted if r[FEATURE] == f)) for f in text_features}


def encoded_expr(feature: str, levels: Mapping[str, LevelMap]) -> Column:
    """Return a model input as a float; NaN where nothing is known."""
    nothing = F.lit(float("nan")).cast("float")
    if feature not in levels:
        return F.coalesce(F.col(feature).cast("float"), nothing)
    codes = list(chain.from_iterable((F.lit(level), F.lit(float(i + 1))) for i, level in enumerate(levels[feature])))
    code = F.coalesce(F.create_map(*codes)[F.col(feature)], F.lit(0.0)) if codes else F.lit(0.0)
    return F.when(F.col(feature).isNull(), nothing).otherwise(code.cast("float"))
