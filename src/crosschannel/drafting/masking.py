"""Records shown to people without showing anybody in them.

A value of an identifier or of a field marked ``personal`` is shown by its shape alone. In other
values, whatever looks like an e-mail address, a phone number or a long number is replaced. A
record that cannot be read has no fields, so all of it is shown by its shape; only names that the
contract itself declares stay legible.
"""

from __future__ import annotations

import json
import re
from typing import Any

from crosschannel.drafting.readings import split_row
from crosschannel.settings.sources import Source

MAX_SHOWN = 60
MAX_SHAPE = 100
NOT_TEXT = "base64:"  # opens the kept copy of a record that is no text
EMAIL = re.compile(r"[^\s,;<>\"']+@[^\s,;<>\"']+")
NUMBER = re.compile(r"\+?\(?\d(?:[\s().-]?\d){5,}")
DATE = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([/.])(\d{1,2}|[A-Z][a-z]{2})\2\d{4})([T: ][\d:.]{4,18})?\s?(Z|UTC|[+-]\d{2}:?\d{2})?")
WORD = re.compile(r"[^\W\d_]+(?:_[^\W\d_]+)*")


def shown(raw: str | None, reason: str, source: Source, header: tuple[str, ...] = ()) -> str:
    """Return what of a refused record explains the reason, masked.

    Parameters
    ----------
    raw
        The record as it was read.
    header
        Column names of its CSV file.
    """
    field = field_of(reason, source)
    values = _values(raw or "", source, header) if field else None
    if field and values and (inside := source.fields[field].inside):
        values = {field: found} if (found := _inside(values.get(field, ""), inside)) else {}
    if field is None or values is None:
        return _shape_of_record(raw or "", source)
    value = values.get(field)
    return f"{field} has no value" if value is None else f"{field} = {_masked(value, is_personal=field in source.personal_fields)}"


def field_of(reason: str, source: Source) -> str | None:
    """Return the field a reason is about; null if it is about the whole record."""
    kind, _, name = reason.partition(":")
    if kind.startswith("time_") or kind in {"too_late", "future_time"}:
        return source.time.field
    if kind == "unmapped_verb":
        return source.verb.field
    return name if name in source.fields else None


def _masked(value: str, *, is_personal: bool) -> str:
    if is_personal or value.lstrip().startswith(("{", "[")):
        return _shape(value)[:MAX_SHOWN]
    if DATE.fullmatch(value.strip()):
        return value.strip()
    return NUMBER.sub("<number>", EMAIL.sub("<e-mail>", value))[:MAX_SHOWN]


def _shape(text: str, known: frozenset[str] = frozenset()) -> str:
    """Replace each word by ``x`` and each number by ``0``; known words stay."""
    worded = WORD.sub(lambda m: m.group() if m.group() in known else "x", text)
    return re.sub(r"\d+", "0", worded)


def _shape_of_record(raw: str, source: Source) -> str:
    if raw.startswith(NOT_TEXT):
        return "bytes that are no text"
    names = frozenset(step for name in source.fields for step in (name, *source.path_of(name).split(".")))
    text = _shape(raw[: MAX_SHAPE * 20], names)
    return text if len(text) <= MAX_SHAPE else f"{text[: MAX_SHAPE - 30]} ... {text[-25:]}"


def _values(raw: str, source: Source, header: tuple[str, ...]) -> dict[str, str] | None:
    """Read a record once more, plainly; null if it cannot be read."""
    if source.format == "pattern":
        match = re.fullmatch(source.pattern or "", raw)
        return None if match is None else {n: v for n in source.fields if (v := match[source.path_of(n)]) is not None}
    if source.format == "csv":
        row = split_row(raw, source.delimiter)
        record = dict(zip(header, row, strict=False)) if len(row) == len(header) else None
        return None if record is None else {n: v for n in source.fields if (v := record.get(source.path_of(n), "")).strip()}
    try:
        parsed = json.loads(raw, parse_int=str, parse_float=str, parse_constant=str)
    except ValueError:
        return None
    found = {n: _at(parsed, source.path_of(n)) for n in source.fields}
    return {n: v if isinstance(v, str) else json.dumps(v) for n, v in found.items() if v is not None and v != ""}


def _inside(text: str, path: str) -> str | None:
    try:
        value = _at(json.loads(text, parse_int=str, parse_float=str, parse_constant=str), path)
    except ValueError:
        return None
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
