"""Time connected components and stitching on generated graphs: the suite's two gears, SciPy, Splink, and a delta of 1 %.

    python -m benchmarks.edges --out var/bench-edges --write docs/benchmarks-identity.md

Every measurement is a process of its own, one after the other; the answers are compared. Keep the
machine quiet.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.edge_data import added_graph, edge_graph, write_edges, write_integers, write_nodes
from benchmarks.edges_once import ADDED, EDGES, INTEGERS, NODES
from benchmarks.identity_page import write_part
from benchmarks.measuring import machine, measured
from crosschannel.contracts.silver import IdentityMap

SIZES = (1_000_000, 5_000_000, 20_000_000)
DELTA = 100  # one edge more per so many
ROOM_SHARE = 4  # the executors' gear stops at one in so many edges
MIB = 1024**2


def main() -> None:
    """Measure every size and write JSON and, if asked to, the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--edges", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--splink-up-to", type=int, default=SIZES[-1], help="most edges the peer is given")
    parser.add_argument("--job-edges", type=int, default=SIZES[0], help="edges of the whole job and its delta")
    parser.add_argument("--out", type=Path, default=Path("var/bench-edges"))
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    sizes = [measured_size(given.out / str(n), n, with_splink=n <= given.splink_up_to, with_job=n == given.job_edges) for n in given.edges]
    shrunk = measured_shrinking(given.out / str(given.edges[-1]), given.edges[-1])
    for edges in given.edges:
        shutil.rmtree(given.out / str(edges))
    command = f"python -m benchmarks.edges --edges {' '.join(map(str, given.edges))}"
    result = {"command": command, "taken": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "sizes": sizes, "shrunk": shrunk}
    print(write_part(given.out, "edges", result, given.write))


def measured_size(folder: Path, edges: int, *, with_splink: bool, with_job: bool) -> dict[str, Any]:
    """Measure one graph with every way; the labels stay for the other gear to be compared with."""
    prepare(folder, edges)
    size: dict[str, Any] = {"edges": edges, "suite": once("edges_once", "suite", str(folder)), "scipy": once("edges_once", "scipy", str(folder))}
    keys, labels = labels_of(folder / size["suite"]["labels"])
    size |= {"nodes": len(keys), "components": len(np.unique(labels))}
    if with_splink:
        size["splink"] = once("edges_once", "splink", str(folder))
    if with_job:
        size["job"] = once("edges_job", str(folder))
    for peer in ("scipy", "splink"):
        if peer in size and size[peer]["components"] != size["components"]:
            raise SystemExit(f"{peer} finds {size[peer]['components']:,} components and the suite {size['components']:,}: one of them is wrong")
    say(f"{edges:>12,} edges", size)
    return size


def measured_shrinking(folder: Path, edges: int) -> dict[str, Any]:
    """Measure the gear that shrinks the graph on the executors, and compare its labels with those of the driver's."""
    room = edges // ROOM_SHARE
    found = once("edges_once", "suite", str(folder), "--room", str(room))
    ours, theirs = labels_of(folder / "labels"), labels_of(folder / found["labels"])
    if not all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True)):
        raise SystemExit("the two gears label the graph differently: a defect")
    say(f"{edges:>12,} edges, shrunk", found)
    return {"edges": edges, "room": room} | found


def prepare(folder: Path, edges: int) -> None:
    """Write a graph in the shapes the ways read, and its delta."""
    shutil.rmtree(folder, ignore_errors=True)
    graph = edge_graph(edges)
    write_edges(graph, folder / EDGES)
    write_edges(added_graph(graph, max(2_000, edges // DELTA)), folder / ADDED)
    write_nodes(graph, folder / NODES)
    write_integers(graph, folder / INTEGERS)


def once(module: str, *arguments: str) -> dict[str, Any]:
    """Run one measurement and return its line of JSON with the peak memory of its processes."""
    run = measured([sys.executable, "-m", f"benchmarks.{module}", *arguments])
    line = next(line for line in reversed(run.output.splitlines()) if line.startswith("{"))
    found: dict[str, Any] = json.loads(line)
    return found | {"peak_bytes": run.peak_bytes}


def labels_of(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return stored labels in the order of their nodes."""
    table = pq.read_table(folder)
    keys, labels = (table.column(str(name)).to_numpy() for name in (IdentityMap.node_key, IdentityMap.component_key))
    order = np.argsort(keys)
    return keys[order], labels[order]


def say(what: str, found: dict[str, Any]) -> None:
    """Print one measurement as soon as it is there."""
    print(what, json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
