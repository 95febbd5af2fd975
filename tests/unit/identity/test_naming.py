"""Who keeps which id when customers meet, part or vanish."""

from __future__ import annotations

import numpy as np
import pytest

from crosschannel.contracts.customers import GONE, MERGE, RETIRE, SPLIT, UNITED
from crosschannel.identity.naming import Overlap, customer_id, settle_names


def overlap(old: str, anchor: int | None, weight: int, first_seen: int = 0, identifiers: int = 1) -> Overlap:
    return Overlap(old, anchor, weight, first_seen, identifiers)


def test_of_customers_that_unite_the_one_with_most_overlap_goes_on_and_the_others_point_to_it() -> None:
    naming = settle_names([overlap("a", 1, 100), overlap("b", 1, 1100)], {})
    assert naming.names == {1: "b"}
    assert naming.heirs == {"a": "b"}
    assert [(h.event_type, h.customer_id, h.others, h.reason) for h in naming.happenings] == [(MERGE, "b", ("a",), UNITED), (RETIRE, "a", ("b",), UNITED)]


def test_of_the_parts_of_a_customer_the_larger_keeps_the_id_and_the_other_gets_one_never_used() -> None:
    naming = settle_names([overlap("a", 1, 100), overlap("a", 2, 300)], {1: 1})
    assert naming.names == {1: customer_id(1, 1), 2: "a"}
    assert naming.minted == {1}
    assert [(h.event_type, h.customer_id, h.others) for h in naming.happenings] == [(SPLIT, "a", (customer_id(1, 1),))]


def test_ties_go_to_the_older_then_to_the_smaller_id() -> None:
    assert settle_names([overlap("a", 1, 100, 9), overlap("b", 1, 100, 5)], {}).names == {1: "b"}
    assert settle_names([overlap("b", 1, 100, 5), overlap("a", 1, 100, 5)], {}).names == {1: "a"}


def test_an_id_whose_best_part_is_taken_goes_on_with_the_next() -> None:
    pairs = [overlap("a", 1, 900), overlap("b", 1, 500), overlap("b", 2, 100)]
    assert settle_names(pairs, {}).names == {1: "a", 2: "b"}


def test_a_customer_of_which_nothing_is_left_retires_without_an_heir() -> None:
    naming = settle_names([overlap("a", None, 100, identifiers=3)], {})
    assert naming.heirs == {"a": None}
    assert naming.happenings[0].reason == GONE
    assert naming.moved == 0


def test_what_is_left_of_a_customer_keeps_its_id() -> None:
    naming = settle_names([overlap("a", None, 900), overlap("a", 5, 1)], {})
    assert (naming.names, naming.heirs) == ({5: "a"}, {})


def test_moves_count_identifiers_that_bear_another_id() -> None:
    naming = settle_names([overlap("a", 1, 100, identifiers=4), overlap("b", 1, 1100, identifiers=2)], {})
    assert naming.moved == 4


@pytest.mark.parametrize("seed", range(30))
def test_random_changes_give_each_customer_one_id_in_any_order_and_each_old_id_one_fate(seed: int) -> None:
    random = np.random.default_rng(seed)
    pairs = {(int(o), int(n)) for o, n in random.integers(0, 12, (30, 2))}
    given = [overlap(f"o{o}", n or None, int(random.integers(1, 4)), int(random.integers(0, 2))) for o, n in sorted(pairs)]
    one, other = settle_names(given, {}), settle_names([given[i] for i in random.permutation(len(given))], {})
    assert one == other
    anchors = {o.anchor for o in given} - {None}
    assert set(one.names) == anchors
    assert len(set(one.names.values())) == len(anchors)
    for old in {o.customer_id for o in given}:
        assert (old in one.names.values()) != (old in one.heirs)
    assert all(heir is None or heir in one.names.values() for heir in one.heirs.values())


def test_an_id_of_a_later_generation_differs_from_the_first() -> None:
    assert len({customer_id(7, 0), customer_id(7, 1), customer_id(8, 0)}) == 3
