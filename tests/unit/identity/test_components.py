"""The driver's gear labels components as a walk over the graph would."""

from __future__ import annotations

import numpy as np
import pytest

from crosschannel.identity.components import label_components
from tests.support import oracles


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_get_the_labels_of_the_plain_oracle(seed: int) -> None:
    random = np.random.default_rng(seed)
    left, right = random.integers(0, 2**60, 300)[random.integers(0, 300, (2, int(random.integers(1, 400))))]
    nodes, labels = label_components(left, right)
    assert dict(zip(nodes.tolist(), labels.tolist(), strict=True)) == oracles.components(zip(left.tolist(), right.tolist(), strict=True))


def test_a_long_chain_is_one_component() -> None:
    nodes, labels = label_components(np.arange(20_000), np.arange(1, 20_001))
    assert len(nodes) == 20_001
    assert set(labels.tolist()) == {0}


def test_a_hub_of_a_million_edges_is_one_component_and_leaves_its_neighbours_alone() -> None:
    spokes = np.random.default_rng(3).permutation(1_000_000) + 10
    nodes, labels = label_components(np.append(np.full(1_000_000, 5), 1), np.append(spokes, 2))
    assert dict(zip(*np.unique(labels, return_counts=True), strict=True)) == {5: 1_000_001, 1: 2}
    assert len(nodes) == 1_000_003


def test_no_edges_give_no_labels() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert len(label_components(nothing, nothing)[0]) == 0
