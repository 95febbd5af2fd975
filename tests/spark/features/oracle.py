"""Features and labels by plain loops over plain rows: slow, short, and written from the docs alone."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from crosschannel.settings.conditions import Condition, Conditions
from crosschannel.settings.recipes import (
    ActiveDays,
    FeatureColumn,
    Latest,
    PerWeek,
    Ratio,
    Recipe,
    Sequence,
    SinceFirst,
    SinceLast,
    Spread,
    Together,
    Total,
)

Event = dict[str, Any]
FIRST_DAY = dt.date(2026, 1, 5)


def features_of(events: list[Event], columns: Iterable[FeatureColumn], as_of: dt.date) -> dict[str, Any]:
    """Every feature of one customer whose events these are."""
    known = [e for e in events if e["event_date"] <= as_of]
    return {f.name: _value(f.recipe, known, as_of) for f in columns}


def _value(recipe: Recipe, events: list[Event], as_of: dt.date) -> Any:  # noqa: PLR0911 - one return per recipe reads best
    match recipe:
        case Total():
            return _total(recipe, events, as_of)
        case PerWeek(total):
            return _total(total, events, as_of) * 7 / min(total.window_days, (as_of - FIRST_DAY).days + 1)
        case Ratio(over, under):
            divisor = _total(under, events, as_of)
            return _total(over, events, as_of) / divisor if divisor else None
        case ActiveDays(where, days):
            return float(len({e["event_date"] for e in events if _holds(e, where) and _age(e, as_of) < days}))
        case SinceLast(where):
            return min((float(_age(e, as_of)) for e in events if _holds(e, where)), default=None)
        case SinceFirst(where):
            return max((float(_age(e, as_of)) for e in events if _holds(e, where)), default=None)
        case Spread(over, output):
            return _spread([_total(t, events, as_of) for t in over], output)
        case Together():
            return _together(recipe, events, as_of)
        case Sequence():
            return _sequence(recipe, events, as_of)
        case Latest(name, kind):
            return _latest(name, kind, events, as_of)


def _total(total: Total, events: list[Event], as_of: dt.date) -> float:
    if total.quantity == "orders":
        return float(sum(1 for day, together in _orders(events) if (as_of - day).days < total.window_days and _met_by_any(together, total.where)))
    inside = [e for e in events if _age(e, as_of) < total.window_days]
    if total.quantity == "events":
        return float(sum(1 for e in inside if _holds(e, total.where)))
    if total.quantity == "amount":
        return float(sum((e["order_amount"] or 0 for e in inside if _holds(e, total.where)), Decimal(0)))
    lines = [line for e in inside for line in _lines(e) if _holds(line, total.where)]
    if total.quantity == "lines":
        return float(len(lines))
    return float(sum((line["quantity" if total.quantity == "items" else "line_amount"] or 0 for line in lines), Decimal(0)))


def _orders(events: list[Event]) -> list[tuple[dt.date, list[Event]]]:
    orders = defaultdict(list)
    for e in events:
        if e["verb"] in ("purchase", "return"):
            orders[e["verb"], e["order_id"] or ("", e["event_id"])].append(e)
    first = [(min(e["event_date"] for e in order), order) for order in orders.values()]
    return [(day, [e for e in order if e["event_date"] == day]) for day, order in first]


def _lines(e: Event) -> list[Event]:
    if e["verb"] not in ("purchase", "return"):
        return []
    if not e["lines"]:
        return [e | {"quantity": Decimal(1), "line_amount": e["order_amount"]}]
    names = ("product_id", "category", "quantity", "line_amount")
    return [e | dict(zip(names, line, strict=True)) | {"quantity": Decimal(1) if line[2] is None else line[2]} for line in e["lines"]]


def _spread(totals: list[float], output: str) -> float | None:
    if output == "active":
        return float(sum(1 for t in totals if t > 0))
    everything = sum(totals)
    return -sum(t / everything * math.log(t / everything) for t in totals if t) + 0.0 if everything else None


def _together(recipe: Together, events: list[Event], as_of: dt.date) -> float | None:
    times = min(_total(p, events, as_of) for p in recipe.parts)
    if any(_total(p, events, as_of) for p in recipe.none):
        times = 0.0
    if recipe.output == "recency_days":
        ages = [_age(e, as_of) for e in events for p in recipe.parts if _holds(e, p.where) and _age(e, as_of) < p.window_days]
        return float(min(ages)) if times else None
    return times if recipe.output == "count" else float(times > 0)


def _sequence(recipe: Sequence, events: list[Event], as_of: dt.date) -> float | None:
    inside = [e for e in events if _age(e, as_of) < recipe.window_days]
    moments = [sorted({e["event_ts"] for e in inside if _holds(e, step)}) for step in recipe.steps]
    gap = dt.timedelta(hours=recipe.max_gap_hours) if recipe.max_gap_hours else dt.timedelta.max
    if recipe.ordered:
        ends = set(moments[0])
        for step in moments[1:]:
            ends = {t for t in step if any(s < t and t - s <= gap for s in ends)}
    else:
        ends = {t for step in moments for t in step if all(any(s <= t and t - s <= gap for s in other) for other in moments)}
    if any(_holds(e, where) for e in inside for where in recipe.none):
        ends = set()
    match recipe.output:
        case "flag":
            return float(bool(ends))
        case "count":
            return float(len(ends))
    return float((as_of - max(ends).date()).days) if ends else None


def _latest(name: str, kind: str, events: list[Event], as_of: dt.date) -> Any:
    stated = [(e["event_ts"], e["properties"][name]) for e in events if e["verb"] == "profile" and e["properties"].get(name)]
    if not stated:
        return None
    text = max(stated)[1]
    if kind == "text":
        return text
    try:
        return float(text) if kind == "number" else float(as_of.year) - float(text)
    except ValueError:
        return None


def _met_by_any(events: list[Event], where: Conditions) -> bool:
    return all(any(_meets(e, c) for e in events) for c in where)


def _holds(event: Event, where: Conditions) -> bool:
    return all(_meets(event, c) for c in where)


def _meets(event: Event, condition: Condition) -> bool:
    value = event["properties"].get(condition.field) if condition.is_property else event[condition.field]
    return value in condition.values


def _age(event: Event, as_of: dt.date) -> int:
    return (as_of - event["event_date"]).days


def random_events(customers: int, each: int, seed: int, days: int = 150) -> list[Event]:
    """Events of every kind the recipes look at, with orders that span days and lines that repeat."""
    pick = random.Random(seed)
    return [_random_event(pick, f"c{pick.randrange(customers):03}", n, days) for n in range(customers * each)]


def _random_event(pick: random.Random, customer: str, n: int, days: int) -> Event:
    channel, verb = (
        pick.choice(["web", "app", "email", "store", "crm"]),
        pick.choice(["view", "engage", "send", "purchase", "purchase", "return", "profile"]),
    )
    moment = dt.datetime(2026, 1, 5) + dt.timedelta(days=pick.randrange(days), seconds=pick.randrange(86_400))
    categories = ["shoes", "hats", None]
    line = lambda: ("p", pick.choice(categories), pick.choice([None, Decimal("1.500"), Decimal(2)]), Decimal(pick.randrange(9_999)) / 100)  # noqa: E731
    buys = verb in ("purchase", "return")
    return {
        "customer_id": customer,
        "is_identified": True,
        "event_id": f"e{n}",
        "source": channel,
        "channel": channel,
        "verb": verb,
        "event_ts": moment,
        "event_date": moment.date(),
        "node_key": 1,
        "order_id": f"o{pick.randrange(40)}-{customer}" if buys and pick.random() < 0.7 else None,
        "order_amount": Decimal(pick.randrange(1, 99_999)) / 100 if buys and pick.random() < 0.9 else None,
        "lines": [line() for _ in range(pick.randrange(4))] if buys else None,
        "category": pick.choice(categories),
        "content_id": pick.choice(["pricing", "home", None]),
        "properties": {}
        if pick.random() < 0.3
        else {"campaign_type": pick.choice(["promo", "news"]), "region": pick.choice(["n", "s", ""]), "birth_year": pick.choice(["1980", "x"])},
    }
