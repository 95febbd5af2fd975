"""From customers' events to facts: additive amounts with their customer, day and atoms.

Input   one row per event (``silver.events`` with ``CustomerEvents``)
Output  one row per event, per order and per order line

Invariants: an order counts once, on its first day, however many events report it; amounts and
quantities are whole numbers (cents, thousandths), so that their sums are exact in any order.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.silver import CustomerEvents, Events
from crosschannel.features.atoms import Atoms, word_exprs
from crosschannel.settings.recipes import Quantity

ORDER_VERBS = ("purchase", "return")
QUANTITY_COLUMNS: dict[Quantity, str] = {
    "events": "EVENTS",
    "orders": "ORDERS",
    "amount": "AMOUNT_CENTS",
    "lines": "LINES",
    "items": "ITEM_THOUSANDTHS",
    "line_amount": "LINE_AMOUNT_CENTS",
}
SCALES: dict[Quantity, int] = {"amount": 100, "items": 1000, "line_amount": 100}  # stored units in one published unit
ACT_DATE = "ACT_DATE"  # set on event facts only: orders and lines are no acts of their own
ACT_TS = "ACT_TS"
ORDER_KEY, LINE, OPENING = "ORDER_KEY", "LINE", "OPENING"


def to_facts(events: DataFrame, *, atoms: Atoms, quantities: frozenset[Quantity]) -> DataFrame:
    """Return the facts that the wanted quantities are summed from.

    Parameters
    ----------
    events
        Events of customers; ``customer_id`` is never null.
    quantities
        Orders and lines cost a pass over the purchases each and are left out unless wanted.
    """
    facts = [events.transform(to_event_facts, atoms=atoms)]
    if "orders" in quantities:
        facts.append(events.transform(to_order_facts, atoms=atoms))
    if quantities & {"lines", "items", "line_amount"}:
        facts.append(events.transform(to_line_facts, atoms=atoms))
    return reduce(DataFrame.unionByName, facts)


def to_event_facts(events: DataFrame, *, atoms: Atoms) -> DataFrame:
    """One fact per event."""
    return events.select(
        CustomerEvents.customer_id,
        Events.event_date,
        *word_exprs(atoms),
        *_quantity_exprs(events=F.lit(1), amount=whole_expr(F.col(Events.order_amount), SCALES["amount"])),
        F.col(Events.event_date).alias(ACT_DATE),
        F.col(Events.event_ts).alias(ACT_TS),
    )


def to_order_facts(events: DataFrame, *, atoms: Atoms) -> DataFrame:
    """One fact per order, on its first day, with the atoms of that day's events.

    The first day is the same for every later as-of date, so no row can change by what came after.
    """
    key = [CustomerEvents.customer_id, Events.verb, ORDER_KEY]
    order_days = (
        events.where(F.col(Events.verb).isin(*ORDER_VERBS))
        .select(*key[:2], order_key_expr().alias(ORDER_KEY), Events.event_date, *word_exprs(atoms))
        .groupBy(*key, Events.event_date)
        .agg(*[F.bit_or(word).alias(word) for word in atoms.words])
    )
    openings = order_days.groupBy(*key).agg(F.min(F.struct(Events.event_date, *atoms.words)).alias(OPENING))
    return openings.select(
        CustomerEvents.customer_id,
        *[F.col(OPENING)[name].alias(name) for name in (Events.event_date, *atoms.words)],
        *_quantity_exprs(orders=F.lit(1)),
        *_no_act_exprs(),
    )


def to_line_facts(events: DataFrame, *, atoms: Atoms) -> DataFrame:
    """One fact per order line; product and category of the line replace those of the event.

    An event without lines is one line of its own; a line without a quantity is one item.
    """
    lines = events.where(F.col(Events.verb).isin(*ORDER_VERBS)).withColumn(LINE, F.explode(_lines_expr()))
    as_events = lines.withColumns({name: F.col(LINE)[name] for name in (Events.product_id, Events.category)})
    return as_events.select(
        CustomerEvents.customer_id,
        Events.event_date,
        *word_exprs(atoms),
        *_quantity_exprs(
            lines=F.lit(1),
            items=whole_expr(F.col(LINE)["quantity"], SCALES["items"]),
            line_amount=whole_expr(F.col(LINE)["line_amount"], SCALES["line_amount"]),
        ),
        *_no_act_exprs(),
    )


def order_key_expr() -> Column:
    """Return the order of an event; an event that names none is an order of its own."""
    return F.coalesce(F.concat(F.lit("order:"), F.col(Events.order_id)), F.concat(F.lit("event:"), F.col(Events.event_id)))


def whole_expr(value: Column, scale: int) -> Column:
    """Return a decimal as a whole number of its smallest units; null counts nothing."""
    return F.coalesce((value * F.lit(scale)).cast("bigint"), F.lit(0).cast("bigint"))


def _lines_expr() -> Column:
    own = F.struct(
        F.col(Events.product_id).alias(Events.product_id),
        F.col(Events.category).alias(Events.category),
        F.lit(1).cast("decimal(18,3)").alias("quantity"),
        F.col(Events.order_amount).alias("line_amount"),
    )
    stated = F.transform(F.col(Events.lines), lambda line: line.withField("quantity", F.coalesce(line["quantity"], F.lit(1).cast("decimal(18,3)"))))
    return F.when(F.size(stated) > 0, stated).otherwise(F.array(own))


def _quantity_exprs(**known: Column) -> list[Column]:
    return [known.get(q, F.lit(0)).cast("bigint").alias(name) for q, name in QUANTITY_COLUMNS.items()]


def _no_act_exprs() -> list[Column]:
    return [F.lit(None).cast("date").alias(ACT_DATE), F.lit(None).cast("timestamp").alias(ACT_TS)]
