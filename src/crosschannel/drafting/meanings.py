"""What the columns of a sample mean: time, key, verb, identifiers, amounts. Each guess names its doubts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from crosschannel.drafting.columns import Column, unique_together
from crosschannel.drafting.names import (
    AMOUNT,
    COLUMN_NAMES,
    CURRENCY,
    KEY_WORDS,
    LINE_AMOUNT_NAMES,
    MILLIONTHS,
    NAMESPACES,
    NO_KEYS,
    NO_ORDERS,
    PERSONAL,
    QUANTITY_NAMES,
    RECORDS,
    SENDERS,
    TIME_NAMES,
    VERB_NAMES,
    guess_verb,
    rank,
    snake,
)
from crosschannel.drafting.readings import Record
from crosschannel.errors import InputError

MAX_VERBS = 40
HTTP_METHODS = dict.fromkeys(("GET", "HEAD", "OPTIONS"), "view") | dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), "engage")
ENOUGH_FOR_KEY = 100  # records
MAX_COMPARED = 3  # columns that may make a key together
FALLBACK_VERB = "engage"
MOSTLY_VERBS = 0.5
MANY_EQUAL = 5  # equal values make an identifier suspicious


@dataclass
class Guess:
    """A guessed value with what is unsure about it."""

    doubts: list[str] = field(default_factory=list)


@dataclass
class Verb(Guess):
    """A constant verb, or the field with the native names and the verb of each."""

    constant: str | None = None
    column: Column | None = None
    map: dict[str, tuple[str, str | None]] = field(default_factory=dict)  # native name -> verb, doubt


def event_time(columns: Sequence[Column]) -> tuple[Column, list[str]]:
    """Return the column that says when; others that might are named as a doubt.

    Raises
    ------
    InputError
        No column holds moments.
    """
    candidates = [c for c in columns if c.time is not None]
    if not candidates:
        raise InputError(f"none of the {len(columns):,} columns holds times, and every source needs one; give files with a time, or write the contract by hand")

    def order(c: Column) -> tuple[bool, bool, int, int]:
        place = rank(c.name, TIME_NAMES)
        return (not c.is_always_there, c.is_late_time, len(TIME_NAMES) * 3 if place is None else place, columns.index(c))

    best, *others = sorted(candidates, key=order)
    assert best.time is not None
    doubts = [f"{', '.join(o.name for o in others)} hold{'s' if len(others) == 1 else ''} times too"] if others else []
    if not best.is_always_there:
        doubts.append(f"{best.of - len(best.values):,} of {best.of:,} sampled records have no time and would be refused")
    return best, [*doubts, *best.time.doubts]


def key(columns: Sequence[Column], records: Sequence[Record], time: Column) -> tuple[list[Column], list[str]]:
    """Return the columns that name a record: one, or a few together; none if nothing does.

    What names a person, a device or a campaign is no key, however unique it is among a few
    records: two events of one person would count as one. It may be part of a key with the time.
    """
    present = [c for c in columns if c.is_always_there and c is not time]
    named = sorted((place, columns.index(c)) for c in present if (place := rank(c.name, KEY_WORDS)) is not None)
    people = [c for c in present if namespace(c)[0] is not None]
    doubts = [f"unique among {len(records):,} sampled records, which are few"] if len(records) < ENOUGH_FOR_KEY else []
    for one in (columns[index] for _, index in named):
        name = snake(one.name)
        may_be = name in KEY_WORDS or RECORDS.search(name) or len(records) >= ENOUGH_FOR_KEY
        if may_be and one not in people and not NO_KEYS.search(name) and unique_together([one], records):
            return [one], doubts
    ids = list(dict.fromkeys([columns[index] for _, index in named] + people))[:MAX_COMPARED]
    verbs = [c for c in present if snake(c.name) in VERB_NAMES and c not in ids][:1]
    for together in ([*ids, time], [*ids, time, *verbs]):
        if ids and unique_together(together, records):
            return together, [f"no column alone is unique; {' and '.join(c.name for c in together)} are together", *doubts]
    return [], ["no key was found: records that are equal in everything count as one event"]


def verb(columns: Sequence[Column], channel: str, taken: set[str]) -> Verb:
    """Return which column names the event, with a guess for each native name; a constant if none does."""
    # A campaign report has columns such as ad_network_type, and one verb.
    candidates = [c for c in columns if c.name not in taken and _may_name_events(c) and (channel != "ads" or snake(c.name) in VERB_NAMES)]
    scored = sorted((rank(c.name, VERB_NAMES) or 0, -_known_share(c), columns.index(c)) for c in candidates)
    if not scored:
        constant = {"crm": "profile", "ads": "spend", "call": "contact", "email": "send", "sms": "send", "store": "purchase"}.get(channel, "view")
        return Verb([f"no column names what happened, so every record counts as {constant}"], constant=constant)
    column = columns[scored[0][2]]
    mapped: dict[str, tuple[str, str | None]] = {}
    if set(column.counts) <= set(HTTP_METHODS):
        return Verb(["a request with a body counts as engage"], column=column, map={m: (v, None) for m, v in HTTP_METHODS.items()})
    for native, count in sorted(column.counts.items(), key=lambda pair: (-pair[1], pair[0])):
        guess = guess_verb(native)
        mapped[native] = (guess or FALLBACK_VERB, None if guess else f"unsure: nothing in the name tells; seen {count:,} times")
    doubts = [] if column.is_always_there else [f"{column.of - len(column.values):,} sampled records name no event and would be refused"]
    return Verb([*doubts, "the verbs are guessed from the names; names not listed go to quarantine"], column=column, map=mapped)


def _may_name_events(c: Column) -> bool:
    if not c.values:
        return False
    few = len(c.counts) <= MAX_VERBS and len(c.counts) <= max(5, len(c.values) // 2)
    if snake(c.name).split("_")[-1] == "name" and "event" not in snake(c.name) and _known_share(c) < MOSTLY_VERBS:
        return False  # names of people, products or campaigns
    is_text = c.type == "string" and c.pattern is None and all(len(v) <= 60 for v in c.counts)
    return rank(c.name, VERB_NAMES) is not None and few and is_text and c.time is None and len(c.values) >= 0.9 * c.of and not PERSONAL.search(snake(c.name))


def _known_share(c: Column) -> float:
    return sum(1 for v in c.counts if guess_verb(v)) / len(c.counts)


def namespace(c: Column) -> tuple[str | None, str | None]:
    """Return the namespace a column's values belong to, and the doubt about it."""
    name = snake(c.name)
    if not c.values or SENDERS.search(name):
        return None, ("looks like an address of your own side, so it identifies nobody" if c.values and c.pattern else None)
    space = c.pattern or next((space for space, words in NAMESPACES if words.search(name)), None)
    if space is None or c.type in {"boolean", "json", "double", "decimal"} or c.time is not None:
        return None, None
    if len(c.counts) == 1 and len(c.values) >= MANY_EQUAL:
        return None, f"all {len(c.values):,} sampled values are equal, so it seems to name an account of yours; if not: {{field: {c.name}, namespace: {space}}}"
    return space, None


