"""Join records that look alike into people: average linkage under constraints, in a total order.

Pure NumPy, no Spark. Two groups are joined while the mean weight of all pairs across them reaches
the cut, the best pair of groups first. One slip between two families is one pair among many, where
plain closure would join them for good. In the mean

- a pair counts at least ``-against``: a record with several typing errors is not unsayable;
- a pair no key found counts just that: had they been one person, some key would have found them.

Constraints: records that share a unique identifier start as one group; groups that hold different
values of one are never joined, and no group grows above ``max_size``. Weights are whole micro-bits
and ties go to the smaller keys, so nothing depends on the order of arrival.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MICROBITS = 1_000_000
AVERAGE, UNIQUE_ID, SIZE = "average_linkage", "unique_identifier", "max_customer_size"

Longs = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Positions of two records, smaller first, and the weight of the pair in micro-bits; each pair once, sorted by both ends."""

    left: Longs
    right: Longs
    weights: Longs


@dataclass(frozen=True)
class UniqueIds:
    """Which record holds which value of which unique identifier."""

    records: Longs
    namespaces: Longs
    values: Longs


@dataclass(frozen=True)
class Bounds:
    """Cut and counterweight in micro-bits, and the most records of one person."""

    cut: int
    against: int
    max_size: int


@dataclass(frozen=True)
class Linked:
    """Per pair: whether it carries a join (a tree of each group does), and the reason it was refused, if it was."""

    carries: NDArray[np.bool_]
    refused: dict[int, str]


@dataclass
class _Side:
    """What is known between two groups: weights that were scored, how many, and the strongest pair."""

    total: int
    scored: int
    best: tuple[int, int]  # weight, and minus the pair's position, so that the larger is the better

    def plus(self, other: _Side) -> _Side:
        return _Side(self.total + other.total, self.scored + other.scored, max(self.best, other.best))


@dataclass
class _Groups:
    """Groups of one component, named by their smallest record."""

    bounds: Bounds
    size: dict[int, int]
    sides: dict[int, dict[int, _Side]]
    ids: dict[int, dict[int, set[int]]]
    version: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def mean(self, a: int, b: int) -> float:
        side, pairs = self.sides[a][b], self.size[a] * self.size[b]
        return (side.total - self.bounds.against * (pairs - side.scored)) / pairs

    def obstacle(self, a: int, b: int) -> str | None:
        if self.size[a] + self.size[b] > self.bounds.max_size:
            return SIZE
        theirs = self.ids.get(b, {})
        return UNIQUE_ID if any(held != theirs.get(n, held) for n, held in self.ids.get(a, {}).items()) else None

    def unite(self, a: int, b: int) -> None:
        """Let ``a`` swallow ``b``."""
        for other, side in self.sides.pop(b, {}).items():
            del self.sides[other][b]
            if other != a:
                known = self.sides[a].get(other)
                self.sides[a][other] = self.sides[other][a] = side if known is None else known.plus(side)
        self.size[a] += self.size.pop(b)
        for namespace, values in self.ids.pop(b, {}).items():
            self.ids.setdefault(a, {}).setdefault(namespace, set()).update(values)
        self.version[a] += 1

    def offer(self, a: int, b: int) -> tuple[float, int, int, int, int]:
        a, b = min(a, b), max(a, b)
        return (-self.mean(a, b), a, b, self.version[a], self.version[b])


def link(pairs: Pairs, ids: UniqueIds, components: Longs, bounds: Bounds) -> Linked:
    """Group records; see the module for rules and order.

    Parameters
    ----------
    components
        Component of each record by pairs at or above the cut; pairs across components are left aside.
    """
    carries = np.zeros(len(pairs.left), dtype=np.bool_)
    refused: dict[int, str] = {}
    held = _held_ids(ids)
    order = np.lexsort((pairs.right, pairs.left, components[pairs.left]))
    inside = order[components[pairs.left[order]] == components[pairs.right[order]]]
    for chosen in _runs(inside, components[pairs.left[inside]]):
        used, reasons = _linked_component(pairs, chosen, held, bounds)
        carries[used] = True
        refused |= reasons
    return Linked(carries, refused)


