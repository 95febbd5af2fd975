"""Since when an identifier is known to belong to its customer."""

from __future__ import annotations

import numpy as np
import pytest

from crosschannel.identity.dating import known_since
from crosschannel.identity.solve import MICROS_PER_DAY, solve
from tests.support import oracles
from tests.unit.identity.test_solve import CRM, EMAIL, PHONE, RULES, graph


def days(given, groups) -> list[int]:
    return (known_since(given, groups) // MICROS_PER_DAY).tolist()


def test_each_identifier_belongs_since_the_links_seen_by_then_lead_to_the_oldest_one() -> None:
    # 1 is oldest; 3 is tied to 2 early, but only the link of day 9 ties both to 1
    codes = {1: EMAIL, 2: PHONE, 3: PHONE}
    seen = {1: 0, 2: 3 * MICROS_PER_DAY, 3: 4 * MICROS_PER_DAY}
    given = graph(codes, [(2, 3, 5, 4, 20), (1, 2, 5, 9, 20), (1, 3, 5, 12, 20)], first_seen=seen)
    assert days(given, np.zeros(3, dtype=np.int64)) == [0, 9, 9]


def test_a_stronger_identifier_that_turns_up_later_takes_nothing_from_the_older_ones() -> None:
    codes = {1: CRM, 2: EMAIL}
    given = graph(codes, [(1, 2, 5, 30, 40)], first_seen={1: 30 * MICROS_PER_DAY, 2: 0})
    assert days(given, solve(given, RULES).anchor) == [30, 0]


def test_links_to_other_customers_date_nothing() -> None:
    codes = {1: CRM, 2: PHONE, 3: CRM}
    given = graph(codes, [(1, 2, 9, 5, 9), (2, 3, 1, 0, 1)], first_seen={1: 5 * MICROS_PER_DAY, 2: 0})
    assert days(given, np.array([0, 0, 1])) == [5, 0, 0]


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_are_dated_as_by_adding_links_day_by_day(seed: int) -> None:
    random = np.random.default_rng(seed)
    size = 60
    ends = sorted({tuple(sorted(random.choice(size, 2, replace=False).tolist())) for _ in range(int(random.integers(20, 120)))})
    since = {pair: int(random.integers(0, 30)) for pair in ends}
    first = {node: min((since[p] for p in ends if node in p), default=int(random.integers(0, 30))) for node in range(size)}
    given = graph(dict.fromkeys(range(size), EMAIL), [(a, b, 1, since[a, b], 40) for a, b in ends], first_seen={n: d * MICROS_PER_DAY for n, d in first.items()})
    label = oracles.components(ends)
    groups = np.array([label.get(node, node) for node in range(size)])
    expected = []
    for node in range(size):
        root = min((n for n in range(size) if groups[n] == groups[node]), key=lambda n: (first[n], n))
        met = (d for d in range(41) if node == root or oracles.components([p for p in ends if since[p] <= d]).get(node) == oracles.components([p for p in ends if since[p] <= d]).get(root, -1))
        expected.append(max(first[node], next(met)) if node != root else first[root])
    assert days(given, groups) == expected
