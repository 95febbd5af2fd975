"""Connected components of the person edges: the units the linking rules work on.

Input   ``silver.identity_edges``
Output  one row per identifier with a person edge: node_key, component_key (smallest node_key)

There is one gear so far, the driver's: person edges travel to the driver through Arrow as two
64-bit keys each, a compiled union-find labels them, and the labels travel back. Memory grows with
person edges, about 0.16 GB per million at the peak, and ``max_driver_edges`` is checked before
anything is collected. A gear for more edges than one machine holds goes behind the same function.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, functions as F
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.errors import UsageError

GB_PER_MILLION_EDGES = 0.16  # measured peak of keys, dense ids, the sparse matrix and the labels

Keys = NDArray[np.int64]


def to_components(edges: DataFrame, *, max_driver_edges: int) -> DataFrame:
    """Label each identifier that has a person edge with the smallest key it is connected to.

    Parameters
    ----------
    edges
        Rows of ``silver.identity_edges``; edges of devices and households are left aside.
    max_driver_edges
        Most person edges the driver may collect.

    Raises
    ------
    UsageError
        There are more person edges than that.
    """
    pairs = edges.where(F.col(IdentityEdges.kind) == "person").select(IdentityEdges.left_key, IdentityEdges.right_key)
    _require_room(pairs.count(), max_driver_edges)
    table = pairs.toArrow()
    nodes, components = label_components(table.column(0).to_numpy(), table.column(1).to_numpy())
    labels = pa.table({str(IdentityMap.node_key): nodes, str(IdentityMap.component_key): components})
    return edges.sparkSession.createDataFrame(labels)


def label_components(left: Keys, right: Keys) -> tuple[Keys, Keys]:
    """Return every key of the pairs, sorted, and beside it the smallest key of its component."""
    nodes = np.unique(np.concatenate([left, right]))
    if not len(nodes):
        return nodes, nodes
    ends = np.searchsorted(nodes, left), np.searchsorted(nodes, right)
    graph = coo_array((np.ones(len(left), dtype=np.int8), ends), shape=(len(nodes), len(nodes)))
    count, labels = connected_components(graph, directed=False)
    smallest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(smallest, labels, nodes)
    return nodes, smallest[labels]


def _require_room(found: int, permitted: int) -> None:
    if found > permitted:
        raise UsageError(
            f"the identity graph has {found:,} person edges and max_driver_edges is {permitted:,}: set max_driver_edges in identity.yaml "
            f"to at least {found:,} and give the driver {found / 1e6 * GB_PER_MILLION_EDGES:.1f} GB of free memory beside Spark's own"
        )
