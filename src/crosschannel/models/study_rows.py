"""A sample of labelled rows on the driver, by hash: what baselines and studies are fitted on.

The same rows and seed give the same sample in the same order, however the frame is partitioned. How
many rows there are is known before, so the hash is cut where about ``limit`` of them remain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyspark.sql import Column, DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures, CustomerLabels
from crosschannel.models.lloyd import batch_matrix
from crosschannel.models.sample import Matrix
from crosschannel.models.score_model import ScoreModel
from crosschannel.models.split import CALIBRATE, SLICE, STOP, TEST, TRAIN

Mask = npt.NDArray[np.bool_]
CUTS = 1_000_000
SALT = "study"


@dataclass(frozen=True)
class StudyRows:
    """Rows of a model's inputs with outcome and slice; text features are codes, null is NaN."""

    features: tuple[str, ...]
    values: Matrix
    outcomes: Matrix
    slices: npt.NDArray[np.str_]

    def of(self, *slices: str) -> Mask:
        """Tell which rows are of some slices."""
        return np.isin(self.slices, slices)


def study_rows(sliced: DataFrame, model: ScoreModel, counts: Mapping[str, int], *, limit: int, seed: int) -> StudyRows:
    """Collect about ``limit`` rows that teach, and as many that judge.

    Parameters
    ----------
    sliced
        Labelled rows with ``slice``.
    counts
        Rows of each slice, as :class:`~crosschannel.models.scores.TrainedScore` holds them.
    """
    kept = _share_expr((TRAIN, STOP), counts, limit) | _share_expr((CALIBRATE, TEST), counts, limit)
    order = (CustomerFeatures.customer_id, CustomerFeatures.as_of_date)
    drawn = F.pmod(F.xxhash64(F.lit(SALT), F.lit(seed), *order), F.lit(CUTS))
    inputs = [value.cast("double").alias(f"x{i}") for i, value in enumerate(model.inputs().values())]
    columns = [*(F.col(c) for c in order), F.col(SLICE), F.col(CustomerLabels.label_value).cast("double"), *inputs]
    found = sliced.withColumn(SALT, drawn).where(kept).select(*columns).toArrow().sort_by([(str(c), "ascending") for c in order])
    (batch,) = found.combine_chunks().to_batches() or found.to_batches()
    return StudyRows(
        model.features, batch_matrix(batch, 4, len(inputs)), batch_matrix(batch, 3, 1)[:, 0], np.array(batch.column(2).to_pylist(), dtype=np.str_)
    )


def _share_expr(slices: Sequence[str], counts: Mapping[str, int], limit: int) -> Column:
    rows = max(sum(counts.get(f"{name}_rows", 0) for name in slices), 1)
    return F.col(SLICE).isin(*slices) & (F.col(SALT) < F.lit(int(min(1.0, limit / rows) * CUTS)))