def event_columns(columns: Sequence[Column], taken: set[str]) -> tuple[dict[str, Column], list[str]]:
    """Return which column fills which column of an event: order, amounts, currency, campaign, product."""
    found: dict[str, Column] = {}
    doubts = []
    for target, names in COLUMN_NAMES.items():
        fitting = [(place, n) for n, c in enumerate(columns) if c.values and c.name not in taken and (place := rank(c.name, names)) is not None and _fits(target, c)]
        if fitting:
            found[target] = columns[min(fitting)[1]]
    micros = [c.name for c in columns if MILLIONTHS.search(snake(c.name)) and AMOUNT.search(snake(c.name))]
    if micros:
        doubts.append(f"{', '.join(micros)} seems to count millionths, so it fills no amount")
    if {"order_amount", "cost_amount"} & set(found) and "currency_code" not in found:
        doubts.append("amounts have no currency: name the field under columns, or set currency_code: GBP")
    return found, doubts


def _fits(target: str, c: Column) -> bool:
    if target in {"order_amount", "cost_amount"}:
        is_amount = c.type in {"decimal", "double", "bigint"} and not MILLIONTHS.search(snake(c.name))
        return is_amount and not (target == "order_amount" and NO_ORDERS.search(snake(c.name)))
    if target == "currency_code":
        return all(CURRENCY.fullmatch(v) for v in c.counts)
    return c.type in {"string", "bigint"} and c.time is None and c.pattern is None


def order_lines(columns: Sequence[Column]) -> dict[str, str] | None:
    """Return the column that holds a list of order lines, and the names inside a line."""
    for c in columns:
        if c.type != "json" or not all(v.startswith("[") for v in c.values):
            continue
        lines = [line for v in c.values for line in json.loads(v) if isinstance(line, dict)]
        names = sorted(set.intersection(*(set(line) for line in lines))) if lines else []
        product, amount = _best(names, COLUMN_NAMES["product_id"]), _best(names, LINE_AMOUNT_NAMES)
        if product and amount and all(re.fullmatch(r"-?\d+(\.\d+)?", str(line[amount])) for line in lines):
            more = {"category": _best(names, COLUMN_NAMES["category"]), "quantity": _best(names, QUANTITY_NAMES)}
            return {"field": c.name, "product_id": product, **{k: v for k, v in more.items() if v}, "line_amount": amount}
    return None


def _best(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    ranked = sorted((place, name) for name in names if (place := rank(name, wanted)) is not None)
    return ranked[0][1] if ranked else None
