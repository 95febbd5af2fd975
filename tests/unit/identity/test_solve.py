"""Components become customers: strongest links first, none that breaks a rule."""

from __future__ import annotations

import numpy as np
import pytest

from crosschannel.identity.solve import MICROS_PER_DAY, Graph, Rules, Solution, solve
from tests.support import oracles

CRM, LOYALTY, EMAIL, PHONE = range(4)
RULES = Rules(limits=(1, 1, 3, 3), weak_limits=(1, 1, 1, 3), weak_share_percent=50, max_size=8)
Edge = tuple[int, int, int, int, int]  # left, right, records, first and last day


def graph(
    codes: dict[int, int],
    edges: list[Edge],
    *,
    first_seen: dict[int, int] | None = None,
    events: dict[int, int] | None = None,
    inferred: set[tuple[int, int]] | None = None,
    decided: set[tuple[int, int]] | None = None,
    vetoes: list[tuple[int, int]] | None = None,
    forgotten: set[int] | None = None,
) -> Graph:
    keys = np.array(sorted(codes), dtype=np.int64)
    left, right, records, first, last = np.array(edges, dtype=np.int64).reshape(-1, 5).T

    def of_nodes(values: dict[int, int] | None, default: int) -> np.ndarray:
        return np.array([(values or {}).get(int(k), default) for k in keys], dtype=np.int64)

    return Graph(
        keys=keys,
        codes=of_nodes(codes, 0),
        first_seen=of_nodes(first_seen, 0),
        events=of_nodes(events, 10),
        counted=np.array([int(k) not in (forgotten or set()) for k in keys], dtype=np.bool_),
        left=np.searchsorted(keys, left),
        right=np.searchsorted(keys, right),
        records=records,
        since=first * MICROS_PER_DAY + 5,
        until=last * MICROS_PER_DAY + 9,
        inferred=np.array([(a, b) in (inferred or set()) for a, b, *_ in edges], dtype=np.bool_),
        decided=np.array([(a, b) in (decided or set()) for a, b, *_ in edges], dtype=np.bool_),
        vetoes=np.searchsorted(keys, np.array(vetoes or [], dtype=np.int64).reshape(-1, 2)),
    )


def groups(solution: Solution, codes: dict[int, int]) -> set[frozenset[int]]:
    keys = sorted(codes)
    return {frozenset(k for k, a in zip(keys, solution.anchor, strict=True) if a == anchor) for anchor in set(solution.anchor)}


def test_a_chain_within_the_limits_is_one_customer() -> None:
    codes = {1: CRM, 2: EMAIL, 3: PHONE}
    assert groups(solve(graph(codes, [(1, 2, 1, 0, 0), (2, 3, 1, 0, 0)]), RULES), codes) == {frozenset(codes)}


def test_two_crm_rows_never_share_a_customer_and_the_stronger_link_keeps_the_email() -> None:
    codes = {1: CRM, 2: CRM, 3: EMAIL}
    assert groups(solve(graph(codes, [(1, 3, 1, 0, 0), (2, 3, 9, 0, 1)]), RULES), codes) == {frozenset({1}), frozenset({2, 3})}


def test_a_recycled_phone_stays_with_the_later_of_two_equal_owners() -> None:
    codes = {1: CRM, 2: CRM, 3: PHONE}
    assert groups(solve(graph(codes, [(1, 3, 5, 0, 100), (2, 3, 5, 100, 200)]), RULES), codes) == {frozenset({1}), frozenset({2, 3})}


def test_a_link_of_one_day_does_not_join_two_groups_that_each_hold_an_email() -> None:
    codes = {1: EMAIL, 2: PHONE, 3: EMAIL}
    assert len(groups(solve(graph(codes, [(1, 2, 5, 0, 9), (2, 3, 1, 0, 0)]), RULES), codes)) == 2


def test_a_link_of_two_days_does() -> None:
    codes = {1: EMAIL, 2: PHONE, 3: EMAIL}
    assert len(groups(solve(graph(codes, [(1, 2, 5, 0, 9), (2, 3, 2, 0, 1)]), RULES), codes)) == 1


def test_a_link_of_one_day_does_if_it_makes_up_half_the_life_of_one_end() -> None:
    codes = {1: EMAIL, 2: PHONE, 3: EMAIL}
    edges = [(1, 2, 5, 0, 9), (2, 3, 1, 0, 0)]
    assert len(groups(solve(graph(codes, edges, events={3: 2}), RULES), codes)) == 1
    assert len(groups(solve(graph(codes, edges, events={3: 3}), RULES), codes)) == 2


def test_what_one_event_shows_outranks_what_a_device_suggests() -> None:
    codes = {1: CRM, 2: CRM, 3: EMAIL}
    given = graph(codes, [(1, 3, 9, 0, 5), (2, 3, 1, 0, 0)], inferred={(1, 3)})
    assert groups(solve(given, RULES), codes) == {frozenset({1}), frozenset({2, 3})}


def test_what_people_decided_holds_against_a_limit_and_takes_what_adds_nothing_to_it() -> None:
    codes = {1: CRM, 2: CRM, 3: EMAIL, 4: CRM}
    edges = [(1, 2, 0, 9, 9), (2, 3, 5, 0, 5), (3, 4, 4, 0, 5)]
    given = graph(codes, edges, decided={(1, 2)})
    assert groups(solve(given, RULES), codes) == {frozenset({1, 2, 3}), frozenset({4})}


