"""Which rows learn and which judge: apart by customer, and in time as well.

A customer lies in one slice only. Test rows are of the latest labelled as_of_date; all others are of every labelled
date, so that trees also know the newest behaviour, but never of a customer who judges them
(docs/decisions/0004-split.md, 0037-calibration.md).
"""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.errors import QualityError
from crosschannel.models.sample import bucket_expr
from crosschannel.settings.scores import Holdout

SLICE = "slice"
TRAIN, STOP, CALIBRATE, TEST = "train", "stop", "calibrate", "test"


def only_as_of(features: DataFrame, as_of_date: date) -> DataFrame:
    """Keep the rows of one as_of_date."""
    return features.where(F.col(CustomerFeatures.as_of_date) == F.lit(as_of_date))


def labelled(features: DataFrame, labels: DataFrame, label: str, *, as_of_date: date) -> DataFrame:
    """Join features and the outcome of the same customer and date (one to one); horizons end by ``as_of_date``."""
    horizon_end = F.date_add(F.col(CustomerLabels.as_of_date), F.col(CustomerLabels.horizon_days))
    outcomes = (
        labels.where(F.col(CustomerLabels.label_name) == F.lit(label))
        .where(horizon_end <= F.lit(as_of_date))
        .select(CustomerLabels.customer_id, CustomerLabels.as_of_date, CustomerLabels.label_value)
    )
    return features.join(outcomes, [str(CustomerFeatures.customer_id), str(CustomerFeatures.as_of_date)], how="inner")


def labelled_dates(rows: DataFrame, label: str) -> tuple[date, ...]:
    """Return the as_of_dates that have outcomes, earliest first."""
    found = rows.select(CustomerFeatures.as_of_date).distinct().collect()
    if not found:
        raise QualityError(f"no outcome of {label} is known by the as-of date: its horizon is longer than the data after the snapshots")
    return tuple(sorted(r[0] for r in found))


def with_slice(rows: DataFrame, dates: tuple[date, ...], holdout: Holdout, *, seed: int) -> DataFrame:
    """Add ``slice``; rows that would show a slice's customer or date to another slice get null."""
    is_latest = F.col(CustomerFeatures.as_of_date) == F.lit(dates[-1])
    return rows.withColumn(SLICE, _slice_expr(is_latest, holdout, seed))


def to_calibrating(sliced: DataFrame, *, with_stop: bool) -> DataFrame:
    """Keep the rows that calibrate, with their date for a slice, and those that judge.

    Parameters
    ----------
    with_stop
        The stopping customers calibrate too: nothing was fitted to them.
    """
    judges, slices = F.col(SLICE) == F.lit(TEST), (CALIBRATE, STOP) if with_stop else (CALIBRATE,)
    named = F.when(judges, TEST).otherwise(F.col(CustomerFeatures.as_of_date).cast("string"))
    return sliced.where(judges | F.col(SLICE).isin(*slices)).withColumn(SLICE, named)


def _slice_expr(judges: Column, holdout: Holdout, seed: int) -> Column:
    bucket = bucket_expr(seed)
    test, calibrate = holdout.test, holdout.test + holdout.calibrate
    stop = calibrate + holdout.stop
    return (
        F.when(judges & (bucket < test), TEST)
        .when((bucket >= test) & (bucket < calibrate), CALIBRATE)
        .when((bucket >= calibrate) & (bucket < stop), STOP)
        .when(bucket >= stop, TRAIN)
        .otherwise(F.lit(None))
    )
