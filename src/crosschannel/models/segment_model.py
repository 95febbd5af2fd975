"""A fitted segmentation: the space, the centres and the stable ids; JSON in and out, and its use on executors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.contracts.ml import CustomerSegments, SegmentModels
from crosschannel.errors import StorageError
from crosschannel.models.geometry import Geometry
from crosschannel.models.lloyd import batch_matrix
from crosschannel.models.nearest import squared_distances
from crosschannel.models.rows import row_with
from crosschannel.models.sample import Matrix

DIGITS = 6
ASSIGNED = (CustomerSegments.customer_id, CustomerSegments.segment_id, CustomerSegments.distance, CustomerSegments.confidence)
ASSIGNED_TYPE = ", ".join(f"{c} {c.spec.dtype}" for c in ASSIGNED)
ASSIGNED_SCHEMA = pa.schema([(ASSIGNED[0], pa.string()), (ASSIGNED[1], pa.string()), (ASSIGNED[2], pa.float64()), (ASSIGNED[3], pa.float64())])


@dataclass(frozen=True)
class SegmentModel:
    """Everything that decides a customer's segment.

    Attributes
    ----------
    segment_ids, names
        One per centre, in the order of the ids.
    last_number
        Highest number ever given to a segment; ids are never used again.
    data_digest
        Names the training data, settings and seed; equal means there is nothing to retrain.
    continues
        Model version whose ids were carried on; empty for a first model.
    """

    geometry: Geometry
    centres: tuple[tuple[float, ...], ...]
    segment_ids: tuple[str, ...]
    names: tuple[str, ...]
    last_number: int
    data_digest: str
    continues: str = ""

    @property
    def centre_matrix(self) -> Matrix:
        """Centres as k x coordinates."""
        return np.array(self.centres, dtype=np.float64)

    @property
    def content(self) -> str:
        """The model as JSON; equal models give equal text."""
        plain = {
            "geometry": self.geometry.as_dict(), "centres": self.centres, "segment_ids": self.segment_ids, "names": self.names,
            "last_number": self.last_number, "data_digest": self.data_digest, "continues": self.continues,
        }  # fmt: skip
        return json.dumps(plain, sort_keys=True, indent=1)

    @property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of the content."""
        return content_version(self.content)

    @staticmethod
    def from_content(content: str) -> SegmentModel:
        """Read what :attr:`content` wrote."""
        plain: dict[str, Any] = json.loads(content)
        return SegmentModel(
            Geometry.from_dict(plain["geometry"]), tuple(tuple(c) for c in plain["centres"]), tuple(plain["segment_ids"]),
            tuple(plain["names"]), plain["last_number"], plain["data_digest"], plain["continues"],
        )  # fmt: skip


def content_version(content: str) -> str:
    """Return the version that content is stored under."""
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def stored_segments(models: DataFrame, version: str | None) -> SegmentModel | None:
    """Return a model of ``ml.segment_models``, if there is one of that version; refuse content that is not what was stored."""
    row = row_with(models, {SegmentModels.model_version: version}) if version else None
    if row is None:
        return None
    if content_version(row[SegmentModels.content]) != version:
        raise StorageError(f"ml.segment_models: the content of {version} is not what was stored; run train_segments again")
    return SegmentModel.from_content(row[SegmentModels.content])


def to_segments(features: DataFrame, model: SegmentModel) -> DataFrame:
    """Assign every customer to the nearest centre.

    Returns
    -------
    DataFrame
        One row per row of ``features``: customer, segment, distance and confidence.
    """
    inputs = features.select(F.col(CustomerFeatures.customer_id), *[F.col(c).cast("double") for c in model.geometry.features])
    # Distances to all centres at once: vectorised in numpy, one Arrow batch at a time.
    return inputs.mapInArrow(_assigning(model), ASSIGNED_TYPE)


def _assigning(model: SegmentModel) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    geometry, centres, ids = model.geometry, model.centre_matrix, np.array(model.segment_ids, dtype=object)

    def assign(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            distances = np.sqrt(squared_distances(geometry.coordinates(batch_matrix(batch, 1, len(geometry.axes))), centres))
            order = np.sort(distances, axis=1)
            nearest, second = order[:, 0], order[:, min(1, len(centres) - 1)]
            confidence = 1.0 - np.divide(nearest, second, out=np.zeros_like(nearest), where=second > 0)
            columns = [batch.column(0).cast(pa.string()), pa.array(ids[distances.argmin(axis=1)], pa.string())]
            columns += [pa.array(np.round(v, DIGITS), pa.float64()) for v in (nearest, confidence)]
            yield pa.RecordBatch.from_arrays(columns, schema=ASSIGNED_SCHEMA)

    return assign