def test_two_persons_by_decision_stay_apart_along_any_path() -> None:
    codes = {1: EMAIL, 2: PHONE, 3: PHONE, 4: EMAIL}
    edges = [(1, 2, 9, 0, 5), (2, 3, 8, 0, 5), (3, 4, 7, 0, 5)]
    assert len(groups(solve(graph(codes, edges), RULES), codes)) == 1
    given = graph(codes, edges, vetoes=[(1, 4)])
    assert groups(solve(given, RULES), codes) == {frozenset({1, 2, 3}), frozenset({4})}


def test_a_veto_outweighs_a_join() -> None:
    codes = {1: EMAIL, 2: EMAIL}
    given = graph(codes, [(1, 2, 0, 0, 0)], decided={(1, 2)}, vetoes=[(1, 2)])
    assert len(groups(solve(given, RULES), codes)) == 2


def test_no_customer_grows_beyond_the_largest_size() -> None:
    codes = dict.fromkeys(range(1, 21), PHONE)
    star = [(1, n, 1, 0, 1) for n in range(2, 21)]
    rules = Rules(limits=(99,) * 4, weak_limits=(99,) * 4, weak_share_percent=0, max_size=8)
    assert max(map(len, groups(solve(graph(codes, star), rules), codes))) == 8


def test_an_identifier_outside_its_window_takes_no_place_of_its_namespace() -> None:
    codes = {1: CRM, 2: EMAIL, 3: CRM}
    edges = [(1, 2, 5, 0, 9), (2, 3, 4, 0, 9)]
    assert len(groups(solve(graph(codes, edges), RULES), codes)) == 2
    assert len(groups(solve(graph(codes, edges, forgotten={1}), RULES), codes)) == 1


def test_an_identifier_outside_its_window_is_part_of_the_size() -> None:
    codes = dict.fromkeys(range(1, 21), PHONE)
    given = graph(codes, [(1, n, 1, 0, 1) for n in range(2, 21)], forgotten=set(codes))
    assert max(map(len, groups(solve(given, RULES), codes))) == 8


def test_the_anchor_is_the_strongest_then_earliest_then_smallest_node() -> None:
    codes = {1: PHONE, 2: EMAIL, 3: EMAIL, 4: EMAIL}
    edges = [(1, 2, 2, 0, 1), (1, 3, 2, 0, 1), (1, 4, 2, 0, 1)]
    solution = solve(graph(codes, edges, first_seen={2: 7, 3: 5, 4: 5}), RULES)
    assert set(solution.anchor) == {2}  # position of key 3


def test_evidence_leads_back_to_the_anchor_through_the_strongest_edges() -> None:
    codes = {1: CRM, 2: EMAIL, 3: PHONE}
    solution = solve(graph(codes, [(1, 2, 9, 0, 1), (1, 3, 1, 0, 1), (2, 3, 4, 0, 1)]), RULES)
    assert solution.evidence.tolist() == [-1, 0, 1]


def test_an_empty_graph_has_no_customers() -> None:
    assert len(solve(graph({}, []), RULES).anchor) == 0


def test_the_exact_part_of_a_customer_is_what_holds_together_without_inferred_links() -> None:
    codes = {1: CRM, 2: EMAIL, 3: EMAIL, 4: PHONE}
    given = graph(codes, [(1, 2, 3, 0, 1), (2, 3, 9, 0, 1), (3, 4, 3, 0, 1)], inferred={(2, 3)})
    solution = solve(given, RULES)
    assert solution.anchor.tolist() == [0, 0, 0, 0]
    assert solution.exact.tolist() == [0, 0, 2, 2]


def test_isolated_nodes_are_their_own_anchors() -> None:
    assert solve(graph({5: EMAIL, 9: EMAIL}, []), RULES).anchor.tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs_give_the_groups_of_the_plain_oracle_in_any_order(seed: int) -> None:
    random = np.random.default_rng(seed)
    codes = {int(k): int(c) for k, c in zip(random.permutation(500)[:120], random.integers(0, 4, 120), strict=True)}
    keys = sorted(codes)
    ends = {tuple(sorted(random.choice(keys, 2, replace=False).tolist())) for _ in range(int(random.integers(20, 200)))}
    first = {pair: int(random.integers(0, 5)) for pair in ends}
    edges = [(a, b, int(random.integers(1, 6)), first[a, b], first[a, b] + int(random.integers(0, 2))) for a, b in sorted(ends)]
    events = {key: int(random.integers(3, 12)) for key in keys}
    inferred = {pair for pair in ends if random.random() < 0.3}
    vetoes = [tuple(random.choice(keys, 2, replace=False).tolist()) for _ in range(seed % 4 * 3)]
    forgotten = {key for key in keys if random.random() < seed % 3 * 0.2}
    shuffled = [edges[i] for i in random.permutation(len(edges))]
    expected = oracles.constrained_groups(
        {key: (codes[key], events[key]) for key in keys}, [(*edge, edge[:2] in inferred) for edge in edges],
        limits=(1, 1, 3, 3), weak_limits=(1, 1, 1, 3), weak_share_percent=50, max_size=8, vetoes=vetoes, forgotten=forgotten,
    )  # fmt: skip
    one, other = (solve(graph(codes, e, events=events, inferred=inferred, vetoes=vetoes, forgotten=forgotten), RULES) for e in (edges, shuffled))
    assert groups(one, codes) == expected
    assert one.anchor.tolist() == other.anchor.tolist()
    assert one.evidence.tolist() == other.evidence.tolist()
