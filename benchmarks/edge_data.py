"""Generated identity graphs of any size: person edges in components as large as those of real customers.

A component is one person's CRM row, loyalty card, e-mail addresses and phones: six nodes on average. One in a
hundred is two or three persons glued together by a slip, one in a thousand a group of 20 to 60,
one in a million edges a value that thousands share. Nodes hang mostly on the component's first, as
logs link to the strongest identifier; a quarter of all nodes have a second link. Keys are hashes,
as those of the suite are; the same number and seed give the same graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from crosschannel.contracts.silver import ON_EVENT, IdentityEdges, IdentityMap
from crosschannel.identity.solve import MICROS_PER_DAY

Longs = NDArray[np.int64]
PERSON_NAMESPACES = ("crm_id", "loyalty_id", "email", "phone")
EMAIL, PHONE = 2, 3
FIRST_OF_A_PERSON = (0, EMAIL, PHONE, 1)  # then addresses and phones in turn
RULES = tuple(f"{one}+{other}" for one in PERSON_NAMESPACES for other in PERSON_NAMESPACES)
MEAN_SIZE, GLUED, GROUPS, HUB_EVERY, HUB_SIZE = 6.0, 0.01, 0.001, 1_000_000, 3_000
TO_FIRST, SECOND_LINK = 0.6, 0.25
EDGES_PER_TREE_EDGE = 1.17  # with the second links, a little less than will be drawn
DAYS, FIRST_DAY = 120, 20_500  # days since 1970
ROWS = 1_000_000  # of one row group


@dataclass(frozen=True)
class EdgeGraph:
    """Edges between positions, and what is known of the nodes."""

    left: Longs
    right: Longs
    keys: Longs  # node_key by position
    codes: Longs  # position in PERSON_NAMESPACES
    days: Longs  # day of each edge

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.keys)


def edge_graph(edges: int, seed: int = 7) -> EdgeGraph:
    """Return a graph of exactly so many edges."""
    random = np.random.default_rng(seed)
    sizes = _sizes(edges, random)
    start = np.repeat(np.cumsum(sizes) - sizes, sizes)
    place = np.arange(len(start)) - start  # place of a node in its component
    followers = np.flatnonzero(place > 0)
    doubles = followers[(random.random(len(followers)) < SECOND_LINK) & (place[followers] > 1)]
    right = np.concatenate([followers, doubles])
    near = np.where(random.random(len(right)) < TO_FIRST, 0, (random.random(len(right)) * place[right]).astype(np.int64))
    left = start[right] + near
    kept = np.sort(random.permutation(len(left))[:edges])  # more were drawn than asked for
    if len(kept) < edges:
        raise ValueError(f"{len(kept)} edges were drawn of {edges}: ask for 1,000 or more")
    keys = hashed(np.arange(len(start)) + seed * 2**40)
    codes = np.where(place < len(FIRST_OF_A_PERSON), np.array(FIRST_OF_A_PERSON)[np.minimum(place, 3)], np.where(place % 2 == 0, EMAIL, PHONE))
    met, ends = np.unique(np.concatenate([left[kept], right[kept]]), return_inverse=True)  # a node without an edge is nobody's component
    return EdgeGraph(ends[:edges], ends[edges:], keys[met], codes[met], random.integers(0, DAYS, edges))


def added_graph(known: EdgeGraph, edges: int, seed: int = 11) -> EdgeGraph:
    """Return edges a day later: half link a new address to a node that is known, half are people nobody knew."""
    linked, fresh = edges // 2, edge_graph(edges - edges // 2, seed)
    drawn = np.random.default_rng(seed).choice(known.nodes, linked, replace=False)
    new = hashed(np.arange(linked) + 2**55)
    return EdgeGraph(
        left=np.concatenate([np.arange(linked), fresh.left + 2 * linked]),
        right=np.concatenate([np.arange(linked) + linked, fresh.right + 2 * linked]),
        keys=np.concatenate([known.keys[drawn], new, fresh.keys]),
        codes=np.concatenate([known.codes[drawn], np.full(linked, EMAIL), fresh.codes]),
        days=np.full(edges, DAYS),
    )


def write_edges(graph: EdgeGraph, file: Path) -> None:
    """Write the edges as Parquet with columns of ``silver.identity_edges``."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(file, _edge_table(graph, slice(0, 0)).schema) as writer:
        for first in range(0, len(graph.left), ROWS):
            writer.write_table(_edge_table(graph, slice(first, first + ROWS)))


def write_nodes(graph: EdgeGraph, file: Path) -> None:
    """Write the keys of the nodes, which a peer asks for beside the edges."""
    pq.write_table(pa.table({str(IdentityMap.node_key): graph.keys}), file)


def write_integers(graph: EdgeGraph, file: Path) -> None:
    """Write the same edges as dense integers, as a compiled library wants them."""
    np.save(file, np.stack([graph.left, graph.right]))


def hashed(numbers: Longs) -> Longs:
    """Return 60 bits of SplitMix64's finaliser, so that keys come in no order."""
    x = numbers.astype(np.uint64)
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return np.asarray((x >> np.uint64(4)).astype(np.int64))


def _sizes(edges: int, random: np.random.Generator) -> Longs:
    """Draw sizes of components until their edges are enough."""
    count = int(edges / (MEAN_SIZE - 2)) + 1_000
    sizes = 2 + random.poisson(MEAN_SIZE - 2, count)
    kind = random.random(count)
    sizes = np.where(kind < GLUED, sizes * random.integers(2, 4, count), sizes)
    sizes = np.where(kind > 1 - GROUPS, random.integers(20, 61, count), sizes)
    sizes[: edges // HUB_EVERY] = HUB_SIZE
    enough = int(np.searchsorted(np.cumsum(sizes - 1), edges / EDGES_PER_TREE_EDGE)) + 1
    return np.asarray(sizes[:enough], dtype=np.int64)


def _edge_table(graph: EdgeGraph, part: slice) -> pa.Table:
    one, other = graph.left[part], graph.right[part]
    left, right = np.where(graph.keys[one] < graph.keys[other], (one, other), (other, one))
    codes = graph.codes[left], graph.codes[right]
    seen = pa.array((graph.days[part] + FIRST_DAY) * MICROS_PER_DAY).cast(pa.timestamp("us", tz="UTC"))
    same = np.zeros(len(left), dtype=np.int64)
    return pa.table({
        str(IdentityEdges.left_key): graph.keys[left],
        str(IdentityEdges.right_key): graph.keys[right],
        str(IdentityEdges.rule): _named(np.minimum(*codes) * len(PERSON_NAMESPACES) + np.maximum(*codes), RULES),
        str(IdentityEdges.left_namespace): _named(codes[0], PERSON_NAMESPACES),
        str(IdentityEdges.right_namespace): _named(codes[1], PERSON_NAMESPACES),
        str(IdentityEdges.kind): _named(same, ("person",)),
        str(IdentityEdges.record_count): same + 1,
        str(IdentityEdges.first_seen_ts): seen,
        str(IdentityEdges.last_seen_ts): seen,
        str(IdentityEdges.seen_on): _named(same, (ON_EVENT,)),
    })  # fmt: skip


def _named(codes: Longs, names: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names))
