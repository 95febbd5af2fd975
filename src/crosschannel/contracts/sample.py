"""The head of a raw file: what a contract is drafted from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sample:
    """The head of one file, to draft a contract from: lines of a text file, or rows of a Parquet file."""

    name: str
    lines: tuple[str, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    is_parquet: bool = False
    is_whole: bool = True
    encoding: str = "utf-8"
