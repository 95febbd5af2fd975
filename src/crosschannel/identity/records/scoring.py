"""Weigh pairs with a model: the weight of each in bits, and on demand as a waterfall.

Input   compared pairs: CODE, and ROWS_n where both records share a value that may be rare
Output  the same pairs with WEIGHT; grain unchanged

Bits of a pattern come from the driver, where the model and the few patterns are; what depends on a
pair alone, the rarity of its values, is added here. Weights are rounded to micro-bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2

import pyarrow as pa
from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.people import RecordLinks
from crosschannel.identity.records.keys import rows_of
from crosschannel.identity.records.levels import CODE
from crosschannel.identity.records.linkage import MICROBITS
from crosschannel.identity.records.model import Model, bits_of
from crosschannel.identity.records.patterns import Longs, to_patterns

WEIGHT, LEVELS, SAME_BITS, RELATIVES_BITS, EXPLAINED = "WEIGHT", "LEVELS", "SAME_BITS", "RELATIVES_BITS", "EXPLAINED"
DIGITS = 6  # of a weight: micro-bits
PRIOR, RELATIVES, RARITY = "prior", "relatives", " (rarity)"
PATTERN_BITS = pa.schema([(CODE, pa.int64()), (LEVELS, pa.list_(pa.int32())), (SAME_BITS, pa.float64()), (RELATIVES_BITS, pa.float64())])
assert 10**DIGITS == MICROBITS


def with_weight(pairs: DataFrame, codes: Longs, model: Model, rated: Mapping[int, int]) -> DataFrame:
    """Add WEIGHT, LEVELS and EXPLAINED, the bits that relatives explain.

    Parameters
    ----------
    codes
        All patterns that occur.
    rated
        Per attribute in which rare values weigh more, how many records have a value at all.
    """
    patterns = to_patterns(codes, codes * 0 + 1, model.tops)
    same, relatives = bits_of(model, patterns)
    table = pa.table([codes, patterns.levels.tolist(), same, relatives], schema=PATTERN_BITS)
    bits = pairs.sparkSession.createDataFrame(table)
    own, shared = (_sum([rarity_expr(k, model, rated) for k in rated if of_all or not model.identifying[k]]) for of_all in (True, False))
    explained = F.log2(1 + F.pow(F.lit(2.0), F.col(RELATIVES_BITS) + shared)) if model.relatives_rate else F.lit(0.0)
    weighed = pairs.join(F.broadcast(bits), on=CODE, how="inner").withColumn(EXPLAINED, explained)
    return weighed.withColumn(WEIGHT, F.round(F.col(SAME_BITS) + own - F.col(EXPLAINED), DIGITS)).drop(SAME_BITS, RELATIVES_BITS)


def waterfall_expr(model: Model, rated: Mapping[int, int]) -> Column:
    """Return the steps of a pair's weight; without those that say nothing."""
    steps = [_step(PRIOR, None, F.lit(model.prior_bits))]
    for k, name in enumerate(model.attributes):
        weights = _bits_of_levels(model, k)
        level = F.col(LEVELS)[k]
        steps.append(_step(name, level, F.when(level >= 0, weights[level.cast("int")])))
        if k in rated:
            steps.append(_step(name + RARITY, level, F.when(F.col(rows_of(k)).isNotNull(), rarity_expr(k, model, rated))))
    steps.append(_step(RELATIVES, None, -F.col(EXPLAINED)))
    return F.filter(F.array(*steps), lambda step: F.coalesce(step["bits"] != 0, F.lit(False))).alias(RecordLinks.waterfall)


def rarity_expr(number: int, model: Model, rated: Mapping[int, int]) -> Column:
    """Return the bits of :func:`.model.rarity_bits`; 0 where no value is shared."""
    rows = F.col(rows_of(number))
    others = F.greatest(rows - model.own_records(number), F.lit(0.0))
    bits = F.log2((model.expected_others(number, rated[number]) + 1) / (others + 1))
    return F.when(rows.isNull(), F.lit(0.0)).otherwise(bits)  # greatest() passes over a null


def _bits_of_levels(model: Model, number: int) -> Column:
    pairs = zip(model.same[number], model.strangers[number], strict=True)
    return F.array(*[F.lit(log2(same / strangers)) for same, strangers in pairs])


def _sum(terms: list[Column]) -> Column:
    total = F.lit(0.0)
    for term in terms:
        total = total + term
    return total


def _step(name: str, level: Column | None, bits: Column) -> Column:
    of_level = F.lit(None) if level is None else level
    return F.struct(F.lit(name).alias("name"), of_level.cast("int").alias("level"), F.round(bits, DIGITS).alias("bits"))
