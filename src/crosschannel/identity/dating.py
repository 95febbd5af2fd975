"""Since when each identifier is known to belong to its customer.

Pure NumPy. A customer is as old as its oldest identifier; another one belongs to it since the first
moment at which links seen by then connect the two. That is the smallest possible largest date along
a way between them, which lies on the spanning tree of earliest links.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from crosschannel.identity.solve import Flags, Graph, Longs, parents_of


def known_since(graph: Graph, groups: Longs) -> Longs:
    """Return a moment per node, in microseconds.

    Parameters
    ----------
    groups
        Any label per node; links between two groups do not count.
    """
    tree = _earliest_tree(graph, groups)
    oldest = _oldest(graph, groups)
    parent = parents_of(graph, tree, oldest)
    known = graph.first_seen.copy()
    left, right, since = graph.left[tree], graph.right[tree], graph.since[tree]
    known[np.where(parent[left] == right, left, right)] = since  # the farther end of each link joined by it
    return _largest_on_the_way(known, np.where(parent < 0, np.arange(len(parent)), parent))


def _earliest_tree(graph: Graph, groups: Longs) -> Flags:
    """Flag a spanning forest of the links inside groups, earliest links first."""
    inside = np.flatnonzero(groups[graph.left] == groups[graph.right])
    left, right = graph.left[inside], graph.right[inside]
    order = np.lexsort((np.maximum(left, right), np.minimum(left, right), graph.since[inside]))
    weights = np.empty(len(inside))
    weights[order] = np.arange(1, len(inside) + 1)  # whole and below 2^53, so the tree is exact
    size = len(graph.keys)
    forest = minimum_spanning_tree(coo_array((weights, (left, right)), shape=(size, size)).tocsr())
    used = np.zeros(len(graph.left), dtype=np.bool_)
    used[inside[order[forest.data.astype(np.int64) - 1]]] = True
    return used


def _oldest(graph: Graph, groups: Longs) -> Longs:
    """Return each group's earliest, then strongest, then smallest node."""
    order = np.lexsort((graph.keys, graph.codes, graph.first_seen, groups))
    return order[np.unique(groups[order], return_index=True)[1]]


def _largest_on_the_way(values: Longs, parent: Longs) -> Longs:
    """Return the largest value between each node and its root; ways double in length with each round."""
    while True:
        values = np.maximum(values, values[parent])
        grandparent = parent[parent]
        if np.array_equal(grandparent, parent):
            return values
        parent = grandparent
