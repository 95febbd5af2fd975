"""A draft as YAML text, with its doubts as comments; written by hand so that comments stand where they belong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from crosschannel.drafting.columns import Column
from crosschannel.drafting.draft import ADDRESS_AND_BROWSER, Draft
from crosschannel.drafting.moments import window

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./*-]*")
RESERVED = {"yes", "no", "on", "off", "true", "false", "null", "y", "n", "none"}


def to_yaml(made: Draft) -> str:
    """Write a draft as ``sources/<name>.yaml``."""
    records = f"{len(made.reading.records):,} sampled records"
    parts = [
        [f"# Drafted from {records}. Lines marked `unsure` are guesses: look at each, then delete the mark."],
        [f"source: {quoted(made.source)}"],
        _line(made, "channel", f"channel: {made.channel}"),
        _line(made, "format", f"format: {made.reading.format}"),
        _line(made, "encoding", f"encoding: {made.encoding}") if made.encoding != "utf-8" else [],
        [f"delimiter: {quoted(made.reading.delimiter)}"] if made.reading.format == "csv" and made.reading.delimiter != "," else [],
        _line(made, "path", f"path: {quoted(made.path)}"),
        [f"pattern: {_single(made.reading.pattern)}"] if made.reading.pattern else [],
        ["fields:", *(_field(made, c) for c in made.columns if c.values), *_never_filled(made)],
        _line(made, "key", f"key: [{', '.join(quoted(c.name) for c in made.key)}]") if made.key else _unsure(made.doubts["key"]),
        _time(made),
        _verb(made),
        _identifiers(made),
        _columns(made),
        [f"lines: {_flow(made.lines)}"] if made.lines else [],
        ["properties:", *(f"  {quoted(c.name)}: {quoted(c.name)}" for c in made.properties)] if made.properties else [],
    ]
    return "\n".join(line for part in parts for line in part) + "\n"


def quoted(text: str) -> str:
    """Write a text so that YAML reads it as this very text."""
    if PLAIN.fullmatch(text) and text.lower() not in RESERVED:
        return text
    # JSON's quotes are YAML's, save for characters YAML wants escaped as well.
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in json.dumps(text, ensure_ascii=False))


def _single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _flow(pairs: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{quoted(k)}: {quoted(v)}" for k, v in pairs.items()) + "}"


def _line(made: Draft, part: str, text: str) -> list[str]:
    return [*_unsure(made.doubts.get(part, ())), text]


def _unsure(doubts: Iterable[str], indent: str = "") -> list[str]:
    return [f"{indent}# unsure: {doubt}" for doubt in doubts]


def _field(made: Draft, c: Column) -> str:
    said = {"path": quoted(c.path)} if c.path != c.name else {}
    said |= {"type": c.type} if c.type != "string" else {}
    said |= {"required": "true"} if made.is_required(c) else {}
    said |= {"personal": "true"} if made.is_personal(c) else {}
    text = f"  {quoted(c.name)}: {{{', '.join(f'{k}: {v}' for k, v in said.items())}}}"
    return f"{text}  # unsure: {c.doubt}" if c.doubt else text


def _never_filled(made: Draft) -> list[str]:
    empty = [_field(made, c) for c in made.columns if not c.values]
    return [*_unsure(["no sampled record has a value of these"], "  "), *empty] if empty else []


def _time(made: Draft) -> list[str]:
    guess = made.time.time
    assert guess is not None  # how the column was chosen
    first, last = window(guess)
    text = f"time: {{field: {quoted(made.time.name)}, format: {quoted(guess.format)}, not_before: {first}, not_after: {last}}}"
    return [*_line(made, "time", f"# seen from {guess.first} to {guess.last}; records outside not_before and not_after are refused"), text]


def _verb(made: Draft) -> list[str]:
    verb, doubts = made.verb, _unsure(made.doubts["verb"])
    if verb.column is None:
        return [*doubts, f"verb: {{constant: {verb.constant}}}"]
    rows = [f"    {quoted(native)}: {known}{f'  # {doubt}' if doubt else ''}" for native, (known, doubt) in verb.map.items()]
    return [*doubts, "verb:", f"  field: {quoted(verb.column.name)}", "  map:", *rows]


def _identifiers(made: Draft) -> list[str]:
    rows = []
    for c, space, doubt in made.identifiers:
        beside = f", with_fields: [{ADDRESS_AND_BROWSER[1]}]" if space == "address_and_browser" else ""
        text = f"  - {{field: {quoted(c.name)}, namespace: {space}{beside}}}"
        rows.append(f"{text}  # unsure: {doubt}" if doubt else text)
    return [*_unsure(made.doubts["identifiers"]), *(["identifiers:", *rows] if rows else [])]


def _columns(made: Draft) -> list[str]:
    rows = [f"  {target}: {quoted(c.name)}" for target, c in made.event_columns.items()]
    return [*_unsure(made.doubts["columns"]), *(["columns:", *rows] if rows else [])]
