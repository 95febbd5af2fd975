"""What events say beyond who and when: native ids, products, orders, places."""

from __future__ import annotations

from pyspark.sql import Column, functions as F

from crosschannel.synth.activity import UNMAPPED
from crosschannel.synth.deliveries import CHANCE, own_chance_expr
from crosschannel.synth.parameters import DAYS_IN_WEEK, START, World
from crosschannel.synth.shapes import Activity
from crosschannel.synth.values import chosen, hashed, hex_expr, named

CATEGORIES = ("electronics", "fashion", "home", "beauty", "sports", "grocery")
REGIONS = ("north", "south", "east", "west", "centre")
CURRENCY = "GBP"
UNKNOWN_EVENT = "legacy_ping"  # a name that no source declares
_FAVOURITE_PERCENT = 65  # of what a person looks at and buys lies in the favourite category
_PRODUCTS = 40  # per category
_CENTS = "decimal(12,2)"


def record(**fields: Column) -> Column:
    """Build a nested record; a null field is left out of the JSON."""
    return F.struct(*[value.alias(name) for name, value in fields.items()])


def json_line(**fields: Column) -> Column:
    """Build one JSON line."""
    return F.to_json(record(**fields))


def csv_line(delimiter: str, *values: Column) -> Column:
    """Build one CSV row; absent values stay empty."""
    return F.concat_ws(delimiter, *[F.coalesce(v.cast("string"), F.lit("")) for v in values])


def native_id_expr(world: World) -> Column:
    """Return the id the source gave the event."""
    return hex_expr(hashed(world, "native id", own_chance_expr(world)))


def event_name(names: tuple[str, ...]) -> Column:
    """Return the native name of an event; a few carry one nobody declared."""
    return F.when(F.col(Activity.mess) == UNMAPPED, F.lit(UNKNOWN_EVENT)).otherwise(named(names, F.col(Activity.kind)))


def campaign_expr(prefix: Column) -> Column:
    """Return the id of the weekly campaign behind an event: its kind and its Monday."""
    return F.concat_ws("-", prefix, F.date_add(F.lit(START), F.col(Activity.campaign) * DAYS_IN_WEEK).cast("string"))


def category_number(world: World, person: Column, chance: Column) -> Column:
    """Return the category of an act: mostly the person's favourite."""
    favourite = F.pmod(hashed(world, "favourite", person), F.lit(len(CATEGORIES)))
    other = F.pmod(F.shiftright(chance, 16), F.lit(len(CATEGORIES)))
    return F.when(F.pmod(chance, F.lit(100)) < _FAVOURITE_PERCENT, favourite).otherwise(other)


def product_expr(category: Column, chance: Column) -> Column:
    """Return a product of a category."""
    number = F.pmod(F.shiftright(chance, 24), F.lit(_PRODUCTS)) + 1
    return F.concat(named(CATEGORIES, category), F.lit("-"), F.lpad(number.cast("string"), 3, "0"))


def order_lines(world: World) -> Column:
    """Return the lines of an order as an array of records, as many as the event has items."""

    def line(place: Column) -> Column:
        chance = hashed(world, "line", F.col(CHANCE), place)
        category = category_number(world, F.col(Activity.person), chance)
        product = product_expr(category, chance)
        cents = 300 + F.pmod(hashed(world, "price", category, F.pmod(F.shiftright(chance, 24), F.lit(_PRODUCTS))), F.lit(7_500))
        quantity = F.when(F.pmod(F.shiftright(chance, 40), F.lit(8)) == 0, F.lit(2)).otherwise(F.lit(1))
        amount = (cents * quantity).cast("decimal(12,0)") / F.lit(100).cast("decimal(3,0)")
        return record(sku=product, category=named(CATEGORIES, category), quantity=quantity, amount=amount.cast(_CENTS))

    return F.transform(F.sequence(F.lit(1), F.greatest(F.col(Activity.items), F.lit(1))), line)


def order_total(lines: Column) -> Column:
    """Return the sum of an order's lines."""
    return F.aggregate(lines, F.lit(0).cast("decimal(22,2)"), lambda total, one: (total + one.amount).cast("decimal(22,2)")).cast(_CENTS)


def region_expr(world: World, household: Column) -> Column:
    """Return the region of a home."""
    return chosen(REGIONS, hashed(world, "region", household))
