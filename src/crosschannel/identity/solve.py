"""Split components into customers: strongest links first, none that breaks a rule.

Pure NumPy, no Spark. A component is worked like a maximum spanning tree (Kruskal): edges in one
total order, each joining two groups unless the joined group would break a rule. Components in
which no rule can be broken take the compiled path, which gives the same tree.

Order of edges, strongest first: decided by people, then seen on single events before inferred from
a device, then more events, then stronger namespaces, then later, then keys.

Rules, for the group an edge would make:

- no pair that people declared to be two persons;
- no namespace above its ``limit`` (one person has one CRM row), unless people decided the edge;
- no namespace above its ``weak_limit`` if the edge is weak: seen on one day only, in a small share
  of the events of either end;
- no more than ``max_size`` identifiers.

Limits look at the identifiers that were seen inside the window of their namespace; sizes at all.

Groups only grow, so a refused edge stays refused and the outcome depends
on the edges alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree

MICROS_PER_DAY = 86_400_000_000

Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rules:
    """Limits by namespace code; code 0 is the strongest namespace."""

    limits: tuple[int, ...]
    weak_limits: tuple[int, ...]
    weak_share_percent: int
    max_size: int


@dataclass(frozen=True)
class Graph:
    """Nodes, and edges between their positions."""

    keys: Longs  # node_key, unique
    codes: Longs  # namespace code
    first_seen: Longs  # microseconds
    events: Longs  # events that carried the identifier
    counted: Flags  # seen inside the window of its namespace: it counts against limits
    left: Longs  # position of one end
    right: Longs
    records: Longs  # events behind the edge
    since: Longs  # first of them, microseconds
    until: Longs  # last of them
    inferred: Flags  # no single event carried both ends
    decided: Flags  # people said that both ends are one person
    vetoes: Longs  # pairs of positions that people said are two persons, one a row


@dataclass(frozen=True)
class Solution:
    """Per node, as positions.

    Attributes
    ----------
    anchor
        Anchor of its group.
    evidence
        Neighbour through which it joined, -1 for the anchor itself.
    exact
        Anchor of the part of the group that single events and decisions hold together alone.
    """

    anchor: Longs
    evidence: Longs
    exact: Longs


def solve(graph: Graph, rules: Rules) -> Solution:
    """Group the nodes of a graph under the rules; see the module for order and rules."""
    rank = _rank(graph)
    labels = _labels(graph, np.ones(len(graph.left), dtype=np.bool_))
    is_free = ~_may_break(graph, rules, labels)[labels[graph.left]] if len(graph.left) else np.zeros(0, dtype=np.bool_)
    tree = _spanning_tree(graph, rank, is_free) | _constrained_tree(graph, rules, rank, ~is_free)
    groups, parts = _labels(graph, tree), _labels(graph, tree & ~graph.inferred)
    anchors = _anchors(graph, groups)
    return Solution(anchors[groups], parents_of(graph, tree, anchors), _anchors(graph, parts)[parts])


def _rank(graph: Graph) -> Longs:
    ends = graph.keys[graph.left], graph.keys[graph.right]
    codes = graph.codes[graph.left], graph.codes[graph.right]
    order = np.lexsort(
        (np.maximum(*ends), np.minimum(*ends), -graph.until, np.maximum(*codes), np.minimum(*codes), -graph.records, graph.inferred, ~graph.decided)
    )  # the last key of lexsort is the first to decide
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _labels(graph: Graph, used: Flags) -> Longs:
    size = len(graph.keys)
    ends = graph.left[used], graph.right[used]
    matrix = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(size, size))
    return np.asarray(connected_components(matrix, directed=False)[1], dtype=np.int64)


def _may_break(graph: Graph, rules: Rules, labels: Longs) -> Flags:
    """Say of each component whether any of its subsets could break a rule."""
    counts = np.zeros((labels.max() + 1, len(rules.limits)), dtype=np.int64)
    np.add.at(counts, (labels, graph.codes), graph.counted)
    tightest = np.minimum(rules.limits, rules.weak_limits)
    is_tight: Flags = (counts > tightest).any(axis=1) | (np.bincount(labels) > rules.max_size)
    is_tight[labels[graph.vetoes.ravel()]] = True
    return is_tight


def _spanning_tree(graph: Graph, rank: Longs, is_free: Flags) -> Flags:
    """Flag the edges of the maximum spanning forest over the edges no rule can refuse."""
    chosen = np.flatnonzero(is_free)
    size = len(graph.keys)
    weights = (rank[chosen] + 1).astype(np.float64)  # ranks are whole and below 2^53, so the tree is exact
    forest = minimum_spanning_tree(coo_array((weights, (graph.left[chosen], graph.right[chosen])), shape=(size, size)).tocsr())
    used = np.zeros(len(rank), dtype=np.bool_)
    used[np.argsort(rank)[forest.data.astype(np.int64) - 1]] = True
    return used


def _constrained_tree(graph: Graph, rules: Rules, rank: Longs, is_bound: Flags) -> Flags:
    """Flag the edges a union-find accepts that refuses every union breaking a rule."""
    used = np.zeros(len(rank), dtype=np.bool_)
    forest, weak = _Forest(graph, rules), _is_weak(graph, rules)
    chosen = np.flatnonzero(is_bound)
    for edge in chosen[np.argsort(rank[chosen])].tolist():
        limits = None if graph.decided[edge] else rules.weak_limits if weak[edge] else rules.limits
        used[edge] = forest.join(int(graph.left[edge]), int(graph.right[edge]), limits)
    return used


def _is_weak(graph: Graph, rules: Rules) -> Flags:
    """Flag edges that may be one slip: a stranger's address typed at a till once."""
    on_one_day = graph.since // MICROS_PER_DAY == graph.until // MICROS_PER_DAY
    fewer = np.minimum(graph.events[graph.left], graph.events[graph.right])
    return np.asarray(on_one_day & (graph.records * 100 < rules.weak_share_percent * fewer))


