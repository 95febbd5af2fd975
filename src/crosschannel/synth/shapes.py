"""Columns of the narrow frames between the simulation and raw shapes; those of the truth lie in ``contracts/truth.py``."""

from __future__ import annotations

import pyarrow as pa

from crosschannel.contracts.column import column
from crosschannel.contracts.table import Shape

NOBODY = -1  # number of an identifier, campaign or content that is not there


class Activity(Shape):
    """One row per native event, in numbers; text is made by Spark when a source is written."""

    source = column("int", "position in SOURCES")
    person = column("bigint", "number of the person; NOBODY for spend")
    ordinal = column("int", "place among the person's events of the source")
    moment = column("bigint", "true time of the act, epoch milliseconds")
    kind = column("int", "native event, a position in the source's list of names")
    id_a = column("bigint", "first identifier of the source's shape")
    id_b = column("bigint", "second identifier")
    id_c = column("bigint", "third identifier")
    content = column("int", "page, screen, topic or template")
    campaign = column("int", "week or number of the campaign")
    session = column("int", "number of the session within the person")
    items = column("int", "order lines")
    flags = column("int", "bits whose meaning is the source's own")
    mess = column("int", "CLEAN, SKEWED, CORRUPT or UNMAPPED")
    weeks_late = column("int", "deliveries after the due one")
    copies = column("int", "extra deliveries of the same line")


class PersonNumbers(Shape):
    """Traits of people as numbers."""

    person = column("bigint", "number of the person")
    household = column("bigint", "number of the household's first person")
    segment = column("int", "position in SEGMENTS")
    is_holdout = column("boolean", "kept out of campaigns")
    in_crm = column("boolean", "the CRM knows the person")


class PropensityNumbers(Shape):
    """One row per person and as-of day."""

    person = column("bigint", "number of the person")
    day = column("int", "as-of day, 0 is the first")
    purchase = column("double", "probability of a purchase in the horizon")
    bought = column("int", "1 if one happened")
    churn = column("double", "probability of no own act in the horizon")
    silent = column("int", "1 if none happened")


class Carried(Shape):
    """One row per identifier and person on a readable record."""

    namespace = column("int", "position in NAMESPACES")
    number = column("bigint", "number of the identifier")
    person = column("bigint", "number of the person who carried it")
    evidence = column("bigint", "number of the first of the person's identifiers connected with it; NOBODY if it is not the person's own")


_ARROW = {"int": pa.int32(), "bigint": pa.int64(), "double": pa.float64(), "boolean": pa.bool_()}


def arrow_schema(shape: type[Shape]) -> pa.Schema:
    """Return the Arrow schema of a shape of numbers; ``mapInArrow`` does not cast."""
    return pa.schema([(str(c), _ARROW[c.spec.dtype]) for c in shape.columns])


def ddl(shape: type[Shape]) -> str:
    """Return the Spark schema of a shape."""
    return ", ".join(f"{c} {c.spec.dtype}" for c in shape.columns)
