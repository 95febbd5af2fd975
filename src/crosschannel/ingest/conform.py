"""From accepted records of eight shapes to one shape of event, with its identifiers beside it.

Grain: one row in, one row out; identifiers ride along as an array until :func:`to_identifiers`
spreads them. Rules have passed every record, so no cast here can fail. Amounts are told in the
currency's unit with two decimals; what has more is rounded and counted. Amounts of a return are
negative, whatever sign its source gives them, so that a sum over purchases and returns is net.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce

from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.bronze import RawEvents
from crosschannel.contracts.silver import LINE_TYPE, Events
from crosschannel.exprs.hashing import content_id_expr
from crosschannel.settings.amounts import parts_in
from crosschannel.settings.sources import IdentifierField, OrderLines, Source

TEXTS = "TEXTS"  # struct of the record's fields
IDENTIFIERS = "IDENTIFIERS"  # array of what identity.yaml makes of the identifier fields
IS_ROUNDED = "IS_ROUNDED"  # an amount had more than two decimals
LINES_DIFFER = "LINES_DIFFER"  # the lines do not sum to the order: postage, a discount, or a defect of the source
LACKS_CURRENCY = "LACKS_CURRENCY"  # an amount in nobody knows what
FLAGS = {
    IS_ROUNDED: "events with an amount rounded to cents",
    LINES_DIFFER: "orders whose lines do not sum to their amount",
    LACKS_CURRENCY: "events with an amount without currency",
}
RETURN = "return"
AMOUNTS = (Events.order_amount, Events.cost_amount)
AMOUNT_TYPE = "decimal(18,2)"
QUANTITY_TYPE = "decimal(18,3)"
EXACT = "decimal(38,9)"
PART_MARK = " "  # stands between the fields that identify together
LINE_LIST = "array<map<string,string>>"

# Given a namespace and the text of a field, returns one identifier as a struct; the identity room's business.
IdentifierExpr = Callable[[str, Column], Column]


def with_event_id(bronze: DataFrame) -> DataFrame:
    """Add the id of the event that each accepted record tells of."""
    return bronze.withColumn(Events.event_id, content_id_expr(F.col(RawEvents.source), F.col(RawEvents.event_key)))


def to_unconformed_ids(records: DataFrame, events: DataFrame) -> DataFrame:
    """Return the ids of records that are no events yet; only ids travel between tasks."""
    return records.select(Events.event_id).join(events.select(Events.event_id), on=str(Events.event_id), how="left_anti")


def only_ids(records: DataFrame, ids: DataFrame) -> DataFrame:
    """Keep the records with these event ids."""
    return records.join(ids, on=str(Events.event_id), how="left_semi")


def to_events(records: DataFrame, sources: tuple[Source, ...], identifier_expr: IdentifierExpr) -> DataFrame:
    """Return events with ``IDENTIFIERS`` and the ``FLAGS`` beside the columns that sources decide."""
    events = reduce(DataFrame.unionByName, [_events_of(records, source, identifier_expr) for source in sources])
    return events.transform(_with_signed_returns).withColumns({LINES_DIFFER: _lines_differ_expr(), LACKS_CURRENCY: _lacks_currency_expr()})


def to_named(records: DataFrame, sources: Sequence[Source], identifier_expr: IdentifierExpr, kept: Sequence[str]) -> DataFrame:
    """Return some columns of accepted records with ``IDENTIFIERS`` beside them; sources that identify nobody are left out."""
    return reduce(DataFrame.unionByName, [_named(records, source, identifier_expr).select(*kept, IDENTIFIERS) for source in sources if source.identifiers])


def _named(records: DataFrame, source: Source, identifier_expr: IdentifierExpr) -> DataFrame:
    identifiers = [identifier_expr(i.namespace, _identifier_text(i)) for i in source.identifiers]
    return _with_texts(records, source).withColumn(IDENTIFIERS, F.array(*identifiers))


def _with_texts(records: DataFrame, source: Source) -> DataFrame:
    schema = ", ".join(f"`{name}` string" for name in source.fields)
    return records.where(F.col(RawEvents.source) == source.source).withColumn(TEXTS, F.from_json(F.col(RawEvents.payload), schema))


def _events_of(records: DataFrame, source: Source, identifier_expr: IdentifierExpr) -> DataFrame:
    texts = _with_texts(records, source)
    columns = {name: _column_expr(source, name) for name in _event_columns()}
    identifiers = [identifier_expr(i.namespace, _identifier_text(i)) for i in source.identifiers]
    return texts.select(
        Events.event_id,
        Events.source,
        Events.channel,
        _verb_expr(source).alias(Events.verb),
        Events.event_ts,
        F.to_date(Events.event_ts).alias(Events.event_date),
        *[value.alias(name) for name, value in columns.items()],
        _lines_expr(source.lines).alias(Events.lines),
        _properties_expr(source).alias(Events.properties),
        (F.array(*identifiers) if identifiers else F.lit(None)).alias(IDENTIFIERS),
        _is_rounded_expr(source).alias(IS_ROUNDED),
    )


def _event_columns() -> tuple[str, ...]:
    return (
        Events.order_id, Events.order_amount, Events.currency_code, Events.cost_amount,
        Events.campaign_id, Events.product_id, Events.category, Events.content_id,
    )  # fmt: skip


def _text(field: str) -> Column:
    return F.col(TEXTS).getField(field)


def _identifier_text(identifier: IdentifierField) -> Column:
    """Return the value that identifies; null if one of its parts is, and in records where it does not."""
    parts = [_text(field) for field in (identifier.field, *identifier.with_fields)]
    whole = reduce(lambda left, right: F.concat(left, F.lit(PART_MARK), right), parts)
    return whole if identifier.where is None else F.when(_text(identifier.where.field).isin(*identifier.where.is_in), whole)


def _column_expr(source: Source, name: str) -> Column:
    field = source.columns.get(name)
    if name == Events.currency_code and field is None:
        return F.lit(source.currency_code).cast("string")
    if field is None:
        return F.lit(None).cast(AMOUNT_TYPE if name in AMOUNTS else "string")
    if name == Events.currency_code:
        return F.coalesce(F.upper(F.trim(_text(field))), F.lit(source.currency_code).cast("string"))
    return _exact(_text(field), source.fields[field].unit).cast(AMOUNT_TYPE) if name in AMOUNTS else _text(field)


def _exact(text: Column, unit: str) -> Column:
    """Return an amount in the currency's unit, with all its decimals."""
    parts = parts_in(unit)
    return text.cast(EXACT) if parts == 1 else text.cast(EXACT) * F.lit(Decimal(1) / parts)


