"""One measurement of components, in a process of its own: ``python -m benchmarks.edges_once WAY ...`` prints one line of JSON.

Start-up is over when the clock begins: the session stands and has labelled one edge. Reading the
edges and writing the labels are inside, for the suite and for Splink; SciPy is handed dense
integers, which is the least anybody could do.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crosschannel.contracts.silver import IdentityEdges, IdentityMap
from crosschannel.identity.components import to_components
from crosschannel.io.session import local_session
from crosschannel.io.staging import staging

NODE = str(IdentityMap.node_key)
SUITE = "suite"
ENDS = (str(IdentityEdges.left_key), str(IdentityEdges.right_key))
EDGES, ADDED, NODES, INTEGERS, LABELS = "edges.parquet", "added.parquet", "nodes.parquet", "integers.npy", "labels"


def main() -> None:
    """Take one measurement."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("way", choices=(SUITE, *PEERS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--room", type=int, default=2**40, help="edges the driver may hold")
    given = parser.parse_args()
    found = suite(given.folder, given.room) if given.way == SUITE else PEERS[given.way](given.folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(found | {"python_bytes": peak}), flush=True)


def suite(folder: Path, room: int) -> dict[str, Any]:
    """Label stored edges with this suite; above ``room`` the executors shrink the graph first."""
    spark, said = local_session("benchmark"), list[str]()
    with staging() as keep:
        _warm(spark, folder)
        started = time.monotonic()
        labels = _labelled(spark.read.parquet(str(folder / EDGES)), room, keep, said.append)
        out = folder / (LABELS if not said else f"{LABELS}-shrunk")
        labels.write.mode("overwrite").parquet(str(out))
        seconds = time.monotonic() - started
    spark.stop()
    return {"seconds": seconds, "said": said, "labels": out.name}


def scipy(folder: Path) -> dict[str, Any]:
    """Label the same edges as dense integers with SciPy; reading them is not counted."""
    left, right = np.load(folder / INTEGERS)
    started = time.monotonic()
    nodes = int(max(left.max(), right.max())) + 1
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(nodes, nodes))
    count, _ = connected_components(graph, directed=False)
    return {"seconds": time.monotonic() - started, "components": int(count)}


def splink(folder: Path) -> dict[str, Any]:
    """Group the same nodes by the same edges with Splink's documented function on DuckDB."""
    from splink import DuckDBAPI
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    api = DuckDBAPI()
    started = time.monotonic()
    nodes, edges = pq.read_table(folder / NODES), pq.read_table(folder / EDGES, columns=list(ENDS))
    found = cluster_pairwise_predictions_at_threshold(
        nodes, edges, api, node_id_column_name=NODE, edge_id_column_name_left=ENDS[0], edge_id_column_name_right=ENDS[1]
    )
    relation = found.as_duckdbpyrelation()
    relation.write_parquet(str(folder / "splink.parquet"))
    seconds = time.monotonic() - started
    return {"seconds": seconds, "components": len(relation.aggregate("cluster_id").fetchall())}


PEERS: dict[str, Callable[[Path], dict[str, Any]]] = {"scipy": scipy, "splink": splink}


def _labelled(edges: DataFrame, room: int, keep: Callable[[DataFrame], DataFrame], say: Callable[[str], None]) -> DataFrame:
    return edges.transform(to_components, max_driver_edges=room, keep=keep, say=say)


def _warm(spark: SparkSession, folder: Path) -> None:
    """Label one edge, so that workers and generated code are there."""
    one = spark.read.parquet(str(folder / EDGES)).limit(1).localCheckpoint()
    one.transform(to_components, max_driver_edges=1).count()


if __name__ == "__main__":
    main()