class _Forest:
    """Union-find whose groups know how many identifiers of each namespace they hold, and whom they may not meet."""

    def __init__(self, graph: Graph, rules: Rules) -> None:
        self._rules = rules
        self._codes, self._counted = graph.codes, graph.counted
        self._parent: dict[int, int] = {}
        self._held: dict[int, list[int]] = {}
        self._barred: dict[int, set[int]] = {}
        for left, right in graph.vetoes.tolist():
            self._barred.setdefault(left, set()).add(right)
            self._barred.setdefault(right, set()).add(left)

    def join(self, left: int, right: int, limits: tuple[int, ...] | None) -> bool:
        """Unite two groups; False if they are one already or a rule refuses. ``None`` lifts the limits."""
        a, b = self._root(left), self._root(right)
        if a == b or any(self._root(x) == b for x in self._barred.get(a, ())):
            return False
        ours, theirs = self._counts(a), self._counts(b)
        if ours[-1] + theirs[-1] > self._rules.max_size:
            return False
        if limits is not None and any(map(self._is_over, ours, theirs, limits, self._rules.limits)):  # map ends with the limits, before the size
            return False
        self._parent[b], self._held[a] = a, [x + y for x, y in zip(ours, theirs, strict=True)]
        if b in self._barred:
            self._barred.setdefault(a, set()).update(self._barred[b])
        return True

    @staticmethod
    def _is_over(ours: int, theirs: int, limit: int, hard_limit: int) -> bool:
        """Tell whether a namespace holds too much; what people put above its limit admits groups that hold none of it."""
        return ours + theirs > limit and (max(ours, theirs) <= hard_limit or bool(ours and theirs))

    def _root(self, node: int) -> int:
        while (parent := self._parent.setdefault(node, node)) != node:
            self._parent[node] = self._parent[parent]  # halve the path
            node = parent
        return node

    def _counts(self, root: int) -> list[int]:
        """Return the counted identifiers of a group by namespace, and last its size."""
        if root not in self._held:
            self._held[root] = [*[0] * len(self._rules.limits), 1]
            self._held[root][int(self._codes[root])] = int(self._counted[root])
        return self._held[root]


def _anchors(graph: Graph, groups: Longs) -> Longs:
    """Return each group's strongest, then earliest, then smallest node."""
    order = np.lexsort((graph.keys, graph.first_seen, graph.codes, groups))
    return order[np.unique(groups[order], return_index=True)[1]]


def parents_of(graph: Graph, tree: Flags, anchors: Longs) -> Longs:
    """Walk the tree from all anchors at once and return the node each other node was reached from."""
    source = len(graph.keys)  # one node above all anchors makes it a single walk
    left = np.concatenate([graph.left[tree], np.full(len(anchors), source)])
    right = np.concatenate([graph.right[tree], anchors])
    matrix = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(source + 1, source + 1)).tocsr()
    reached_from = breadth_first_order(matrix, source, directed=False)[1][:source].astype(np.int64)
    return np.where(reached_from == source, -1, reached_from)