def _with_signed_returns(events: DataFrame) -> DataFrame:
    is_return = F.col(Events.verb) == RETURN
    lines = F.transform(Events.lines, lambda line: line.withField("line_amount", -F.abs(line["line_amount"])))
    return events.withColumns(
        {
            Events.order_amount: F.when(is_return, -F.abs(Events.order_amount)).otherwise(F.col(Events.order_amount)).cast(AMOUNT_TYPE),
            Events.lines: F.when(is_return, lines.cast(f"array<{LINE_TYPE}>")).otherwise(F.col(Events.lines)),
        }
    )


def _lines_differ_expr() -> Column:
    start = F.lit(0).cast("decimal(38,2)")
    total = F.aggregate(Events.lines, start, lambda sum_so_far, line: (sum_so_far + line["line_amount"]).cast("decimal(38,2)"))
    return F.coalesce((F.size(Events.lines) > 0) & (total != F.col(Events.order_amount)), F.lit(False))


def _lacks_currency_expr() -> Column:
    return F.coalesce(*[F.col(name) for name in AMOUNTS]).isNotNull() & F.col(Events.currency_code).isNull()


def _verb_expr(source: Source) -> Column:
    if source.verb.constant is not None:
        return F.lit(source.verb.constant)
    pairs = [F.lit(text) for pair in sorted(source.verb.map.items()) for text in pair]
    return F.create_map(*pairs)[_text(str(source.verb.field))]


def _is_rounded_expr(source: Source) -> Column:
    fields = [source.columns[name] for name in AMOUNTS if name in source.columns]
    exact = [_exact(_text(f), source.fields[f].unit) for f in fields]
    rounded = [F.coalesce(value != value.cast(AMOUNT_TYPE), F.lit(False)) for value in exact]
    return reduce(Column.__or__, rounded, F.lit(False))


def _lines_expr(lines: OrderLines | None) -> Column:
    if lines is None:
        return F.lit(None).cast(f"array<{LINE_TYPE}>")

    def line(raw: Column) -> Column:
        category = raw[lines.category] if lines.category else F.lit(None).cast("string")
        quantity = raw[lines.quantity].cast(QUANTITY_TYPE) if lines.quantity else F.lit(1).cast(QUANTITY_TYPE)
        return F.struct(raw[lines.product_id], category, quantity, _exact(raw[lines.line_amount], lines.unit).cast(AMOUNT_TYPE))

    return F.transform(F.from_json(_text(lines.field), LINE_LIST), line).cast(f"array<{LINE_TYPE}>")


def _properties_expr(source: Source) -> Column:
    if not source.properties:
        return F.lit(None).cast("map<string,string>")
    pairs = [c for name, field in sorted(source.properties.items()) for c in (F.lit(name), _text(field))]
    return F.map_filter(F.create_map(*pairs), lambda _, value: value.isNotNull())
