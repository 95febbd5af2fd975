"""Shrink a graph round by round on the executors until the driver can hold it, and unroll the answer.

Each round every node follows the neighbour (or itself) that comes first in an order drawn anew by
hash, and edges are redrawn between those followed: nodes that met are one, chains halve, a hub takes
its whole neighbourhood. Labels are the names of nodes, so nothing but hashes decides, never the
partitioning. Kiveris and others, "Connected components in MapReduce and beyond", 2014, in spirit.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.errors import StorageError

MAX_ROUNDS = 30
NEAR, LABEL, BEFORE, FIRST = "NEAR", "LABEL", "BEFORE", "FIRST"
Keep = Callable[[DataFrame], DataFrame]


def to_followed(pairs: DataFrame, *, round_number: int) -> DataFrame:
    """Return whom each node follows: one row per node, node_key and ``LABEL``."""
    there = pairs.select(F.col(IdentityEdges.left_key).alias(IdentityMap.node_key), F.col(IdentityEdges.right_key).alias(NEAR))
    back = pairs.select(F.col(IdentityEdges.right_key).alias(IdentityMap.node_key), F.col(IdentityEdges.left_key).alias(NEAR))
    draw = F.lit(round_number)
    first_near = F.min(F.struct(F.xxhash64(NEAR, draw), F.col(NEAR))).alias(FIRST)
    own = F.struct(F.xxhash64(IdentityMap.node_key, draw), F.col(IdentityMap.node_key).alias(NEAR))
    followed = there.unionByName(back).groupBy(IdentityMap.node_key).agg(first_near)
    return followed.select(IdentityMap.node_key, F.least(F.col(FIRST), own)[NEAR].alias(LABEL))


def to_contracted(pairs: DataFrame, followed: DataFrame) -> DataFrame:
    """Return the edges between those that are followed, each once."""
    left, right = (followed.select(F.col(IdentityMap.node_key).alias(end), F.col(LABEL).alias(f"{LABEL}_{end}")) for end in _ENDS)
    met = pairs.join(left, on=_ENDS[0], how="inner").join(right, on=_ENDS[1], how="inner")
    one, other = (F.col(f"{LABEL}_{end}") for end in _ENDS)
    return met.where(one != other).select(F.least(one, other).alias(_ENDS[0]), F.greatest(one, other).alias(_ENDS[1])).distinct()


def contracted(pairs: DataFrame, *, room: int, keep: Keep) -> tuple[DataFrame, list[DataFrame], list[int]]:
    """Shrink a graph until it has at most ``room`` edges.

    Returns
    -------
    tuple
        The edges left, whom nodes followed in each round, and how many edges each round left.

    Raises
    ------
    StorageError
        Thirty rounds were not enough, which no graph that fits a lake needs.
    """
    rounds: list[DataFrame] = []
    left: list[int] = []
    while not left or left[-1] > room:
        if len(rounds) == MAX_ROUNDS:
            raise StorageError(f"the identity graph still has {left[-1]:,} edges after {MAX_ROUNDS} rounds: raise max_driver_edges in identity.yaml")
        rounds.append(keep(pairs.transform(to_followed, round_number=len(rounds))))
        pairs = keep(pairs.transform(to_contracted, rounds[-1]))
        left.append(pairs.count())
    return pairs, rounds, left


def unrolled(labels: DataFrame, rounds: list[DataFrame]) -> DataFrame:
    """Carry the labels of the shrunken graph back to every node, and name components by their smallest node.

    Parameters
    ----------
    labels
        node_key and component_key of the nodes that still had an edge; others follow themselves.
    """
    found = labels.select(IdentityMap.node_key, F.col(IdentityMap.component_key).alias(LABEL))
    for followed in reversed(rounds):
        later = found.select(F.col(IdentityMap.node_key).alias(BEFORE), F.col(LABEL).alias(NEAR))
        found = followed.join(later, on=F.col(LABEL) == F.col(BEFORE), how="left").select(IdentityMap.node_key, F.coalesce(NEAR, LABEL).alias(LABEL))
    smallest = found.groupBy(LABEL).agg(F.min(IdentityMap.node_key).alias(IdentityMap.component_key))
    return found.join(smallest, on=LABEL, how="inner").select(IdentityMap.node_key, IdentityMap.component_key)


_ENDS = (str(IdentityEdges.left_key), str(IdentityEdges.right_key))
