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
    summary: Mapping[str, int],
    links: Mapping[str, int],
    refusals: Mapping[str, int],
    naming: Naming,
    known: int,
    settings: IdentitySettings,
    *,
    label_f1: tuple[float, float | None] | None = None,
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
    label_f1
        F1 over labelled people of this map and of the one before, if labels are given.
    """
    gate, people = settings.gate, links.get("person", 0)
    return (
        Measure("largest_customer", summary["largest_customer"], settings.max_customer_size),
        Measure("most_identifiers", summary["most_identifiers"], gate.max_identifiers),
        Measure("supersized_percent", _percent(summary["supersized_customers"], summary["identified_customers"], gate), gate.max_supersized_percent),
        Measure("links_per_identifier", round(people / max(1, summary["person_identifiers"]), 4), gate.max_links_per_identifier),
        Measure("refused_percent", _percent(refusals.get("limit", 0), people, gate), gate.max_refused_percent),
        Measure("moved_percent", _percent(naming.moved, known, gate), gate.max_moved_percent),
        *(() if label_f1 is None else (_label_loss(*label_f1, gate),)),
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


def _label_loss(now: float, before: float | None, gate: Gate) -> Measure:
    """Return what is missing to an F1 of 1, which may grow by the allowed drop; there is nothing to compare a first map with."""
    limit = 1.0 if before is None else min(1.0, 1 - before + gate.max_label_f1_drop)
    return Measure("label_f1_loss", round(1 - now, 6), round(limit, 6))


def _percent(part: int, whole: int, gate: Gate) -> float:
    return round(100 * part / whole, 4) if whole >= gate.min_count else 0.0
