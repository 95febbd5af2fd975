"""A graph shrunk on the executors gets the labels of a plain walk over it."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from crosschannel.contracts.silver import IdentityEdges
from crosschannel.errors import StorageError, UsageError
from crosschannel.identity import contraction
from crosschannel.identity.components import to_components
from crosschannel.identity.contraction import contracted
from tests.support import oracles

Pairs = list[tuple[int, int]]


def frame(spark: SparkSession, pairs: Pairs) -> DataFrame:
    rows = [(min(p), max(p), "person") for p in pairs]
    return spark.createDataFrame(rows, f"{IdentityEdges.left_key} bigint, {IdentityEdges.right_key} bigint, {IdentityEdges.kind} string").repartition(3)


def shapes() -> Pairs:
    """A long chain with shuffled names, a star, a clique, and a sparse random graph, side by side."""
    random = np.random.default_rng(5)
    names = (random.permutation(300) + 10_000).tolist()
    chain = list(pairwise(names))
    star = [(20_000, 20_000 + n) for n in range(1, 120)]
    clique = [(30_000 + a, 30_000 + b) for a in range(15) for b in range(a)]
    loose = [(a, b) for a, b in random.integers(40_000, 40_400, (260, 2)).tolist() if a != b]
    return [*chain, *star, *clique, *loose]


def test_shrinking_gives_the_labels_of_a_walk_over_the_graph(spark: SparkSession) -> None:
    pairs, said = shapes(), []
    found = to_components(frame(spark, pairs), max_driver_edges=20, keep=lambda df: df.localCheckpoint(), say=said.append)
    assert dict(map(tuple, found.collect())) == oracles.components(pairs)
    assert "shrunk in" in said[0]


def test_the_log_says_rounds_edges_left_and_what_was_spilled_meanwhile(spark: SparkSession) -> None:
    said, stages = [], [{1: 500}, {1: 500, 2: 70, 3: 8}]
    chain = [(n, n + 1) for n in range(60)]
    to_components(frame(spark, chain), max_driver_edges=30, keep=lambda df: df.localCheckpoint(), say=said.append, spilled=lambda: stages.pop(0))
    assert re.fullmatch(r"components: 60 person edges shrunk in (\d) rounds to [\d, ]+; 78 bytes spilled", said[0])


def test_a_graph_that_does_not_shrink_in_time_is_named(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contraction, "MAX_ROUNDS", 1)
    edges = frame(spark, [(n, n + 1) for n in range(40)]).drop(IdentityEdges.kind)
    with pytest.raises(StorageError, match="edges after 1 rounds: raise max_driver_edges"):
        contracted(edges, room=0, keep=lambda df: df.localCheckpoint())


def test_without_a_place_to_keep_rounds_a_larger_graph_is_refused(spark: SparkSession) -> None:
    with pytest.raises(UsageError, match="2 person edges and max_driver_edges is 1"):
        to_components(frame(spark, [(1, 2), (2, 3)]), max_driver_edges=1)
