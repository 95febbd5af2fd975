"""Train a segmentation: sample, space, choice of k, exact passes over everybody, stable ids, names.

Grain in: one row per customer of one as_of_date. The result depends on rows, settings, seed and
the model whose ids it continues, never on partitioning; training again on the same is refused as
needless, which keeps ids where they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from pyspark.sql import DataFrame, functions as F

from crosschannel.contracts.gold import CustomerFeatures
from crosschannel.errors import QualityError, UsageError
from crosschannel.models.align import Alignment, aligned_ids
from crosschannel.models.choice import Choice, choice_of_k, fitted_centres, labels_of
from crosschannel.models.density import Groups, fitted_density, groups_of, to_group_counts
from crosschannel.models.geometry import Axis, Geometry, fitted_geometry
from crosschannel.models.lloyd import Passes, cluster_sums, refined, settled, to_blocks
from crosschannel.models.naming import description_of, named_segments
from crosschannel.models.nearest import Labels
from crosschannel.models.profile import Profile, to_profiles
from crosschannel.models.sample import Matrix, Sample, sampled
from crosschannel.models.segment_model import SegmentModel
from crosschannel.models.spark_kmeans import spark_centres
from crosschannel.models.threads import one_thread
from crosschannel.settings.segments import SegmentsSettings

MIN_CUSTOMERS = 100
FAR = 1e9
Keep = Callable[[DataFrame], DataFrame]


@dataclass(frozen=True)
class TrainedSegments:
    """A segmentation and what is known of it."""

    model: SegmentModel
    profiles: tuple[Profile, ...]
    descriptions: tuple[str, ...]
    choice: Choice
    alignment: Alignment
    passes: Passes
    sample: Matrix
    groups: Groups | None = None


def unkept(frame: DataFrame) -> DataFrame:
    """Keep nothing: the frame is computed anew each time it is read."""
    return frame


def train_segments(
    features: DataFrame, settings: SegmentsSettings, *, before: SegmentModel | None, digest: str, seed: int, keep: Keep = unkept
) -> TrainedSegments:
    """Fit segments on the customers of one as_of_date; ids continue those of ``before``.

    Parameters
    ----------
    keep
        Computes a frame that will be read many times, once.
    """
    axes, fills = axes_of(features.columns, settings), profiled(settings, features.columns)
    last_number = before.last_number if before else 0
    before = before if before and set(before.geometry.features) <= set(features.columns) else None
    wanted = [*[a.feature for a in axes], *fills, *(before.geometry.features if before else ())]
    sample = sampled(features, wanted, limit=settings.sample_rows, seed=seed)
    if len(sample.values) < MIN_CUSTOMERS:
        raise QualityError(f"only {len(sample.values):,} customers to segment, {MIN_CUSTOMERS} needed: check gold.customer_features or the as-of date")
    with one_thread():
        geometry = fitted_geometry(sample.of([a.feature for a in axes]), axes, winsorise=settings.winsorise, pca_share=settings.pca_share)
    rows = geometry.coordinates(sample.of(geometry.features))
    choice, starts = _chosen(rows, sample, before, settings, seed)
    start = fitted_centres(rows, choice.k, restarts=settings.restarts, seed=seed, starts=starts)
    blocks = keep(to_blocks(features, geometry))
    passes = _placed(blocks, start, settings, seed)
    model, alignment = _with_ids(
        geometry, passes, sample, before, last_number=last_number, digest=digest, max_distance=settings.max_alignment_distance
    )
    totals = cluster_sums(features, geometry, model.centre_matrix, fills)
    profiles = to_profiles(list(fills), totals.rows, totals.raw_sums, sample.filled(fills).std(axis=0), settings.naming)
    named = replace(model, names=named_segments(profiles, settings.naming))
    descriptions = tuple(description_of(p, settings.naming) for p in profiles)
    return TrainedSegments(named, profiles, descriptions, choice, alignment, passes, rows, _groups(blocks, rows, named, settings))


def _placed(blocks: DataFrame, start: Matrix, settings: SegmentsSettings, seed: int) -> Passes:
    """Place the centres over all customers by the engine of the settings."""
    if settings.engine == "exact":
        return refined(blocks, start, max_passes=settings.max_passes, min_movement=settings.min_movement)
    return settled(blocks, spark_centres(blocks, len(start), start.shape[1], max_passes=settings.max_passes, seed=seed))


def _groups(blocks: DataFrame, rows: Matrix, model: SegmentModel, settings: SegmentsSettings) -> Groups | None:
    """Count customers by dense group, if that is asked for."""
    if settings.density is None:
        return None
    counted = to_group_counts(blocks, fitted_density(rows, settings.density), model.centre_matrix)
    return groups_of(counted.toArrow(), model.segment_ids)


def axes_of(columns: list[str], settings: SegmentsSettings) -> tuple[Axis, ...]:
    """Return the axes the settings take from the features' columns, in the features' order."""
    fixed = {str(c) for c in CustomerFeatures.contract.columns}
    taken = [(c, settings.input_of(c)) for c in columns if c not in fixed]
    axes = tuple(Axis(c, i.group, i.transform, i.missing, i.weight) for c, i in taken if i is not None)
    if len(axes) < 2:
        raise UsageError("segments.yaml: inputs take fewer than two of the project's features; compare their include patterns with features.yaml")
    return axes


def training_digest(features: DataFrame, settings: SegmentsSettings, *, seed: int) -> str:
    """Name the training data, settings and seed, whatever the order of the rows."""
    columns = sorted({a.feature for a in axes_of(features.columns, settings)} | set(profiled(settings, features.columns)))
    row_hash = F.xxhash64(F.col(CustomerFeatures.customer_id), F.col(CustomerFeatures.as_of_date), *[F.col(c) for c in columns])
    total = features.agg(F.count(F.lit(1)), F.sum(row_hash.cast("decimal(38,0)"))).collect()[0]
    return hashlib.sha256(f"{total[0]}|{total[1]}|{columns}|{settings.model_dump_json()}|{seed}".encode()).hexdigest()[:16]


def profiled(settings: SegmentsSettings, columns: list[str]) -> Mapping[str, float]:
    """Return the features a profile holds, each with what stands in for null."""
    naming = settings.naming
    fills = {a.feature: a.missing for a in axes_of(columns, settings)}
    extra = [naming.value, *naming.channels.values(), *(t.feature for t in naming.traits)]
    fills |= {f: 0.0 for f in extra if f not in fills} | {naming.recency: naming.recency_missing}
    if missing := sorted(set(fills) - set(columns)):
        raise UsageError(f"segments.yaml: naming uses {', '.join(missing)}, which features.yaml does not declare")
    return fills


def _chosen(rows: Matrix, sample: Sample, before: SegmentModel | None, settings: SegmentsSettings, seed: int) -> tuple[Choice, list[Matrix]]:
    """Choose k, and carry the old centres into the new space as a start if k stays."""
    current = len(before.centres) if before else None
    choice = choice_of_k(rows[: settings.choice_rows], settings.choice, restarts=settings.restarts, seed=seed, current_k=current)
    if before is None or choice.k != current:
        return choice, []
    own = labels_of(before.geometry.coordinates(sample.of(before.geometry.features)), before.centre_matrix)
    return choice, [_means(rows, own, choice.k)]


def _with_ids(
    geometry: Geometry, passes: Passes, sample: Sample, before: SegmentModel | None, *, last_number: int, digest: str, max_distance: float
) -> tuple[SegmentModel, Alignment]:
    """Order the centres by id: ids carried on from ``before`` where a centre lies where an old one lay."""
    by_size = np.argsort(-passes.totals.rows, kind="stable")  # first ids go to the largest segments
    centres = passes.centres[by_size]
    there, old = centres, np.empty((0, centres.shape[1]))
    if before:  # compare in the old space: scales may have moved
        old = before.centre_matrix
        own = labels_of(geometry.coordinates(sample.of(geometry.features)), centres)
        there = _means(before.geometry.coordinates(sample.of(before.geometry.features)), own, len(centres))
    ids_before = before.segment_ids if before else ()
    found = aligned_ids(there, old, ids_before, last_number=last_number, max_distance=max_distance)
    order = sorted(range(len(centres)), key=lambda i: int(found.segment_ids[i][1:]))
    ids, sources = tuple(found.segment_ids[i] for i in order), tuple(found.aligned_from[i] for i in order)
    ordered = tuple(tuple(float(v) for v in centres[i]) for i in order)
    model = SegmentModel(geometry, ordered, ids, (), found.last_number, digest, before.version if before else "")
    return model, Alignment(ids, sources, found.last_number)


def _means(rows: Matrix, labels: Labels, k: int) -> Matrix:
    """Return the mean row of each label; a label without rows lies far away."""
    return np.array([rows[labels == c].mean(axis=0) if (labels == c).any() else np.full(rows.shape[1], FAR) for c in range(k)])
