"""The rules a record must pass, all of them named when broken.

Codes, in the order they are reported: ``unreadable``, ``not_utf8``, ``missing:<field>``,
``type:<field>``, ``not_allowed:<field>``, ``out_of_range:<field>``, ``lines:<field>``,
``time_unreadable``, ``time_implausible``, ``unmapped_verb``. An unreadable record has no fields
to judge, so it carries its one reason.
"""

from __future__ import annotations

from datetime import timedelta

from pyspark.sql import Column, functions as F

from crosschannel.contracts.bronze import RawLines
from crosschannel.exprs.text import finite_expr, is_json_container_expr
from crosschannel.exprs.times import moment_expr
from crosschannel.ingest.parse import FIELDS, field_expr
from crosschannel.settings.sources import OrderLines, RawField, Source

EXACT_DECIMAL = "decimal(38,9)"  # wide enough for every amount, so that only non-numbers fail the cast
LINE_LIST = "array<map<string,string>>"


def event_moment_expr(source: Source) -> Column:
    """Return when the record says it happened, UTC; null if it cannot be read."""
    return moment_expr(field_expr(source.time.field), source.time.format, source.time.zone)


def reason_codes_expr(source: Source, moment: Column) -> Column:
    """Return all broken rules joined by commas; an empty text for a good record.

    Parameters
    ----------
    moment
        What :func:`event_moment_expr` gave.
    """
    judged = [*_field_rules(source), *_time_rules(source, moment), *_verb_rules(source)]
    # concat_ws skips nulls, and stays in generated code where an array filter would leave it.
    broken = F.concat_ws(",", *[F.when(is_broken, F.lit(code)) for code, is_broken in judged])
    unreadable = F.lit("unreadable")
    if source.format != "parquet":
        unreadable = F.when(F.is_valid_utf8(F.col(RawLines.line)), unreadable).otherwise(F.lit("not_utf8"))
    return F.when(F.col(FIELDS).isNull(), unreadable).otherwise(broken)


def _field_rules(source: Source) -> list[tuple[str, Column]]:
    rules = []
    for name, declared in source.fields.items():
        value = field_expr(name)
        if declared.required or name == source.time.field:
            rules.append((f"missing:{name}", value.isNull()))
        rules.append((f"type:{name}", value.isNotNull() & ~_has_type(value, declared)))
        if declared.is_in:
            rules.append((f"not_allowed:{name}", ~value.isin(*declared.is_in)))
        if declared.at_least is not None or declared.at_most is not None:
            rules.append((f"out_of_range:{name}", ~_in_range(value, declared)))
    if source.lines is not None:
        rules.append((f"lines:{source.lines.field}", _has_broken_line(source.lines)))
    return rules


def _has_type(value: Column, declared: RawField) -> Column:
    if declared.type == "json":
        return is_json_container_expr(value)
    if declared.type == "string":
        return ~is_json_container_expr(value)
    if declared.type == "double":
        return finite_expr(value).isNotNull()
    return value.try_cast(EXACT_DECIMAL if declared.type == "decimal" else declared.type).isNotNull()


def _in_range(value: Column, declared: RawField) -> Column:
    number = finite_expr(value)
    low = F.lit(True) if declared.at_least is None else number >= declared.at_least
    high = F.lit(True) if declared.at_most is None else number <= declared.at_most
    return low & high


def _has_broken_line(lines: OrderLines) -> Column:
    """A list of lines is broken if it is no list of objects, or a line lacks its product or a readable amount."""
    numbers = [lines.line_amount] + ([lines.quantity] if lines.quantity else [])

    def is_broken(line: Column) -> Column:
        no_number = [line[n].try_cast(EXACT_DECIMAL).isNull() & (line[n].isNotNull() | F.lit(n == lines.line_amount)) for n in numbers]
        return F.coalesce(line.isNull() | line[lines.product_id].isNull() | no_number[0] | no_number[-1], F.lit(True))

    value = field_expr(lines.field)
    return value.isNotNull() & F.coalesce(F.exists(F.from_json(value, LINE_LIST), is_broken), F.lit(True))


def _time_rules(source: Source, moment: Column) -> list[tuple[str, Column]]:
    from_day, to_day = source.time.not_before, source.time.not_after + timedelta(days=1)
    is_plausible = (moment >= F.lit(str(from_day)).cast("timestamp")) & (moment < F.lit(str(to_day)).cast("timestamp"))
    return [
        ("time_unreadable", field_expr(source.time.field).isNotNull() & moment.isNull()),
        ("time_implausible", ~is_plausible),
    ]


def _verb_rules(source: Source) -> list[tuple[str, Column]]:
    if source.verb.field is None:
        return []
    native = field_expr(source.verb.field)
    return [("unmapped_verb", native.isNull() | ~native.isin(*source.verb.map))]
