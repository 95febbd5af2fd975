"""Units of amounts: how many of what a source tells make one of its currency."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from crosschannel.settings.mistakes import Place, mistake

AMOUNT_COLUMNS = ("order_amount", "cost_amount")
PARTS_OF_UNIT = {"cents": 100, "hundredths": 100, "thousandths": 1000, "millionths": 1_000_000}
NEARLY = 0.7  # of the letters; a unit in words of its own is for readers and divides nothing


def parts_in(unit: str) -> int:
    """Return how many of a unit make one of the currency: 100 for cents, 1 for whatever is no part."""
    return PARTS_OF_UNIT.get(_head(unit), 1)


def refuse_near_parts(units: Mapping[Place, str]) -> None:
    """Refuse a unit that was meant to divide and would not: it would be wrong by a hundred."""
    for place, unit in units.items():
        head = _head(unit)
        if head not in PARTS_OF_UNIT and get_close_matches(head.lower(), PARTS_OF_UNIT, n=1, cutoff=NEARLY):
            raise mistake(place, head, "nearly a part of a currency's unit", PARTS_OF_UNIT)


def _head(unit: str) -> str:
    return unit.split(" ", maxsplit=1)[0]
