"""The shortest chain of evidence between two identifiers. Pure Python over the links around them."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Link:
    """An edge of the identity graph."""

    left: int
    right: int
    rule: str
    events: int
    first: datetime
    last: datetime
    sources: tuple[str, ...]

    def other(self, end: int) -> int:
        """Return the end across."""
        return self.right if end == self.left else self.left


def shortest_path(links: Iterable[Link], start: int, end: int) -> list[Link] | None:
    """Return the links from ``start`` to ``end``: fewest hops, then most events, then smallest keys; ``None`` if there is no way."""
    around: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        around[link.left].append(link)
        around[link.right].append(link)
    waiting: list[tuple[int, int, tuple[int, ...], tuple[str, ...], list[Link]]] = [(0, 0, (start,), (), [])]
    seen: set[int] = set()
    while waiting:
        hops, events, nodes, rules, path = heapq.heappop(waiting)
        node = nodes[-1]
        if node == end:
            return path
        if node in seen:
            continue
        seen.add(node)
        for link in around[node]:
            if (across := link.other(node)) not in seen:
                heapq.heappush(waiting, (hops + 1, events - link.events, (*nodes, across), (*rules, link.rule), [*path, link]))
    return None
