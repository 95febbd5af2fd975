"""The rules a record must pass, all of them named when broken.

The rules of a source become one column, an array of booleans in the order of the rules: one pass
finds every broken rule of a record. A rule that yields null counts as broken, unless it says
otherwise. Codes, in the order they are reported: ``unreadable`` or ``not_utf8`` (or what
else its encoding is) or ``too_long``, ``duplicate_key``,
``missing:<field>``, ``type:<field>``, ``not_allowed:<field>``, ``out_of_range:<field>``,
``lines:<field>``, ``no_key``, ``time_unreadable``, ``time_nonexistent``, ``time_implausible``,
``future_time``, ``too_late``, ``unmapped_verb``. An unreadable record has no fields to judge, so it carries its one reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyspark.sql import Column, functions as F

from crosschannel.contracts.bronze import RawLines
from crosschannel.contracts.raw import undecodable_code
from crosschannel.exprs.text import any_expr, finite_expr, is_json_container_expr
from crosschannel.exprs.times import exists_expr, moment_expr
from crosschannel.ingest.parse import FIELDS, field_expr, has_repeated_key_expr, is_quoted_number_expr
from crosschannel.settings.fields import RawField
from crosschannel.settings.sources import OrderLines, Source

EXACT_DECIMAL = "decimal(38,9)"  # wide enough for every amount, so that only non-numbers fail the cast
LINE_LIST = "array<map<string,string>>"
TOO_LONG = "too_long"
NUMBERS = ("bigint", "double", "decimal")


@dataclass(frozen=True)
class Rule:
    """One thing every record of a source must fulfil.

    Attributes
    ----------
    code
        What a record that breaks it carries as its reason.
    holds
        True for a record that passes.
    null_fails
        Whether a record for which ``holds`` is null has broken the rule.
    """

    code: str
    holds: Column
    null_fails: bool = True

    @property
    def is_broken(self) -> Column:
        """True or false, never null."""
        return ~F.coalesce(self.holds, F.lit(not self.null_fails))


def rules_of(source: Source, moment: Column, newest: datetime | None = None) -> list[Rule]:
    """Return the rules of a source in the order their codes are reported.

    Parameters
    ----------
    moment
        What :func:`event_moment_expr` gave.
    newest
        Newest event accepted before this delivery; nothing is too late while there is none.
    """
    is_sound = F.col(FIELDS).isNotNull()
    rules = [*_record_rules(source), *_field_rules(source), *_time_rules(source, moment, newest), *_verb_rules(source)]
    # A record that cannot be read breaks the first rule and is not judged by the others.
    judged = [Rule(r.code, ~is_sound | r.holds, r.null_fails) for r in rules]
    return [*_reading_rules(source, is_sound), *judged]


def broken_expr(rules: Sequence[Rule]) -> Column:
    """Return an array of booleans: which rules a record breaks, in their order."""
    return F.array(*[rule.is_broken for rule in rules])


def reason_codes_expr(rules: Sequence[Rule], broken: Column) -> Column:
    """Return the codes of the broken rules joined by commas; an empty text for a good record.

    Parameters
    ----------
    broken
        What :func:`broken_expr` gave for the same rules.
    """
    # concat_ws skips nulls, and stays in generated code where an array filter would leave it.
    return F.concat_ws(",", *[F.when(broken[place], F.lit(rule.code)) for place, rule in enumerate(rules)])


def event_moment_expr(source: Source) -> Column:
    """Return when the record says it happened, UTC; null if it cannot be read."""
    return moment_expr(field_expr(source.time.field), source.time.format, source.time.zone)


def _reading_rules(source: Source, is_sound: Column) -> list[Rule]:
    if source.format == "parquet":
        return [Rule("unreadable", is_sound)]
    is_text = F.is_valid_utf8(F.col(RawLines.line))
    is_whole = ~F.col(RawLines.is_cut)
    return [
        Rule("unreadable", is_sound | ~is_text | ~is_whole), Rule(undecodable_code(source.encoding), is_sound | is_text | ~is_whole), Rule(TOO_LONG, is_whole),
    ]  # fmt: skip


def _record_rules(source: Source) -> list[Rule]:
    if source.format != "json_lines" or source.repeated_keys == "last":
        return []
    return [Rule("duplicate_key", ~has_repeated_key_expr(), null_fails=False)]


def _field_rules(source: Source) -> list[Rule]:
    rules = [rule for name, declared in source.fields.items() for rule in _rules_of_field(source, name, declared)]
    if source.lines is not None:
        rules.append(Rule(f"lines:{source.lines.field}", ~_has_broken_line(source.lines)))
    if source.key:
        # Records without any part of the key would all pass for copies of one event.
        rules.append(Rule("no_key", any_expr([field_expr(name).isNotNull() for name in source.key])))
    return rules


def _rules_of_field(source: Source, name: str, declared: RawField) -> list[Rule]:
    value = field_expr(name)
    rules = []
    if declared.required or name == source.time.field:
        rules.append(Rule(f"missing:{name}", value.isNotNull()))
    rules.append(Rule(f"type:{name}", value.isNull() | (_has_type(value, declared) & ~is_quoted_number_expr(name, source))))
    if declared.is_in:
        rules.append(Rule(f"not_allowed:{name}", value.isNull() | value.isin(*declared.is_in)))
    if declared.at_least is not None or declared.at_most is not None:
        # What is no number is named once, by the rule of its type.
        rules.append(Rule(f"out_of_range:{name}", value.isNull() | _in_range(value, declared), null_fails=declared.type not in NUMBERS))
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


def _time_rules(source: Source, moment: Column, newest: datetime | None) -> list[Rule]:
    text, time = field_expr(source.time.field), source.time
    is_read = moment.isNotNull()
    from_day, to_day = time.not_before, time.not_after + timedelta(days=1)
    rules = [
        Rule("time_unreadable", text.isNull() | is_read),
        Rule("time_nonexistent", exists_expr(text, moment, time.format, time.zone), null_fails=False),
        Rule("time_implausible", ~is_read | ((moment >= _moment(from_day)) & (moment < _moment(to_day)))),
    ]
    if time.skew is not None:
        latest = F.col(RawLines.arrived_ts) + F.make_dt_interval(secs=F.lit(time.skew.total_seconds()))
        rules.append(Rule("future_time", ~is_read | (moment <= latest)))
    if newest is not None and source.lateness_days is not None:
        rules.append(Rule("too_late", ~is_read | (moment >= _moment(newest - timedelta(days=source.lateness_days)))))
    return rules


def _verb_rules(source: Source) -> list[Rule]:
    if source.verb.field is None:
        return []
    return [Rule("unmapped_verb", field_expr(source.verb.field).isin(*source.verb.map))]


def _moment(value: object) -> Column:
    return F.lit(str(value)).cast("timestamp")
