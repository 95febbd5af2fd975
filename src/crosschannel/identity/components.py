"""Connected components of the person edges: the units the linking rules work on.

Input   ``silver.identity_edges``
Output  one row per identifier with a person edge: node_key, component_key (smallest node_key)

Three gears give one answer. What fits the driver travels there through Arrow as two 64-bit keys an
edge, and a compiled union-find labels it; memory grows with person edges, about 0.16 GB per million
at the peak, and room is checked before anything is collected. A larger graph is first shrunk on the
executors (:mod:`.contraction`) until it fits, and the labels are carried back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, functions as F
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.errors import UsageError
from crosschannel.identity.contraction import Keep, contracted, unrolled

GB_PER_MILLION_EDGES = 0.16  # measured peak of keys, dense ids, the sparse matrix and the labels

Keys = NDArray[np.int64]


def to_components(
    edges: DataFrame,
    *,
    max_driver_edges: int,
    keep: Keep | None = None,
    say: Callable[[str], None] | None = None,
    spilled: Callable[[], Mapping[int, int]] = dict,
) -> DataFrame:
    """Label each identifier that has a person edge with the smallest key it is connected to.

    Parameters
    ----------
    edges
        Rows of ``silver.identity_edges``; edges of devices and households are left aside.
    max_driver_edges
        Most person edges the driver may collect.
    keep
        Computes a frame and keeps it while the graph is shrunk; without it a larger graph is refused.
    say
        Told how many edges each round of shrinking leaves, and what was spilled meanwhile.
    spilled
        Bytes written to disk for want of memory, by stage of the application; asked before and after.

    Raises
    ------
    UsageError
        There are more person edges than that, and no ``keep``.
    """
    pairs = edges.where(F.col(IdentityEdges.kind) == "person").select(IdentityEdges.left_key, IdentityEdges.right_key)
    found = pairs.count()
    if found <= max_driver_edges:
        return _on_driver(pairs)
    if keep is None:
        require_room(found, max_driver_edges)
    assert keep is not None
    before = spilled()
    left, rounds, counts = contracted(keep(pairs.distinct()), room=max_driver_edges, keep=keep)
    if say is not None:
        size = sum(n for stage, n in spilled().items() if stage not in before)
        say(f"components: {found:,} person edges shrunk in {len(rounds)} rounds to {', '.join(f'{n:,}' for n in counts)}; {size:,} bytes spilled")
    return unrolled(_on_driver(left), rounds)


def _on_driver(pairs: DataFrame) -> DataFrame:
    table = pairs.toArrow()
    nodes, components = label_components(table.column(0).to_numpy(), table.column(1).to_numpy())
    labels = pa.table({str(IdentityMap.node_key): nodes, str(IdentityMap.component_key): components})
    return pairs.sparkSession.createDataFrame(labels)


def label_components(left: Keys, right: Keys) -> tuple[Keys, Keys]:
    """Return every key of the pairs once, and beside it the smallest key of its component."""
    # a hash table makes dense ids six times faster than sorting the keys and searching for each end
    ids, nodes = pd.factorize(np.concatenate([left, right]))
    if not len(nodes):
        return nodes, nodes
    graph = coo_array((np.ones(len(left), dtype=np.int8), (ids[: len(left)], ids[len(left) :])), shape=(len(nodes), len(nodes)))
    count, labels = connected_components(graph, directed=False)
    smallest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(smallest, labels, nodes)
    return nodes, smallest[labels]


def require_room(found: int, permitted: int) -> None:
    """Stop before more edges are collected than the driver may hold."""
    if found > permitted:
        raise UsageError(
            f"the identity graph has {found:,} person edges and max_driver_edges is {permitted:,}: set max_driver_edges in identity.yaml "
            f"to at least {found:,} and give the driver {found / 1e6 * GB_PER_MILLION_EDGES:.1f} GB of free memory beside Spark's own"
        )
