"""A model of customer value: fitted on groups, kept as JSON, applied to customers on executors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from crosschannel.contracts.values import CustomerValues
from crosschannel.models.lloyd import batch_matrix
from crosschannel.models.maximum import Fit
from crosschannel.models.order_model import Histories, OrderModel, fit_orders
from crosschannel.models.spend_model import Spenders, SpendModel, fit_spend
from crosschannel.models.value_boost import READ, Boost, factors_of, inputs_of, opened
from crosschannel.models.value_judgement import RATE_ORDERS, RATE_VALUE
from crosschannel.settings.values import ValuesSettings

PLAIN_ORDERS = "PLAIN_ORDERS"  # expected without trees
GIVEN: dict[str, str] = {
    CustomerValues.customer_id: "string", CustomerValues.expected_orders: "double", CustomerValues.p_alive: "double",
    CustomerValues.orders_low: "int", CustomerValues.orders_high: "int", CustomerValues.order_value: "double",
    CustomerValues.expected_value: "double", CustomerValues.low: "double", CustomerValues.high: "double",
    CustomerValues.boost_factor: "double", PLAIN_ORDERS: "double", RATE_ORDERS: "double", RATE_VALUE: "double",
}  # fmt: skip
ARROW = {"string": pa.string(), "double": pa.float64(), "int": pa.int32()}
SCHEMA = pa.schema([(str(name), ARROW[dtype]) for name, dtype in GIVEN.items()])
PLACES = 6  # digits after the point that are kept: the last ones of a double depend on the machine
Batches = Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]


@dataclass(frozen=True)
class ValueModel:
    """What was fitted on one day; ``refusal`` ends it, ``spend_refusal`` leaves the orders without a value."""

    customers: int
    repeaters: int
    orders: OrderModel | None = None
    orders_fit: Fit | None = None
    spend: SpendModel | None = None
    spend_fit: Fit | None = None
    refusal: str = ""
    spend_refusal: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def fit_values(groups: Histories | None, spenders: Spenders | None, settings: ValuesSettings, *, currencies: int) -> ValueModel:
    """Fit both models to the groups of a day.

    Parameters
    ----------
    groups, spenders
        ``None``: nobody, or more groups than the driver may hold.
    currencies
        Of the orders of all customers; values of several are not added up.
    """
    if groups is None:
        return ValueModel(0, 0, refusal=f"nobody has ordered yet, or histories make more than {settings.max_groups:,} groups (values.yaml, max_groups)")
    customers, repeaters = int(groups.n.sum()), int(groups.n[groups.x > 0].sum())
    if repeaters < settings.min_repeaters:
        said = f"only {repeaters:,} of {customers:,} customers ordered again, {settings.min_repeaters:,} are needed (values.yaml, min_repeaters)"
        return ValueModel(customers, repeaters, refusal=said)
    orders, fit = fit_orders(groups)
    if fit.refusal:
        return ValueModel(customers, repeaters, orders, fit, refusal=f"orders: {fit.refusal}")
    if said := _no_spend(spenders, settings, currencies):
        return ValueModel(customers, repeaters, orders, fit, spend_refusal=said)
    assert spenders is not None  # else there was a reason
    spend, spend_fit = fit_spend(spenders, settings.max_correlation)
    refused = f"value of orders: {spend_fit.refusal}" if spend_fit.refusal else ""
    return ValueModel(customers, repeaters, orders, fit, None if refused else spend, spend_fit, spend_refusal=refused)


def _no_spend(spenders: Spenders | None, settings: ValuesSettings, currencies: int) -> str:
    if currencies > 1:
        return "value of orders: they are in several currencies, or some name none; name one in values.yaml, orders: {verb: purchase, currency_code: ...}"
    if spenders is None:
        return f"value of orders: known of nobody who ordered again, or values make more than {settings.max_groups:,} groups (values.yaml, max_groups)"
    known = int(spenders.n.sum())
    if known < settings.min_repeaters:
        return f"value of orders: known of only {known:,} customers who ordered again, {settings.min_repeaters:,} are needed"
    return ""


def content_of(facts: dict[str, Any]) -> tuple[str, str]:
    """Return a model and all that was measured of it as JSON, and the version named after it."""
    content = json.dumps(facts, sort_keys=True, default=str)
    return content, hashlib.sha256(content.encode()).hexdigest()[:12]


def to_values(histories: DataFrame, model: ValueModel, *, days: int, share: float, boost: Boost | None = None) -> DataFrame:
    """Return what each customer is expected to bring in the ``days`` to come, and what their own rate foretells.

    Parameters
    ----------
    histories
        Of one as_of_date.
    share
        Of such customers that lie between the bounds.
    boost
        Trees that correct the expected orders; none, and the closed form stands.
    """
    assert model.orders is not None  # a refused model values nobody
    schema = ", ".join(f"{name} {dtype}" for name, dtype in GIVEN.items())
    # The functions of these models are SciPy's; there is no built-in for them.
    return histories.select(*READ).mapInArrow(_valuing(model.orders, model.spend, days, share, boost), schema)


def _valuing(orders: OrderModel, spend: SpendModel | None, days: int, share: float, boost: Boost | None) -> Batches:
    def value(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        trees = opened(boost)
        for batch in batches:
            numbers = batch_matrix(batch, 1, len(READ) - 1)
            x, t_x, age, valued, cents = numbers.T[:5]
            plain, alive = orders.expected(x, t_x, age, days), orders.p_alive(x, t_x, age)
            factor = factors_of(trees, inputs_of(numbers, orders, boost.days)) if boost else np.full_like(x, np.nan)
            stretch = np.where(np.isnan(factor), 1.0, factor)
            expected = plain * stretch
            low, high = orders.between(x, t_x, age, days, share, stretch)
            spent = cents / 100
            each = spend.order_value(valued, spent / np.maximum(valued, 1)) if spend else np.full_like(x, np.nan)
            worth = [each, expected * each, low * each, high * each]
            rates = [done / np.maximum(age, 1) * days for done in (x, spent)]
            columns = [batch.column(0).cast(pa.string()), *map(_kept, (expected, alive)), pa.array(low.astype(np.int32)), pa.array(high.astype(np.int32))]
            yield pa.RecordBatch.from_arrays([*columns, *map(_kept, [*worth, factor, plain, *rates])], schema=SCHEMA)

    return value


def _kept(values: np.ndarray) -> pa.Array:
    return pa.array(np.round(values, PLACES), pa.float64(), from_pandas=True)  # not a number is null
