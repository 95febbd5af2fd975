"""Which customer keeps which id when customers meet, part or vanish.

Pure Python over the contested customers alone: those whose identifiers are spread over several
customers now, or that share one. Everybody else keeps the id without being asked.

- **survive**: pairs of an old and a new customer in the order of their overlap; the first pair in
  which both are free settles both. Ties go to the older, then to the smaller id, then to the smaller anchor.
- **mint**: a new customer without a pair gets an id of its own, never one that was used before.
- **retire**: an old id without a pair points to the new customer that holds most of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crosschannel.contracts.customers import DIVIDED, GONE, MERGE, RETIRE, SPLIT, UNITED
from crosschannel.exprs.hashing import content_id

ID_KIND, ID_VERSION = "customer", "1"  # a new version renames every customer
ID_DIGITS = 20  # 80 bits: two of 1e9 customers share an id with a chance of 4e-7


@dataclass(frozen=True)
class Overlap:
    """What an old customer and a new one have in common; ``anchor`` is ``None`` where identifiers are gone."""

    customer_id: str
    anchor: int | None
    weight: int
    first_seen: int
    identifiers: int


@dataclass(frozen=True)
class Happening:
    """A merge, a split or a retirement."""

    event_type: str
    customer_id: str
    others: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Move:
    """Identifiers that went from one customer to another, or to none."""

    customer_id: str
    to: str | None
    identifiers: int


@dataclass(frozen=True)
class Naming:
    """The ids of the contested customers, and what it took to give them; moves, largest first."""

    names: dict[int, str]
    minted: frozenset[int]
    heirs: dict[str, str | None]
    happenings: tuple[Happening, ...]
    moves: tuple[Move, ...]

    @property
    def moved(self) -> int:
        """Identifiers that bear another id than before."""
        return sum(m.identifiers for m in self.moves if m.to is not None)

    def count(self, event_type: str) -> int:
        """Count happenings of a type."""
        return sum(h.event_type == event_type for h in self.happenings)


NOTHING_CONTESTED = Naming({}, frozenset(), {}, (), ())


def settle_names(overlaps: Iterable[Overlap], minted_before: Mapping[int, int]) -> Naming:
    """Give each contested new customer its id.

    Parameters
    ----------
    overlaps
        Every pair of an old customer and a new one that share an identifier, each once.
    minted_before
        How many ids were ever minted after an anchor.
    """
    ordered = sorted(overlaps, key=lambda o: (-o.weight, o.first_seen, o.customer_id, -1 if o.anchor is None else o.anchor))
    kept = _survivors(ordered)
    anchors = {o.anchor for o in ordered if o.anchor is not None}
    minted = frozenset(anchors - set(kept))
    names = kept | {anchor: customer_id(anchor, minted_before.get(anchor, 0)) for anchor in minted}
    heirs = _heirs(ordered, names)
    happenings = sorted(_happenings(ordered, names, heirs), key=lambda h: (h.event_type, h.customer_id))
    return Naming(names, minted, heirs, tuple(happenings), _moves(ordered, names))


def customer_id(anchor: int, generation: int) -> str:
    """Name a customer by its anchor; the id of the first generation holds the anchor alone."""
    parts = (str(anchor),) if generation == 0 else (str(anchor), str(generation))
    return f"c_{content_id(ID_KIND, ID_VERSION, *parts)[:ID_DIGITS]}"


def _survivors(ordered: list[Overlap]) -> dict[int, str]:
    kept: dict[int, str] = {}
    placed: set[str] = set()
    for pair in ordered:
        if pair.anchor is not None and pair.anchor not in kept and pair.customer_id not in placed:
            kept[pair.anchor] = pair.customer_id
            placed.add(pair.customer_id)
    return kept


def _heirs(ordered: list[Overlap], names: Mapping[int, str]) -> dict[str, str | None]:
    """Return where each retired id's identifiers went; the first pair of an id is its largest."""
    alive = set(names.values())
    heirs: dict[str, str | None] = {}
    for pair in ordered:
        if pair.customer_id in alive or heirs.get(pair.customer_id) is not None:
            continue
        heirs[pair.customer_id] = None if pair.anchor is None else names[pair.anchor]
    return heirs


def _moves(ordered: list[Overlap], names: Mapping[int, str]) -> tuple[Move, ...]:
    moves = [Move(o.customer_id, None if o.anchor is None else names[o.anchor], o.identifiers) for o in ordered]
    return tuple(sorted((m for m in moves if m.to != m.customer_id), key=lambda m: (-m.identifiers, m.customer_id, m.to or "")))


def _happenings(ordered: list[Overlap], names: Mapping[int, str], heirs: Mapping[str, str | None]) -> list[Happening]:
    parts: dict[str, set[str]] = defaultdict(set)
    sources: dict[str, set[str]] = defaultdict(set)
    for pair in ordered:
        if pair.anchor is not None:
            parts[pair.customer_id].add(names[pair.anchor])
            sources[names[pair.anchor]].add(pair.customer_id)
    merges = [Happening(MERGE, new, tuple(sorted(olds - {new})), UNITED) for new, olds in sources.items() if len(olds) > 1]
    splits = [Happening(SPLIT, old, tuple(sorted(news - {old})), DIVIDED) for old, news in parts.items() if len(news) > 1]
    retired = [Happening(RETIRE, old, (heir,) if heir else (), UNITED if heir else GONE) for old, heir in heirs.items()]
    return [*merges, *splits, *retired]
