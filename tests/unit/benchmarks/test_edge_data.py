"""The generated graphs are what the page says they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.edge_data import added_graph, edge_graph, write_edges
from crosschannel.contracts.silver import IdentityEdges
from crosschannel.identity.components import label_components


@pytest.mark.parametrize("edges", [1_000, 30_001])
def test_a_graph_has_exactly_the_edges_asked_for_and_is_the_same_again(edges: int) -> None:
    one, other = edge_graph(edges), edge_graph(edges)
    assert len(one.left) == len(one.right) == edges
    assert np.array_equal(one.keys[one.left], other.keys[other.left])
    assert len(np.unique(one.keys)) == one.nodes


def test_every_node_has_an_edge() -> None:
    graph = edge_graph(20_000)
    assert np.array_equal(np.unique(np.concatenate([graph.left, graph.right])), np.arange(graph.nodes)), "a peer would count the others as components"


def test_components_are_a_persons_identifiers_with_a_long_tail() -> None:
    graph = edge_graph(60_000)
    sizes = np.unique(label_components(graph.keys[graph.left], graph.keys[graph.right])[1], return_counts=True)[1]
    assert 5 < sizes.mean() < 7
    assert np.percentile(sizes, 99) < 20 < sizes.max()


def test_a_delta_links_new_addresses_to_known_nodes_and_brings_new_people() -> None:
    graph = edge_graph(20_000)
    added = added_graph(graph, 2_000)
    known = np.isin(added.keys, graph.keys)
    assert len(added.left) == 2_000
    assert known.sum() == 1_000
    assert not known[added.right[:1_000]].any()


def test_written_edges_have_their_smaller_key_first(tmp_path: Path) -> None:
    write_edges(edge_graph(1_000), tmp_path / "edges.parquet")
    table = pq.read_table(tmp_path / "edges.parquet")
    left, right = (table.column(str(end)).to_numpy() for end in (IdentityEdges.left_key, IdentityEdges.right_key))
    assert table.num_rows == 1_000
    assert (left < right).all()
