"""The chain of evidence between two identifiers, found."""

from __future__ import annotations

import datetime as dt

from crosschannel.identity.path import Link, shortest_path

DAY = dt.datetime(2026, 1, 5)


def link(left: int, right: int, events: int = 1, rule: str = "email+phone") -> Link:
    return Link(left, right, rule, events, DAY, DAY, ("shop",))


def test_the_chain_has_the_fewest_links() -> None:
    links = [link(1, 2, 99), link(2, 3, 99), link(3, 4, 99), link(1, 5), link(4, 5)]
    assert shortest_path(links, 1, 4) == [link(1, 5), link(4, 5)]


def test_of_equally_short_chains_the_one_with_most_events_is_told_in_any_order() -> None:
    links = [link(1, 2, 3), link(2, 4, 3), link(1, 3, 5), link(3, 4, 2)]
    assert shortest_path(links, 1, 4) == shortest_path(links[::-1], 1, 4) == [link(1, 3, 5), link(3, 4, 2)]


def test_no_way_is_told_apart_from_an_empty_one() -> None:
    assert shortest_path([link(1, 2)], 1, 3) is None
    assert shortest_path([], 1, 1) == []
