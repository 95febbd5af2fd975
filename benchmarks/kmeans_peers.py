"""K-Means of the same rows by three engines, each a process of its own.

    python -m benchmarks.kmeans_peers make --data DIR --rows 1000000
    python -m benchmarks.kmeans_peers suite --data DIR
    python -m benchmarks.kmeans_peers scikit-learn --data DIR
    python -m benchmarks.kmeans_peers spark --data DIR

All read the same Parquet files and look for 8 centres in 30 dimensions, scikit-learn from ten starts. The seconds run
from reading the files to the last centre, after the engine has started. The rows lie in eight
groups of unequal size that overlap, so that most single starts end badly.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measuring import start_spark
from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.io.staging import staging
from crosschannel.models.choice import fitted_centres
from crosschannel.models.geometry import Axis, Geometry
from crosschannel.models.lloyd import refined, to_blocks
from crosschannel.models.nearest import nearest_centres
from crosschannel.models.sample import Matrix, sampled
from crosschannel.settings.segments import SegmentsSettings

K, AXES, STARTS, SEED = 8, 30, 10, 7
NAMES = [f"x{i}" for i in range(AXES)]
ROWS_AT_ONCE = 250_000
SPREAD = 0.5  # of the centres, in standard deviations of a group along an axis
DEFAULTS: dict[str, Any] = {name: field.default for name, field in SegmentsSettings.model_fields.items()}


def main() -> None:
    """Make the rows, or run one engine and print its seconds and centres."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["make", *ENGINES])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    if given.what == "make":
        return make(given.data, given.rows)
    seconds, centres, notes = ENGINES[given.what](given.data)
    print(json.dumps({"seconds": seconds, "centres": np.asarray(centres).tolist(), **notes}))


def make(data: Path, rows: int) -> None:
    """Write the rows as Parquet, a file per few hundred thousand."""
    draw = np.random.default_rng(SEED)
    centres, shares = draw.normal(size=(K, AXES)) * SPREAD, draw.dirichlet(np.full(K, 8.0))
    data.mkdir(parents=True, exist_ok=True)
    for n, first in enumerate(range(0, rows, ROWS_AT_ONCE)):
        count = min(ROWS_AT_ONCE, rows - first)
        values = centres[draw.choice(K, count, p=shares)] + draw.normal(size=(count, AXES))
        columns: dict[str, Any] = {str(CustomerFeatures.customer_id): [f"c{i:09d}" for i in range(first, first + count)]}
        pq.write_table(pa.table(columns | {name: values[:, i] for i, name in enumerate(NAMES)}), data / f"part-{n:03}.parquet")


def by_suite(data: Path) -> tuple[float, Matrix, dict[str, int]]:
    """Sampled starts, then exact passes over all rows, with the settings a project has by default."""
    spark = start_spark("kmeans", "sklearn.cluster")
    started = time.monotonic()
    rows = spark.read.parquet(str(data))
    geometry = Geometry(tuple(Axis(name, "all", "none", 0.0, 1.0, -1e9, 1e9, 0.0, 1.0) for name in NAMES))  # the space as it is
    sample = sampled(rows, NAMES, limit=DEFAULTS["sample_rows"], seed=SEED)
    start = fitted_centres(geometry.coordinates(sample.of(NAMES)), K, restarts=DEFAULTS["restarts"], seed=SEED)
    sampled_at = time.monotonic()
    with staging() as keep:
        blocks = keep(to_blocks(rows, geometry))
        kept_at = time.monotonic()
        passes = refined(blocks, start, max_passes=DEFAULTS["max_passes"], min_movement=DEFAULTS["min_movement"])
        ended = time.monotonic()
    parts = {"start on the sample": sampled_at - started, "blocks": kept_at - sampled_at, "passes over all": ended - kept_at}
    return ended - started, passes.centres, {"passes": len(passes.costs), **{name: round(s, 1) for name, s in parts.items()}}  # type: ignore[dict-item]


def by_scikit_learn(data: Path) -> tuple[float, Matrix, dict[str, int]]:
    """All rows in the memory of one process, on all cores."""
    from sklearn.cluster import KMeans

    started = time.monotonic()
    fit = KMeans(K, n_init=STARTS, random_state=SEED).fit(_matrix(data))
    return time.monotonic() - started, fit.cluster_centers_, {"passes": int(fit.n_iter_)}


def by_spark(data: Path) -> tuple[float, Matrix, dict[str, int]]:
    """Spark's own estimator, one start of k-means||; not cached, which would make it slower."""
    from pyspark.ml.clustering import KMeans
    from pyspark.ml.feature import VectorAssembler

    spark = start_spark("kmeans")
    started = time.monotonic()
    rows = VectorAssembler(inputCols=NAMES, outputCol="features").transform(spark.read.parquet(str(data)).select(*NAMES))
    model = KMeans(k=K, seed=SEED).fit(rows)
    centres = np.array(model.clusterCenters())
    return time.monotonic() - started, centres, {"passes": int(model.summary.numIter)}


def cost_of(data: Path, centres: Matrix) -> float:
    """Return the sum of squared distances of all rows to their nearest centre."""
    total = 0.0
    for file in sorted(data.glob("*.parquet")):
        for batch in pq.ParquetFile(file).iter_batches(8_192, columns=NAMES):
            total += float(nearest_centres(np.array([column.to_numpy() for column in batch.columns]), centres)[1].sum())
    return total


def _matrix(data: Path) -> Matrix:
    table = pq.read_table(data, columns=NAMES)
    rows = np.empty((table.num_rows, AXES))
    for i, name in enumerate(NAMES):
        rows[:, i] = table.column(name).to_numpy()
    return rows


ENGINES: dict[str, Callable[[Path], tuple[float, Matrix, dict[str, int]]]] = {
    "suite": by_suite, "scikit-learn": by_scikit_learn, "spark": by_spark,
}  # fmt: skip

if __name__ == "__main__":
    main()
