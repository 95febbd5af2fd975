"""``where``: the closed filter vocabulary of ``features.yaml`` and ``labels.yaml``.

A filter is a mapping from text columns of ``silver.events`` to one value or a list of values, and
``property`` to a mapping of the same kind over declared properties. All entries must hold::

    {channel: [web, app], verb: view, content_id: pricing, property: {campaign_type: promo}}

Invariant: equal filters parse to equal, sorted :data:`Conditions`, however they were written.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, NamedTuple

from pydantic import PlainSerializer, PlainValidator

from crosschannel.contracts.silver import CHANNELS, VERBS, Events
from crosschannel.settings.channels import looks_misspelt

PROPERTY = "property"
OWN_VERBS = ("view", "click", "engage", "add", "purchase", "contact")  # what a customer does, not what is done to them
_IDS = (Events.event_id, Events.order_id)  # a filter on one event's id is no rule
FILTER_COLUMNS = tuple(str(c) for c in Events.contract.columns if c.spec.dtype == "string" and c not in _IDS)
_KNOWN_VALUES = {str(Events.channel): CHANNELS, str(Events.verb): VERBS}


class Condition(NamedTuple):
    """One column or property whose value is one of ``values``."""

    field: str
    values: tuple[str, ...]
    is_property: bool = False

    def __str__(self) -> str:
        """Say the condition as meanings and messages print it."""
        return f"{self.field} is {' or '.join(self.values)}"


Conditions = tuple[Condition, ...]


def to_conditions(written: Any) -> Conditions:
    """Parse a filter as it stands in YAML.

    Raises
    ------
    ValueError
        A column, channel or verb is unknown; the message names the nearest known one.
    """
    if not isinstance(written, dict):
        raise ValueError("a filter is a mapping such as {channel: web, verb: [view, click]}")
    properties = written.get(PROPERTY, {})
    if not isinstance(properties, dict):
        raise ValueError("property is a mapping such as {campaign_type: promo}")
    columns = [_condition(_known(k, FILTER_COLUMNS, "column"), v) for k, v in written.items() if k != PROPERTY]
    return all_of(tuple(columns), tuple(_condition(k, v, is_property=True) for k, v in properties.items()))


def all_of(*parts: Conditions) -> Conditions:
    """Return the filter that holds where every part holds."""
    return tuple(sorted({condition for part in parts for condition in part}))


def on(column: str, *values: str) -> Conditions:
    """Return the filter ``column is one of values``; no values filter nothing."""
    return (_condition(column, values),) if values else ()


def said(conditions: Conditions) -> str:
    """Say a filter in words."""
    return " and ".join(str(c) for c in conditions) or "any event"


def to_written(conditions: Conditions) -> dict[str, Any]:
    """Write a filter as it may stand in YAML; the resolved settings are logged and hashed so."""
    written: dict[str, Any] = {c.field: list(c.values) for c in conditions if not c.is_property}
    properties = {c.field: list(c.values) for c in conditions if c.is_property}
    return written | ({PROPERTY: properties} if properties else {})


Where = Annotated[Conditions, PlainValidator(to_conditions), PlainSerializer(to_written)]


def _condition(field: str, written: Any, is_property: bool = False) -> Condition:
    values = (written,) if isinstance(written, str) else tuple(written) if isinstance(written, list | tuple) else ()
    if not values or not all(isinstance(v, str) for v in values):
        raise ValueError(f"{field} needs a text or a list of texts; quote codes such as 'no' and '007'")
    if field in _KNOWN_VALUES and not is_property:  # a project may bring channels of its own, but no verbs
        values = tuple(v if field == Events.channel and not looks_misspelt(v) else _known(v, _KNOWN_VALUES[field], field) for v in values)
    return Condition(field, tuple(sorted(set(values))), is_property)


def _known(name: str, known: tuple[str, ...], what: str) -> str:
    if name in known:
        return name
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
    raise ValueError(f"unknown {what} {name!r}; {hint}")
