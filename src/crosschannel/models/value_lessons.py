"""How the trees on customer value are learned, and how much better they foretell days they have not seen.

Lessons are customers of an earlier day: what the closed form expected of them, what the trees may see,
and how often they then ordered. Learned on several Spark tasks at once; the same lessons give the
same bytes, whatever their partitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.values import CustomerValues, OrderHistories
from crosschannel.models.boosted import IS_STOPPING, check_workers
from crosschannel.models.bootstrap import Interval
from crosschannel.models.lloyd import batch_matrix
from crosschannel.models.order_model import OrderModel
from crosschannel.models.sample import bucket_expr
from crosschannel.models.value_boost import NAMES, READ, Boost, inputs_of
from crosschannel.models.value_judgement import LIVING, MILLION
from crosschannel.models.value_model import PLAIN_ORDERS, Batches
from crosschannel.settings.values import BoostSettings

BASE, CAME, CUSTOMERS = "BASE", "CAME", "CUSTOMERS"
BETTER, SQUARES = "BETTER", "SQUARES"
LEAST_EXPECTED = 1e-6
STOP_SHARE = 0.2
TWO_SIDED_95 = 1.959964
DIGITS = 6


def to_lessons(histories: DataFrame, orders: OrderModel, *, days: int) -> DataFrame:
    """Return what was expected of each customer in the ``days`` to come, as a logarithm, and what the trees see."""
    inputs = ", ".join(f"`{name}` float" for name in NAMES)
    # The functions of the closed form are SciPy's; there is no built-in for them.
    return histories.select(*READ).mapInArrow(_teaching(orders, days), f"{OrderHistories.customer_id} string, {BASE} float, {inputs}")


def with_outcome(lessons: DataFrame, later: DataFrame) -> DataFrame:
    """Add how often each customer ordered; customers who are one today are set aside, for it is not known whose the orders are.

    Parameters
    ----------
    lessons, later
        Both with ``LIVING``; of ``later`` the late orders count.
    """
    alone = lessons.groupBy(LIVING).agg(F.count(F.lit(1)).alias(CUSTOMERS)).where(F.col(CUSTOMERS) == 1).select(LIVING)
    came = later.groupBy(LIVING).agg(F.sum(OrderHistories.late_orders).alias(CAME))
    # one to at most one, both times; who has no later history ordered nothing
    known = lessons.join(alone, on=LIVING, how="inner").join(came, on=LIVING, how="left")
    return known.withColumn(CAME, F.coalesce(F.col(CAME), F.lit(0)).cast("float"))


def fitted_boost(lessons: DataFrame, settings: BoostSettings, counts: tuple[int, int], *, days: int, seed: int) -> Boost:
    """Fit trees that start from what the closed form expects in so many days; a fifth of the customers say when to stop."""
    from xgboost.spark import SparkXGBRegressor

    check_workers(lessons, settings.workers, "values.yaml")
    estimator = SparkXGBRegressor(
        features_col=list(NAMES), label_col=CAME, base_margin_col=BASE, validation_indicator_col=IS_STOPPING, num_workers=settings.workers,
        objective="count:poisson", eval_metric="poisson-nloglik", n_estimators=settings.max_rounds, early_stopping_rounds=settings.early_stopping_rounds,
        tree_method="hist", learning_rate=settings.learning_rate, max_depth=settings.max_depth, min_child_weight=settings.min_child_weight,
        reg_lambda=settings.l2, random_state=seed, verbosity=0, verbose=False,
    )  # fmt: skip
    dealt = (
        lessons.withColumn(IS_STOPPING, bucket_expr(seed) < STOP_SHARE)
        .repartition(settings.workers, F.xxhash64(OrderHistories.customer_id))
        .sortWithinPartitions(OrderHistories.customer_id)
        .select(*NAMES, BASE, CAME, IS_STOPPING)
    )
    fitted = estimator.fit(dealt)
    whole = fitted.get_booster()
    cut = whole[: whole.best_iteration + 1]
    cut.feature_names = list(NAMES)
    gains = sorted(cut.get_score(importance_type="total_gain").items(), key=lambda g: (-g[1], g[0]))
    (losses,) = fitted.training_summary.validation_objective_history.values()
    return Boost(bytes(cut.save_raw("ubj")), days, cut.num_boosted_rounds(), tuple(losses), dict(gains), *counts)


def counts_of(lessons: DataFrame) -> tuple[int, int]:
    """Return how many customers there are to learn from, and how many of them ordered."""
    rows, buyers = lessons.agg(F.count(F.lit(1)), F.count_if(F.col(CAME) > 0)).collect()[0]
    return int(rows), int(buyers)


def deviance_gap(foretold: DataFrame, came: DataFrame) -> Interval:
    """Return how much smaller the Poisson deviance of a customer is with the trees than without, with its 95 % interval; below 0 is better.

    Parameters
    ----------
    foretold
        With ``LIVING``, expected orders with and without the trees; customers who are one today count as one.
    came
        Histories that reach over the days held out.
    """
    sums = [F.sum(F.round(F.col(c) * MILLION).cast("bigint")).alias(c) for c in (CustomerValues.expected_orders, PLAIN_ORDERS)]
    later = came.select(F.col(OrderHistories.customer_id).alias(LIVING), F.col(OrderHistories.late_orders).alias(CAME))
    both = foretold.groupBy(LIVING).agg(*sums).join(later, on=LIVING, how="left")  # one to at most one
    ours, plain = F.col(CustomerValues.expected_orders), F.col(PLAIN_ORDERS)
    change = F.when((ours > 0) & (plain > 0), F.ln(ours / plain)).otherwise(F.lit(0.0))
    gap = 2 * ((ours - plain) / MILLION - F.coalesce(F.col(CAME), F.lit(0)) * change)
    whole = both.select(F.round(gap * MILLION).cast("bigint").alias(BETTER))  # whole millionths: no sum depends on an order
    squares = F.col(BETTER).cast("decimal(19,0)") * F.col(BETTER).cast("decimal(19,0)")
    rows, total, of_squares = whole.agg(F.count(F.lit(1)), F.sum(BETTER), F.sum(squares).alias(SQUARES)).collect()[0]
    mean = float(total) / MILLION / rows
    spread = np.sqrt(max(float(of_squares) / MILLION**2 / rows - mean**2, 0.0) / rows)
    return Interval(*(round(float(v), DIGITS) for v in (mean, mean - TWO_SIDED_95 * spread, mean + TWO_SIDED_95 * spread)))


def _teaching(orders: OrderModel, days: int) -> Batches:
    schema = pa.schema([(str(OrderHistories.customer_id), pa.string()), (BASE, pa.float32()), *((name, pa.float32()) for name in NAMES)])

    def teach(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            inputs = inputs_of(batch_matrix(batch, 1, len(READ) - 1), orders, days)
            base = np.log(np.maximum(inputs[:, -1], np.float32(LEAST_EXPECTED)))
            columns = [batch.column(0).cast(pa.string()), pa.array(base), *(pa.array(column) for column in np.ascontiguousarray(inputs.T))]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return teach
