"""Stable ids: a new centre that lies where an old one lay takes its id; the others get new numbers.

The pairing is the one with the smallest total distance (Kuhn 1955, "The Hungarian method"). Ids of
old centres without a partner retire and are never given again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crosschannel.models.sample import Matrix


@dataclass(frozen=True)
class Alignment:
    """Segment id of each new centre, the old id it continues (or ``None``), and the highest number given."""

    segment_ids: tuple[str, ...]
    aligned_from: tuple[str | None, ...]
    last_number: int


def aligned_ids(centres: Matrix, before: Matrix, ids_before: tuple[str, ...], *, last_number: int, max_distance: float) -> Alignment:
    """Pair new centres with old ones that lie near enough.

    Parameters
    ----------
    centres, before
        New and old centres in the same space.
    max_distance
        How far a centre may have moved, as a share of the way from the old centre to its nearest
        old neighbour; at 0.5 it is still nearer to its old place than to any other.
    """
    from scipy.optimize import linear_sum_assignment

    partners: dict[int, str] = {}
    if len(before):
        distances = np.sqrt(((centres[:, None, :] - before[None, :, :]) ** 2).sum(axis=2))
        between = np.sqrt(((before[:, None, :] - before[None, :, :]) ** 2).sum(axis=2))
        np.fill_diagonal(between, np.inf)
        bounds = max_distance * between.min(axis=1)
        for new, old in zip(*linear_sum_assignment(distances), strict=True):
            if distances[new, old] <= bounds[old]:
                partners[int(new)] = ids_before[old]
    return _numbered(len(centres), partners, last_number)


def _numbered(k: int, partners: dict[int, str], last_number: int) -> Alignment:
    ids: list[str] = []
    for i in range(k):
        if i not in partners:
            last_number += 1
        ids.append(partners.get(i, f"s{last_number:02d}"))
    return Alignment(tuple(ids), tuple(partners.get(i) for i in range(k)), last_number)
