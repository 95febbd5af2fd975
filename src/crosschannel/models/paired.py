"""Two models on the same customers: how many got which pair of log-odds, with which outcome, in which slice.

These counts are all that a paired bootstrap over customers needs, for customers of one cell are
alike. Log-odds are counted on a grid of 1/32, so the driver sees at most a fixed number of cells,
whatever the number of customers; the counts are integers, so no order of rows can change a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerLabels
from crosschannel.models.calibration import Calibration
from crosschannel.models.histogram import COUNT, OUTCOME, Histogram
from crosschannel.models.lloyd import batch_matrix
from crosschannel.models.nearest import squared_distances
from crosschannel.models.sample import Matrix
from crosschannel.models.score_model import ScoreModel, Scorer
from crosschannel.models.slices import SEGMENT, Slicing

GRID = 32
MAX_LOG_ODDS = 12.0
SLICES, OURS, THEIRS, SLICE_NAME = "slices", "ours", "theirs", "slice_name"
BREAK = "\n"  # between the slices of a customer while they travel as one text
JUDGED_TYPE = f"{OUTCOME} int, {SLICES} string, {OURS} int, {THEIRS} int"
JUDGED_SCHEMA = pa.schema([(OUTCOME, pa.int32()), (SLICES, pa.string()), (OURS, pa.int32()), (THEIRS, pa.int32())])
AS_IS = Calibration(1.0, 0.0)  # log-odds are calibrated already


@dataclass(frozen=True)
class Pairs:
    """Cells of one slice: both models' log-odds, the outcome, and the customers of each cell.

    Without a second model ``theirs`` is 0 everywhere.
    """

    ours: Matrix
    theirs: Matrix
    outcomes: Matrix
    rows: Matrix

    @property
    def is_two_sided(self) -> bool:
        """Tell whether both outcomes occur."""
        return bool(0 < (self.rows * self.outcomes).sum() < self.rows.sum())

    def histogram(self, log_odds: Matrix) -> Histogram:
        """Return the counts of one of the two models alone."""
        margins, place = np.unique(log_odds, return_inverse=True)
        rows, positives = (np.bincount(place, counts, len(margins)).astype(np.float64) for counts in (self.rows, self.rows * self.outcomes))
        return Histogram(margins, positives, rows - positives)


def to_pairs(rows: DataFrame, ours: ScoreModel, theirs: ScoreModel | None, slicing: Slicing) -> dict[str, Pairs]:
    """Count labelled rows, one per customer, by slice, outcome and both models' log-odds."""
    own, other = list(ours.inputs().values()), list(theirs.inputs().values()) if theirs else []
    axes = [F.col(f) for f in slicing.segments.geometry.features] if slicing.segments else []
    inputs = [value.cast("double").alias(f"x{i}") for i, value in enumerate([*own, *other, *axes])]
    selected = rows.select(F.col(CustomerLabels.label_value).cast("int"), F.concat_ws(BREAK, *slicing.labels()).alias(SLICES), *inputs)
    judged = selected.mapInArrow(_judging(ours, theirs, slicing, (len(own), len(other), len(axes))), JUDGED_TYPE)
    spread = judged.select(F.explode(F.split(F.col(SLICES), BREAK)).alias(SLICE_NAME), OUTCOME, OURS, THEIRS)
    return _by_slice(spread.groupBy(SLICE_NAME, OUTCOME, OURS, THEIRS).agg(F.count(F.lit(1)).alias(COUNT)).toArrow())


def log_odds(scorer: Scorer, inputs: Matrix) -> Matrix:
    """Return a model's calibrated log-odds."""
    return scorer.model.calibration.log_odds(scorer.margins(inputs))


def _judging(
    ours: ScoreModel, theirs: ScoreModel | None, slicing: Slicing, widths: tuple[int, int, int]
) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    own, other, axes = widths

    def judge(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        scorer, rival = Scorer(ours), Scorer(theirs) if theirs else None
        for batch in batches:
            cells = _cells(log_odds(scorer, batch_matrix(batch, 2, own)))
            rivals = _cells(log_odds(rival, batch_matrix(batch, 2 + own, other))) if rival else np.zeros(batch.num_rows, dtype=np.int32)
            slices = batch.column(1).cast(pa.string())
            if slicing.segments:
                slices = pc.binary_join_element_wise(slices, _segments(slicing, batch_matrix(batch, 2 + own + other, axes)), BREAK)
            columns = [batch.column(0).cast(pa.int32()), slices, pa.array(cells), pa.array(rivals)]
            yield pa.RecordBatch.from_arrays(columns, schema=JUDGED_SCHEMA)

    return judge


def _segments(slicing: Slicing, raw: Matrix) -> pa.Array:
    assert slicing.segments is not None
    nearest = squared_distances(slicing.segments.geometry.coordinates(raw), slicing.segments.centre_matrix).argmin(axis=1)
    names = np.array([f"{SEGMENT}={s}" for s in slicing.segments.segment_ids], dtype=object)
    return pa.array(names[nearest], pa.string())


def _cells(values: Matrix) -> Matrix:
    return np.rint(np.clip(values, -MAX_LOG_ODDS, MAX_LOG_ODDS) * GRID).astype(np.int32)


def _by_slice(counted: pa.Table) -> dict[str, Pairs]:
    found = counted.sort_by([(name, "ascending") for name in (SLICE_NAME, OURS, THEIRS, OUTCOME)])
    names = np.array(found.column(SLICE_NAME).to_pylist(), dtype=object)
    ours, theirs, outcomes, rows = (found.column(c).to_numpy().astype(np.float64) for c in (OURS, THEIRS, OUTCOME, COUNT))
    own = {str(name): names == name for name in dict.fromkeys(names)}
    return {name: Pairs(ours[mine] / GRID, theirs[mine] / GRID, outcomes[mine], rows[mine]) for name, mine in own.items()}
