"""Slow, plain answers to compare the fast ones with: no NumPy, no Spark, straight from the definitions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from itertools import combinations


def components(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Label each node with the smallest node it is connected to, by walking the graph."""
    neighbours: dict[int, set[int]] = defaultdict(set)
    for left, right in pairs:
        neighbours[left].add(right)
        neighbours[right].add(left)
    labels: dict[int, int] = {}
    for start in sorted(neighbours):
        waiting = [] if start in labels else [start]
        while waiting:
            node = waiting.pop()
            if node not in labels:
                labels[node] = start
                waiting += neighbours[node]
    return labels


def constrained_groups(
    nodes: Mapping[int, tuple[int, int]],
    edges: Sequence[tuple[int, int, int, int, int, bool]],
    *,
    limits: Sequence[int],
    weak_limits: Sequence[int],
    weak_share_percent: int,
    max_size: int,
    vetoes: Sequence[tuple[int, int]] = (),
    forgotten: Collection[int] = (),
) -> set[frozenset[int]]:
    """Join groups edge by edge, strongest first, recounting each union from scratch.

    ``nodes`` gives namespace code and events of each; ``edges`` are (left, right, records, first day, last day, whether inferred).
    ``forgotten`` nodes were last seen before the window of their namespace.
    """
    group = {node: frozenset([node]) for node in nodes}

    def strength(edge: tuple[int, int, int, int, int, bool]) -> tuple[int, ...]:
        left, right, records, _, last, inferred = edge
        codes = sorted((nodes[left][0], nodes[right][0]))
        return (inferred, -records, *codes, -last, min(left, right), max(left, right))

    for left, right, records, first, last, _ in sorted(edges, key=strength):
        union = group[left] | group[right]
        held = Counter(nodes[n][0] for n in union if n not in forgotten)
        is_weak = first == last and records / min(nodes[left][1], nodes[right][1]) < weak_share_percent / 100
        permitted = weak_limits if is_weak else limits
        is_apart = any(a in union and b in union for a, b in vetoes)
        if not is_apart and len(union) <= max_size and all(held[code] <= permitted[code] for code in held):
            for node in union:
                group[node] = union
    return set(group.values())


def pairwise(customer: Mapping[Hashable, Hashable], person: Mapping[Hashable, Hashable]) -> tuple[float, float, float]:
    """Compare every pair of items: precision, recall and F1 of "same customer" against "same person"."""
    both = said = true = 0
    for a, b in combinations(customer, 2):
        together, belong = customer[a] == customer[b], person[a] == person[b]
        both, said, true = both + (together and belong), said + together, true + belong
    precision, recall = both / said if said else 1.0, both / true if true else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def b_cubed(customer: Mapping[Hashable, Hashable], person: Mapping[Hashable, Hashable]) -> tuple[float, float, float]:
    """Average over items the share of its customer that is its person, and of its person that is its customer."""
    precisions, recalls = [], []
    for item in customer:
        customers = {i for i in customer if customer[i] == customer[item]}
        persons = {i for i in person if person[i] == person[item]}
        precisions.append(len(customers & persons) / len(customers))
        recalls.append(len(customers & persons) / len(persons))
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return precision, recall, 2 * precision * recall / (precision + recall)


def auc(scored: Sequence[tuple[float, int]]) -> float:
    """Count how often a positive scores above a negative; ties count half."""
    positives, negatives = [s for s, y in scored if y], [s for s, y in scored if not y]
    wins = sum((p > n) + 0.5 * (p == n) for p in positives for n in negatives)
    return wins / (len(positives) * len(negatives))


def adjusted_rand(labels: Sequence[Hashable], truth: Sequence[Hashable]) -> float:
    """Adjusted Rand index by looking at every pair of items."""
    together = apart = said = true = 0
    for (a, x), (b, y) in combinations(zip(labels, truth, strict=True), 2):
        together, said, true, apart = together + (a == b and x == y), said + (a == b), true + (x == y), apart + 1
    expected = said * true / apart
    return (together - expected) / ((said + true) / 2 - expected)
