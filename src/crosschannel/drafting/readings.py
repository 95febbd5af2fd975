"""From the head of a file to records of texts, as ingest will see them; the format is guessed.

A record is a mapping from path to text: dotted for nested JSON, a header name for CSV, a group
for an access log. Lists, and objects used as maps, stay JSON texts. Blank values are absent.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crosschannel.contracts.sample import Sample
from crosschannel.errors import InputError

Record = dict[str, str]
DELIMITERS = (",", ";", "\t", "|")
ENOUGH = 0.8  # share of lines that must fit a format; the others are damaged lines of it
MAX_DEPTH = 5
MAX_KEYS = 60  # an object with more distinct keys is a map, not a record
_QUOTED = r'"(?:-|(?P<{}>[^"\\]*(?:\\.[^"\\]*)*))"'
COMMON_LOG = (
    r"(?P<client_address>\S+) \S+ (?:-|(?P<user>\S+)) \[(?P<time>[^\]]+)\] "
    r'"(?P<method>[A-Z]+) (?P<page>\S+)(?: (?P<protocol>[^"]*))?" (?P<status>\d{3}) (?:-|(?P<bytes>\d+))'
)
COMBINED_LOG = f"{COMMON_LOG} {_QUOTED.format('referrer')} {_QUOTED.format('browser')}"


@dataclass(frozen=True)
class Reading:
    """What the samples look like: format, records, and what was odd about them."""

    format: str
    records: list[Record]
    paths: list[str]  # in the order in which they were first seen
    delimiter: str = ","
    pattern: str | None = None
    doubts: list[str] = field(default_factory=list)


def read(samples: Sequence[Sample]) -> Reading:
    """Guess the format of some samples of one source, and read them.

    Raises
    ------
    InputError
        The lines fit no format that ingest reads.
    """
    if any(s.is_parquet for s in samples):
        return _reading("parquet", [_texts(row) for s in samples for row in s.rows], [])
    lines = [line for s in samples for line in s.lines if line.strip()]
    if not lines:
        raise InputError("nothing but blank lines in it; give a file that holds a few hundred records")
    if lines[0].lstrip().startswith("["):
        raise InputError("the file is one JSON array; ingest reads one object a line: jq -c '.[]' FILE > FILE.jsonl")
    for guess in (_json_lines, _access_log):
        if (reading := guess(lines)) is not None:
            return reading
    return _separated([[line for line in s.lines if line.strip()] for s in samples])


def _reading(format: str, records: Iterable[Record], doubts: list[str], **more: Any) -> Reading:
    kept = [{k: v for k, v in record.items() if v.strip()} for record in records]
    paths = more.pop("paths", None) or list(dict.fromkeys(path for record in kept for path in record))
    if bad := [p for p in paths if "`" in p or not p.strip()]:
        doubts = [*doubts, f"{len(bad)} columns without a usable name are left out"]
    return Reading(format, kept, [p for p in paths if p not in bad], doubts=doubts, **more)


# JSON ------------------------------------------------------------------------------------------------


def _json_lines(lines: list[str]) -> Reading | None:
    parsed = [p for p in map(_json_object, lines) if p is not None]
    if len(parsed) < ENOUGH * len(lines):
        return None
    return _reading("json_lines", [_texts(p) for p in parsed], _unread(len(lines) - len(parsed), len(lines)))


def _json_object(line: str) -> dict[str, Any] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _texts(record: dict[str, Any], prefix: str = "", depth: int = 1) -> Record:
    flat: Record = {}
    for name, value in record.items():
        if "." in str(name):
            continue  # a dot stands between the steps of a path
        if isinstance(value, dict) and value and depth < MAX_DEPTH and len(value) <= MAX_KEYS:
            flat |= _texts(value, f"{prefix}{name}.", depth + 1)
        elif (text := _text(value)) is not None:
            flat[f"{prefix}{name}"] = text
    return flat


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat() + ("" if value.tzinfo else "Z")  # ingest takes a Parquet moment at its word, whatever the zone
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)


# Access logs -----------------------------------------------------------------------------------------


def _access_log(lines: list[str]) -> Reading | None:
    for pattern in (COMBINED_LOG, COMMON_LOG):
        matches = [m for m in (re.fullmatch(pattern, line) for line in lines) if m]
        if len(matches) >= ENOUGH * len(lines):
            records = ({k: v for k, v in m.groupdict().items() if v is not None} for m in matches)
            paths = list(re.compile(pattern).groupindex)
            return _reading("pattern", records, _unread(len(lines) - len(matches), len(lines)), pattern=pattern, paths=paths)
    return None


# CSV -------------------------------------------------------------------------------------------------


def _separated(files: list[list[str]]) -> Reading:
    rows = {d: [[split_row(line, d) for line in lines] for lines in files if lines] for d in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: (_regularity(rows[d]), -DELIMITERS.index(d)))
    if _regularity(rows[delimiter]) < ENOUGH:
        raise InputError("the lines are no JSON objects, no access log, and no CSV with one number of columns; write the contract by hand: docs/bring-your-own-logs.md")
    records, torn = [], 0
    for file in rows[delimiter]:
        header = [name.strip() for name in file[0]]
        whole = [row for row in file[1:] if len(row) == len(header)]
        torn += len(file) - 1 - len(whole)
        records += [dict(zip(header, row, strict=True)) for row in whole]
    header = list(dict.fromkeys(name.strip() for file in rows[delimiter] for name in file[0]))
    _refuse_header([name.strip() for name in rows[delimiter][0][0]])
    return _reading("csv", records, _unread(torn, torn + len(records)), delimiter=delimiter, paths=header)


def _refuse_header(names: list[str]) -> None:
    """Refuse a first line that is data or repeats a name; what stands in it is not told, since it may be a person's."""
    if any(re.fullmatch(r"\S+@\S+|[-+]?\d[\d.,:/ ()TZ-]*", name) for name in names):
        raise InputError("the first line looks like data, not like column names; ingest knows columns by name, so put a header line first")
    if repeated := [n for n, count in Counter(names).items() if count > 1]:
        places = [str(place) for place, name in enumerate(names, 1) if name == repeated[0]]
        raise InputError(f"columns {' and '.join(places)} have the same name; ingest knows columns by name, so each needs its own")


def split_row(line: str, delimiter: str) -> list[str]:
    """Return the values of one line of a CSV file; none if it cannot be cut."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a carriage return within, or a value beyond Python's limit: such a line fits no header
        return []


def _regularity(files: list[list[list[str]]]) -> float:
    """Share of rows that are as long as their header; none for a single column."""
    rows = [len(row) == len(file[0]) for file in files for row in file]
    return sum(rows) / len(rows) if rows and all(len(file[0]) > 1 for file in files) else 0.0


def _unread(count: int, of: int) -> list[str]:
    return [f"{count:,} of {of:,} sampled lines do not fit this format and would be quarantined as unreadable"] if count else []
