"""The valid choices for a name that is none of them, and the nearest one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LIKENESS = 0.5  # below it a suggestion confuses more than it helps


def choose_from(given: object, choices: Iterable[str]) -> str:
    """Say what may stand instead of ``given``: ``choose from csv, parquet; did you mean csv?``."""
    known = sorted(set(choices))
    words = f"choose from {', '.join(known)}" if known else "there is nothing to choose from"
    near = nearest(given, known)
    return f"{words}; did you mean {near}?" if near else words


def nearest(given: object, choices: Iterable[str]) -> str | None:
    """Return the choice that is written most like ``given``, letter case aside; null if none is near."""
    by_lower = {choice.lower(): choice for choice in sorted(choices, reverse=True)}
    near = get_close_matches(str(given).lower(), sorted(by_lower), n=1, cutoff=LIKENESS)
    return by_lower[near[0]] if near else None
