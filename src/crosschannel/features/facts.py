"""From events to facts: additive amounts with their identifier, day and atoms.

Input   ``silver.events``
Output  one row per event, and one per order line

Invariants: amounts and quantities are whole numbers (cents, thousandths), so that their sums are
exact in any order; an event without a usable identifier (campaign spend) is no fact.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import ActivityTiles
from crosschannel.contracts.silver import Events
from crosschannel.features.atoms import holds_expr, word_exprs
from crosschannel.features.plan import TilePlan
from crosschannel.settings.recipes import Quantity

ORDER_VERBS = ("purchase", "return")
PROFILE_VERB = "profile"
QUANTITY_COLUMNS: dict[Quantity, str] = {
    "events": ActivityTiles.event_count,
    "amount": ActivityTiles.amount_cents,
    "lines": ActivityTiles.line_count,
    "items": ActivityTiles.item_thousandths,
    "line_amount": ActivityTiles.line_amount_cents,
}
SCALES: dict[Quantity, int] = {"amount": 100, "items": 1000, "line_amount": 100}  # stored units in one published unit
KEYS = (ActivityTiles.node_key, ActivityTiles.channel, ActivityTiles.event_date)
LINE = "LINE"


def to_facts(events: DataFrame, *, plan: TilePlan) -> DataFrame:
    """Return the facts that the plan's quantities are added up from."""
    known = events.where(F.col(Events.node_key).isNotNull())
    facts = known.transform(to_event_facts, plan=plan)
    if plan.quantities & {"lines", "items", "line_amount"}:
        facts = facts.unionByName(known.transform(to_line_facts, plan=plan))
    return facts


def to_event_facts(events: DataFrame, *, plan: TilePlan) -> DataFrame:
    """One fact per event."""
    marked = events.select("*", *word_exprs(plan.atoms))
    stated = _stated_expr(plan)
    keeps_moment = reduce(or_, [holds_expr(where, plan.atoms) for where in plan.timed], F.size(stated) > 0)
    is_order = F.col(Events.verb).isin(*ORDER_VERBS) if "orders" in plan.quantities else F.lit(False)
    return marked.select(
        *KEYS,
        *plan.atoms.words,
        _or_0(is_order, F.xxhash64(Events.verb, order_key_expr())).alias(ActivityTiles.order_key),
        _or_0(keeps_moment, F.unix_micros(Events.event_ts)).alias(ActivityTiles.moment_us),
        stated.alias(ActivityTiles.stated),
        *_quantity_exprs(events=F.lit(1), amount=whole_expr(F.col(Events.order_amount), SCALES["amount"])),
        F.col(Events.event_ts).alias(ActivityTiles.last_event_ts),
    )


def to_line_facts(events: DataFrame, *, plan: TilePlan) -> DataFrame:
    """One fact per order line; product and category of the line replace those of the event.

    An event without lines is one line of its own; a line without a quantity is one item. A line is
    no act: it makes no day active and no customer recent.
    """
    lines = events.where(F.col(Events.verb).isin(*ORDER_VERBS)).withColumn(LINE, F.explode(_lines_expr()))
    as_events = lines.withColumns({name: F.col(LINE)[name] for name in (Events.product_id, Events.category)})
    return as_events.select(
        *KEYS,
        *word_exprs(plan.atoms),
        F.lit(0).cast("bigint").alias(ActivityTiles.order_key),
        F.lit(0).cast("bigint").alias(ActivityTiles.moment_us),
        _nothing_stated().alias(ActivityTiles.stated),
        *_quantity_exprs(
            lines=F.lit(1),
            items=whole_expr(F.col(LINE)["quantity"], SCALES["items"]),
            line_amount=whole_expr(F.col(LINE)["line_amount"], SCALES["line_amount"]),
        ),
        F.lit(None).cast("timestamp").alias(ActivityTiles.last_event_ts),
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


def _stated_expr(plan: TilePlan) -> Column:
    """Return what a profile event says of the declared properties; empty if it says nothing of them."""
    if not plan.stated:
        return _nothing_stated()
    values = [F.trim(F.col(Events.properties).getItem(name)) for name in plan.stated]
    said = [F.when(F.length(value) > 0, value) for value in values]
    says_something = (F.col(Events.verb) == PROFILE_VERB) & F.coalesce(*said).isNotNull()
    return F.when(says_something, F.array(*said)).otherwise(_nothing_stated())


def _nothing_stated() -> Column:
    return F.array().cast("array<string>")


def _or_0(condition: Column, value: Column) -> Column:
    return F.when(condition, value).otherwise(F.lit(0).cast("bigint"))


def _quantity_exprs(**known: Column) -> list[Column]:
    return [known.get(q, F.lit(0)).cast("bigint").alias(name) for q, name in QUANTITY_COLUMNS.items()]
