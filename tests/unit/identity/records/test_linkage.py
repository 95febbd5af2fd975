"""Records are joined by the mean evidence between groups, under constraints, whatever their order."""

import random

import numpy as np
import pytest

from crosschannel.identity.components import label_components
from crosschannel.identity.records.linkage import AVERAGE, MICROBITS, SIZE, UNIQUE_ID, Bounds, Pairs, UniqueIds, link

Edge = tuple[int, int, float]
NO_IDS: list[tuple[int, int, int]] = []
TRIANGLES = [(0, 1, 9), (0, 2, 9), (1, 2, 9), (3, 4, 9), (3, 5, 9), (4, 5, 9)]


def groups(edges: list[Edge], ids: list[tuple[int, int, int]] = NO_IDS, *, max_size: int = 64) -> tuple[set[frozenset[int]], dict[Edge, str]]:
    ordered = sorted(edges)
    count = 1 + max(right for _, right, _ in ordered)
    left, right = (np.array([e[i] for e in ordered], dtype=np.int64) for i in (0, 1))
    weights = np.array([round(w * MICROBITS) for *_, w in ordered], dtype=np.int64)
    pairs, unique = Pairs(left, right, weights), np.array(ids, dtype=np.int64).reshape(-1, 3)
    linked = link(pairs, UniqueIds(*unique.T), np.zeros(count, dtype=np.int64), Bounds(0, 3 * MICROBITS, max_size))
    nodes, labels = label_components(left[linked.carries], right[linked.carries])
    found = {frozenset(nodes[labels == label].tolist()) for label in set(labels.tolist())}
    assert linked.carries.sum() == sum(len(g) - 1 for g in found)  # a tree of each group
    return found, {ordered[place]: reason for place, reason in linked.refused.items()}


def test_one_slip_between_two_families_joins_nobody() -> None:
    found, refused = groups([*TRIANGLES, (2, 3, 8)])
    assert found == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}
    assert refused == {(2, 3, 8): AVERAGE}


def test_a_messy_record_is_joined_by_what_speaks_for_it() -> None:
    found, refused = groups([(0, 1, 9), (1, 2, 12), (0, 2, -15)])
    assert found == {frozenset({0, 1, 2})}  # a pair speaks against by 3 bits at most
    assert not refused


def test_a_pair_no_key_found_speaks_against() -> None:
    assert groups([(0, 1, 2), (1, 2, 2)])[0] == {frozenset({0, 1})}
    assert groups([(0, 1, 4), (1, 2, 4)])[0] == {frozenset({0, 1, 2})}


def test_conflicting_unique_identifiers_keep_records_apart() -> None:
    found, refused = groups([(0, 1, 30), (1, 2, 20)], [(0, 7, 100), (2, 7, 200)])
    assert found == {frozenset({0, 1})}
    assert refused == {(1, 2, 20): UNIQUE_ID}


def test_the_same_unique_identifier_holds_records_together() -> None:
    found, _ = groups([(0, 1, 9), (2, 3, 9), (0, 2, -20), (1, 3, -20)], [(0, 7, 100), (2, 7, 100)])
    assert {frozenset({0, 1}), frozenset({2, 3})} == found  # joined by the identifier itself, not by a pair
    assert groups([(0, 1, 9), (2, 3, 9), (1, 3, 9)], [(0, 7, 1), (2, 7, 1), (1, 8, 1), (3, 8, 2)])[1] == {(1, 3, 9): UNIQUE_ID, (2, 3, 9): UNIQUE_ID}


def test_no_person_grows_above_the_largest_size() -> None:
    found, refused = groups([(0, 1, 9), (0, 2, 8), (1, 2, 8)], max_size=2)
    assert found == {frozenset({0, 1})}
    assert set(refused.values()) == {SIZE}


@pytest.mark.parametrize("seed", range(20))
def test_the_groups_do_not_depend_on_how_records_are_numbered(seed: int) -> None:
    rng = random.Random(seed)
    count = 12
    weights = rng.sample(range(-60, 120), k=66)  # no two alike, so that names decide nothing
    edges = [(a, b, weights.pop() / 7) for a in range(count) for b in range(a + 1, count)]
    chosen = [e for e in edges if rng.random() < 0.5] or edges
    expected = groups(chosen)[0]
    names = rng.sample(range(count), k=count)
    renamed = [(min(names[a], names[b]), max(names[a], names[b]), w) for a, b, w in chosen]
    assert groups(renamed)[0] == {frozenset(names[r] for r in group) for group in expected}
