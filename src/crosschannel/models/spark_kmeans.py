"""Spark's own K-Means, for who trusts it more: ``segments.yaml``, ``engine: spark``.

Its result depends on how rows are partitioned, and it cannot start from given centres, so that ids
move more than they need to. Not cached: each pass of Spark 4 over a cached frame costs two to four times as much.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, functions as F

from crosschannel.models.lloyd import BLOCK, blocks_of
from crosschannel.models.sample import Matrix

COORDINATES = "COORDINATES"


def spark_centres(blocks: DataFrame, k: int, width: int, *, max_passes: int, seed: int) -> Matrix:
    """Return the centres Spark's estimator finds, from one start of k-means||."""
    from pyspark.ml.clustering import KMeans
    from pyspark.ml.functions import array_to_vector

    assert blocks.columns == [BLOCK]

    def unpack(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for by_axis in blocks_of(batches, width):
            offsets = pa.array(np.arange(by_axis.shape[1] + 1, dtype=np.int32) * width)
            values = pa.ListArray.from_arrays(offsets, pa.array(np.ascontiguousarray(by_axis.T).ravel()))
            yield pa.RecordBatch.from_arrays([values], names=[COORDINATES])

    # Blocks of bytes to rows of numbers: vectorised, there is no built-in for it.
    rows = blocks.mapInArrow(unpack, f"{COORDINATES} array<double>").select(array_to_vector(F.col(COORDINATES)).alias(COORDINATES))
    fitted = KMeans(featuresCol=COORDINATES, k=k, maxIter=max_passes, seed=seed).fit(rows)
    return np.array(fitted.clusterCenters(), dtype=np.float64)
