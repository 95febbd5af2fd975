"""The gate before a map is published: what was measured, against what ``identity.yaml`` allows.

Pure Python over a handful of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crosschannel.contracts.customers import MERGE, RETIRE, SPLIT
from crosschannel.identity.naming import Naming
from crosschannel.settings.identity import Gate, IdentitySettings


@dataclass(frozen=True)
class Measure:
    """A number and the most it may be."""

    name: str
    observed: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether it is within its limit."""
        return self.observed <= self.limit


def measures_of(
    summary: Mapping[str, int], links: Mapping[str, int], refusals: Mapping[str, int], naming: Naming, known: int, settings: IdentitySettings
) -> tuple[Measure, ...]:
    """Return every measure of the gate.

    Parameters
    ----------
    summary
        Counts of :class:`IdentitySummary`, by column.
    links
        Links by kind of their weaker end.
    refusals
        Refused links by stage.
    known
        Identifiers in the map before.
    """
    gate, people = settings.gate, links.get("person", 0)
    return (
        Measure("largest_customer", summary["largest_customer"], settings.max_customer_size),
        Measure("most_identifiers", summary["most_identifiers"], gate.max_identifiers),
        Measure("supersized_percent", _percent(summary["supersized_customers"], summary["identified_customers"], gate), gate.max_supersized_percent),
        Measure("links_per_identifier", round(people / max(1, summary["person_identifiers"]), 4), gate.max_links_per_identifier),
        Measure("refused_percent", _percent(refusals.get("limit", 0), people, gate), gate.max_refused_percent),
        Measure("moved_percent", _percent(naming.moved, known, gate), gate.max_moved_percent),
    )


def changes_of(naming: Naming, minted: int) -> dict[str, int]:
    """Say what happened to ids, in numbers."""
    return {
        "minted": minted,
        "merges": naming.count(MERGE),
        "splits": naming.count(SPLIT),
        "retired": naming.count(RETIRE),
        "moved_identifiers": naming.moved,
    }


def _percent(part: int, whole: int, gate: Gate) -> float:
    return round(100 * part / whole, 4) if whole >= gate.min_count else 0.0