def _linked_component(pairs: Pairs, chosen: Longs, held: dict[int, dict[int, set[int]]], bounds: Bounds) -> tuple[list[int], dict[int, str]]:
    """Return the pairs that carry the joins of one component, and the reasons of those at the cut that were refused."""
    owner, groups = _start(pairs, chosen, held, bounds)
    offers = [groups.offer(a, b) for a, sides in groups.sides.items() for b in sides if a < b]
    heapify(offers)
    used: list[int] = []
    obstacles: dict[tuple[int, int], str] = {}
    while offers:
        cost, a, b, *versions = heappop(offers)
        if a not in groups.size or b not in groups.size or versions != [groups.version[a], groups.version[b]]:
            continue
        if -cost < bounds.cut:
            break
        if reason := groups.obstacle(a, b):  # it stays: groups only grow
            obstacles[a, b] = reason
            continue
        used.append(-groups.sides[a][b].best[1])
        groups.unite(a, b)
        owner[b] = a
        for other in groups.sides[a]:
            heappush(offers, groups.offer(a, other))
    return used, _reasons(pairs, chosen, owner, groups, bounds)


def _start(pairs: Pairs, chosen: Longs, held: dict[int, dict[int, set[int]]], bounds: Bounds) -> tuple[dict[int, int], _Groups]:
    """Return the groups that unique identifiers alone make, and who swallowed whom."""
    records = np.unique(np.concatenate([pairs.left[chosen], pairs.right[chosen]])).tolist()
    groups = _Groups(
        bounds, dict.fromkeys(records, 1), {r: {} for r in records}, {r: {n: set(v) for n, v in held[r].items()} for r in records if r in held}
    )
    lefts, rights, weights = (side[chosen].tolist() for side in (pairs.left, pairs.right, pairs.weights))
    for position, left, right, weight in zip(chosen.tolist(), lefts, rights, weights, strict=True):
        side = _Side(max(weight, -bounds.against), 1, (weight, -position))
        groups.sides[left][right] = groups.sides[right][left] = side
    owner: dict[int, int] = {r: r for r in records}
    first: dict[tuple[int, int], int] = {}
    for record in records:
        for namespace, values in sorted(held.get(record, {}).items()):
            for value in sorted(values):
                a, b = sorted((_root(owner, first.setdefault((namespace, value), record)), _root(owner, record)))
                if a != b and groups.obstacle(a, b) is None:
                    groups.unite(a, b)
                    owner[b] = a
    return owner, groups


def _reasons(pairs: Pairs, chosen: Longs, owner: dict[int, int], groups: _Groups, bounds: Bounds) -> dict[int, str]:
    """Say of each pair at or above the cut that lies across two groups why they were not joined."""
    found = {}
    for position in chosen[pairs.weights[chosen] >= bounds.cut].tolist():
        a, b = _root(owner, int(pairs.left[position])), _root(owner, int(pairs.right[position]))
        if a != b:
            found[position] = groups.obstacle(a, b) or AVERAGE
    return found


def _root(owner: dict[int, int], record: int) -> int:
    while owner[record] != record:
        record = owner[record]
    return record


def _held_ids(ids: UniqueIds) -> dict[int, dict[int, set[int]]]:
    held: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for record, namespace, value in zip(ids.records.tolist(), ids.namespaces.tolist(), ids.values.tolist(), strict=True):
        held[record][namespace].add(value)
    return held


def _runs(positions: Longs, labels: Longs) -> Iterator[Longs]:
    """Yield the positions of each run of equal labels."""
    edges: Sequence[int] = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    yield from (positions[start:end] for start, end in pairwise(edges) if end > start)
