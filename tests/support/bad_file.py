"""One file of the bad-input corpus: its source, its content, and what must become of it."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from crosschannel.settings.sources import Source, SourcesSettings

MIB = 1024 * 1024
TIME = {"field": "at", "not_before": "2026-01-01", "not_after": "2026-12-31"}
LOG: dict[str, Any] = {
    "channel": "web",
    "format": "json_lines",
    "fields": {"id": {"required": True}, "at": {"required": True}, "event": {}, "n": {"type": "bigint"}, "x": {"type": "double"}},
    "key": ["id"],
    "time": TIME,
    "verb": {"constant": "view"},
}
RENAMED = {"fields": {**LOG["fields"], "id": {"required": True, "aliases": ["ID", "event_id"]}}}
FOREIGN = {"fields": {**LOG["fields"], "event": {"is_in": ["Zoë – 5 €", "😀"]}}}  # what is decoded wrongly is not allowed
CONTRACTS: dict[str, dict[str, Any]] = {
    "json": {},
    "alias": RENAMED,
    "last": {"repeated_keys": "last", "quoted_numbers": "refuse", "time": {**TIME, "max_skew": "90m"}},
    "part": {"fields": {**LOG["fields"], "kind": {"path": "page.kind"}}},
    "seconds": {"time": {**TIME, "format": "epoch_seconds"}},
    "millis": {"time": {**TIME, "format": "epoch_millis"}},
    "local": {"time": {**TIME, "zone": "Europe/London"}},
    "csv": {"format": "csv"},
    "csv_local": {"format": "csv", "time": {**TIME, "format": "yyyy-MM-dd HH:mm", "zone": "America/New_York"}},
    "csv_alias": {"format": "csv", **RENAMED},
    "parquet": {"format": "parquet"},
    "utf16": {"encoding": "utf-16", **FOREIGN},
    "utf16_csv": {"encoding": "utf-16le", "format": "csv", **FOREIGN},
    "western": {
        "encoding": "windows-1252",
        "format": "pattern",
        "pattern": r"(?P<id>\S+) (?P<at>\S+) (?P<event>.*)",
        "fields": {n: f for n, f in FOREIGN["fields"].items() if n in {"id", "at", "event"}},
    },
}
SETTINGS = SourcesSettings(
    sources=tuple(Source.model_validate_json(json.dumps({**LOG, **c, "source": name, "path": f"{name}/*"})) for name, c in CONTRACTS.items())
)


@dataclass(frozen=True)
class Case:
    """One file, and its required outcome: records by fate, or the reason it is refused for as a whole.

    ``row`` is its row in the bad-input matrix of the design; 0 for rows that only the issue asks for.
    """

    name: str
    row: int
    source: str
    content: bytes | Callable[[], Iterable[bytes]]  # what is large is made when it is written
    good: int = 0
    reasons: dict[str, int] = field(default_factory=dict)  # reason codes of a record, joined, and how many records carry them
    duplicate: int = 0
    refused: str | None = None
    drift: dict[str, str] = field(default_factory=dict)  # field and kind
    suffix: str = ""
    arrived: str = "2026-02-01T00:00:00+00:00"  # when the file was changed last
    is_large: bool = False  # takes many seconds: `make test-chain` sends it in

    @property
    def path(self) -> str:
        """Where the file lies under the raw folder."""
        return f"{self.source}/{self.name}{self.suffix}"


def put_corpus(raw: Path, cases: Iterable[Case]) -> None:
    """Write all files of the corpus."""
    for case in cases:
        path = raw / case.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines([case.content] if isinstance(case.content, bytes) else case.content())
        moment = dt.datetime.fromisoformat(case.arrived).timestamp()
        os.utime(path, (moment, moment))


def good(name: str, **fields: Any) -> str:
    """A sound record; its id is its own."""
    return json.dumps({"id": name, "at": "2026-01-05T09:30:00Z", "event": "page", "n": 1, **fields}, ensure_ascii=False)


def text(*lines: str, end: str = "\n") -> bytes:
    """Lines as a file."""
    return "".join(f"{line}{end}" for line in lines).encode()


def raw_value(name: str, value: str) -> str:
    """A record with a value that Python's JSON writer would not write."""
    return good(name).replace('"n": 1', value)


def parquet(**columns: Any) -> bytes:
    """A Parquet file."""
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer, compression="gzip", index=False)
    return buffer.getvalue()
