"""Totals of an outcome by arm: all that an estimate of lift needs, in two rows."""

from __future__ import annotations

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.activation import ArmTotals, Holdouts
from crosschannel.contracts.gold import CustomerLabels

EXACT = ArmTotals.total.spec.dtype  # sums of decimals do not depend on the order of rows
VALUE = "VALUE"


def to_arm_totals(labels: DataFrame, arms: DataFrame, outcome: str) -> DataFrame:
    """Return customers, sum and sum of squares of an outcome per arm; who has no outcome does not count.

    Parameters
    ----------
    labels
        Rows of ``gold.customer_labels`` of one label and day.
    arms
        Rows of ``serving.holdouts`` of one holdout.
    """
    known = labels.where(F.col(outcome).isNotNull()).select(CustomerLabels.customer_id, F.col(outcome).cast("decimal(18,2)").alias(VALUE))
    value = F.col(VALUE)
    return (
        known.join(arms.select(Holdouts.customer_id, Holdouts.arm), on=Holdouts.customer_id, how="inner")
        .groupBy(Holdouts.arm)
        .agg(
            F.count(F.lit(1)).alias(ArmTotals.customers),
            F.sum(value).cast(EXACT).alias(ArmTotals.total),
            F.sum(value * value).cast(EXACT).alias(ArmTotals.total_squares),
        )
    )
